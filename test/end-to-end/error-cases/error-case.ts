import type { EntrypointResult } from '../../world/kong-entrypoint.ts';
import type { HowTo, Variables } from '../how-to-start.ts';

/** A situation, and what an operator is to read of it. Everything else is as in Kong's how-to. */
export type ErrorCase = {
  readonly situation: string;
  /** Makes the situation. What it returns is set in the environment; undefined unsets a variable. */
  readonly make?: (setting: Setting) => Changes | undefined | Promise<Changes | undefined>;
  /** Options of ours, before the command. */
  readonly options?: readonly string[];
  /** The command; `kong docker-start` when absent. */
  readonly words?: readonly string[] | ((setting: Setting) => readonly string[]);
  readonly exitCode: number;
  /** The lines of error and hint, in order, without the program's name. */
  readonly lines: readonly string[] | ((setting: Setting) => readonly string[]);
  /** What else has to hold. */
  readonly alsoHolds?: (result: EntrypointResult, setting: Setting) => void | Promise<void>;
};

export type Changes = Readonly<Record<string, string | undefined>>;

export type Setting = {
  readonly howTo: HowTo;
  readonly environment: Variables;
  /** `user@host:port/database`, as messages name the connection. */
  readonly connection: string;
  /** Writes a file into a folder of the test's, and returns its path. */
  file(name: string, text: string, mode?: number): string;
};

/** The how-to's two settings and their references, as an error that concerns both names them. */
export const bothSettings = 'KONG_PG_USER, KONG_PG_PASSWORD';
export const bothReferences =
  '{vault://aws/kong-gateway-database/pg_user}, {vault://aws/kong-gateway-database/pg_password}';
