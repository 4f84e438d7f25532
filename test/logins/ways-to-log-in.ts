import { databaseWays } from './database-ways.ts';
import { vaultWays } from './vault-ways.ts';
import type { WayToLogIn } from './way-to-log-in.ts';

/** Every way to log in to a vault and to a database, each with its tests. docs/logins.md has this table. */
export const waysToLogIn: readonly WayToLogIn[] = [...vaultWays, ...databaseWays];
