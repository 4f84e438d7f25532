import type { ConnectionSettings } from '../connection-settings.ts';
import type { Wanted } from './facts.ts';

/** A role that is created where it is missing, with the values that are known by now. */
export type ProvisionedRole = {
  readonly settings: () => ConnectionSettings;
  /** Undefined where the password of a role that is there may not be set. */
  readonly login: RoleLogin | undefined;
  /** The variable that says its password. */
  readonly passwordVariable: string;
};

/** The login of a role, and whether PostgreSQL refuses its password (28P01). */
export type RoleLogin = {
  isRefused(): Promise<boolean>;
  /** Looks again, and once more with the secret fetched again. */
  isRefusedAfresh(): Promise<boolean>;
};

/** What has to be there for it. */
export function wantedOf({ settings }: ProvisionedRole): Wanted {
  const { user, database } = settings();
  return { role: user, database };
}
