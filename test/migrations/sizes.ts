/** How large each proof is. Smaller is quicker, and proves less. */
export const sizes = {
  /** Starters at once on an empty database, and how often: by `npm test`, and by `npm run test:rest`. */
  starters: 20,
  rounds: 2,
  roundsAtLength: 18,
  roundsOnTheOldest: 4,
  /** Moments of a bootstrap at which it is killed, the same; each is started again alone, and on another database with five others. */
  kills: 4,
  killsAtLength: 26,
  others: 5,
  /** How many of these databases are worked on at a time. */
  killsAtATime: 6,
  /** Seconds that one statement of a migration takes; `pg_timeout` is 5. */
  longStatement: 20,
  /** Seconds that the database is late. */
  late: 10,
} as const;
