import { EntrypointError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { type KnownSettings, reveal } from '../../references/known-settings.ts';
import { nameOrigin } from '../../references/name-origin.ts';
import { Secret } from '../../secret.ts';
import { adminKeys, isAdminKey } from '../../settings/admin-settings.ts';
import { nameSetting } from '../../settings/setting.ts';
import { type Database, openDatabase } from '../available/database.ts';
import { type Link, openLink } from '../available/link.ts';
import type { LookAhead } from '../connection/look-ahead.ts';
import type { ConnectionSettings } from '../connection-settings.ts';

/** The role that provisions. */
export type Admin = {
  readonly user: string;
  /** The setting that names the role, as an error names it. */
  readonly subject: string;
  /** A connection to the admin's own database, or to this one. */
  link(database?: string): Link;
  /** The same, for short statements. */
  open(database?: string): Promise<Database>;
};

export type AdminOptions = {
  /** The settings as they are known now: Kong's, and those that provision. */
  readonly known: () => KnownSettings;
  /** Kong's own connection: the admin goes to the same server, with the same TLS. */
  readonly kong: () => ConnectionSettings;
  /** Fetches the secrets of the admin again; undefined where no reference is involved. */
  readonly refresh: (() => Promise<unknown>) | undefined;
  /** Milliseconds that PostgreSQL may be unreachable. */
  readonly limit: number;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly ahead: LookAhead;
};

/** Opens connections of the admin, which wait for PostgreSQL as Kong's own do. Their errors name the settings of the admin. */
export function openAdmin(options: AdminOptions): Admin {
  const { known, refresh, limit, signal, log, ahead } = options;

  function link(database?: string): Link {
    const settings = (): ConnectionSettings => adminConnection(options, database);
    const password = async (current: ConnectionSettings) => current.password;
    const opened = openLink({ settings, password, refresh, limit, isPatient: false, signal, log, ahead });
    return {
      ...opened,
      run: (statements) =>
        opened.run(statements).catch((error: unknown) => {
          throw error instanceof EntrypointError ? namingAdmin(error, known()) : error;
        }),
    };
  }

  return {
    user: adminConnection(options).user,
    subject: originOf(adminKeys.user, known()),
    link,
    open: (database) => openDatabase(link(database)),
  };
}

function adminConnection({ known, kong }: AdminOptions, database?: string): ConnectionSettings {
  const settings = known();
  const textOf = (key: string): string => reveal(settings.all.get(key)?.value) ?? '';
  return {
    ...kong(),
    user: textOf(adminKeys.user),
    password: new Secret(textOf(adminKeys.password)),
    database: database ?? textOf(adminKeys.database),
  };
}

const adminKeyOf: Readonly<Partial<Record<string, string>>> = {
  pg_user: adminKeys.user,
  pg_password: adminKeys.password,
  pg_database: adminKeys.database,
};

/** The same error, with the admin's settings where it names Kong's: the way to connect is Kong's, who connects is not. */
function namingAdmin(error: EntrypointError, known: KnownSettings): unknown {
  const hint = error.hint.replace(/\bKONG_PG_(?=USER|PASSWORD|DATABASE)/g, 'KONG_ENTRYPOINT_ADMIN_PG_');
  const settingKey = adminKeyOf[error.settingKey ?? ''] ?? error.settingKey;
  const renamed: EntrypointError = Object.create(error, {
    settingKey: { value: settingKey, enumerable: true },
    hint: { value: hint, enumerable: true },
  });
  return isAdminKey(settingKey ?? '') ? nameOrigin(renamed, known) : renamed;
}

function originOf(key: string, { all }: KnownSettings): string {
  const found = all.get(key);
  return found === undefined ? key : nameSetting(found.setting);
}
