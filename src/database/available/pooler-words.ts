import { UNSUPPORTED } from './fault-sentences.ts';

/**
 * PgBouncer reports nearly everything as a protocol violation, and only its words tell what it is. `server login has been failing` quotes
 * what the server said last, which then decides. What is not listed is the database being away: `query_wait_timeout`,
 * `pgbouncer cannot connect to server`, `server conn crashed?`, `no more connections allowed`, and their kin.
 */
const poolerWords: readonly (readonly [words: RegExp, code: string])[] = [
  [/auth(?:entication)? failed|password|no such user|role ".*" does not exist/i, '28P01'],
  [/no such database|database ".*" does not exist/i, '3D000'],
  [/login rejected|(?:SSL|TLS) required|no pg_hba.conf entry/i, '28000'],
  [/unsupported startup parameter|unsupported frontend protocol/i, UNSUPPORTED],
];

/** The SQLSTATE that a pooler's message of 08P01 stands for. */
export function codeOfPoolerMessage(message: string): string {
  return poolerWords.find(([words]) => words.test(message))?.[1] ?? '08P01';
}
