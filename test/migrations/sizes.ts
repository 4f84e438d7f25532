/** How large each proof is. Smaller is quicker, and proves less. */
export const sizes = {
  /** Starters at once on an empty database, and how often. */
  starters: 20,
  rounds: 20,
  /** Moments of a bootstrap at which it is killed; each is started again alone, and on another database with five others. */
  kills: 30,
  others: 5,
  /** How many of these databases are worked on at a time. */
  killsAtATime: 6,
  /** Seconds that one statement of a migration takes; `pg_timeout` is 5. */
  longStatement: 20,
  /** Seconds that the database is late. */
  late: 10,
} as const;
