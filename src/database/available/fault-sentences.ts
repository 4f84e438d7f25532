import type { OurTokenSetting } from '../../references/needed.ts';

/** The error for a fault that waiting does not heal. */
export type Sentence = {
  readonly text: string;
  readonly hint: string;
  readonly settingKey: string;
  readonly isRefusal?: true;
  readonly canBePolled?: true;
};

/** The grant that a role without the right to create tables needs. */
export const GRANT_CREATE =
  'from PostgreSQL 15 on a role that does not own the database needs: GRANT CREATE ON SCHEMA public TO <role>';

/** Our own code for a pooler's refusal of a startup parameter. */
export const UNSUPPORTED = 'unsupported';

const sentences: Readonly<Partial<Record<string, Sentence>>> = {
  '3D000': {
    settingKey: 'pg_database',
    text: 'the database does not exist',
    canBePolled: true,
    hint: 'create it (CREATE DATABASE ... OWNER ...), or correct KONG_PG_DATABASE',
  },
  '28000': {
    settingKey: 'pg_user',
    text: 'PostgreSQL does not admit this user from this address',
    isRefusal: true,
    hint: 'check pg_hba.conf and the LOGIN right of the role; a server that demands TLS (rds.force_ssl) needs KONG_PG_SSL=on',
  },
  '42501': {
    settingKey: 'pg_user',
    text: 'the role lacks a required right',
    isRefusal: true,
    canBePolled: true,
    hint: GRANT_CREATE,
  },
  '55000': {
    settingKey: 'pg_database',
    text: 'the database does not accept connections',
    hint: 'ALTER DATABASE ... ALLOW_CONNECTIONS true, or name another database',
  },
  [UNSUPPORTED]: {
    settingKey: 'pg_host',
    text: 'the pooler does not support a parameter of the startup',
    hint: 'let it ignore client_encoding and application_name (PgBouncer: ignore_startup_parameters)',
  },
  '25006': {
    settingKey: 'pg_host',
    text: 'the server is read-only, and this start has to write',
    isRefusal: true,
    hint: 'give the writer endpoint of the database, not a reader',
  },
};

/** What a role has to be given before it can log in by a token. */
export const tokenHints: Readonly<Record<OurTokenSetting, string>> = {
  pg_iam_auth: 'GRANT rds_iam TO the role, allow rds-db:connect on it, and check the region and the clock',
  pg_azure_auth:
    'give KONG_PG_USER the name of the identity, and make it a role (SELECT * FROM pgaadauth_create_principal(...)) of a server with Microsoft Entra authentication',
  pg_gcp_auth:
    "give KONG_PG_USER the e-mail of the service account without .gserviceaccount.com, make it a user of the instance, with roles/cloudsql.instanceUser, and set the instance's flag cloudsql.iam_authentication",
};

/** How RDS, Azure and Cloud SQL refuse a token, where they do not say the same as for a wrong password. */
export const refusedToken: RegExp = /^(?:PAM|Cloud SQL IAM .*) authentication failed|access token|AAD_AUTH_TOKENTYPE/;

const emptyPassword = /client password must be a(?: non-empty)? string/;
/** What the driver throws, without a code, where the server has no TLS. */
export const NO_TLS = 'The server does not support SSL connections';

/** By the SQLSTATE or the system's code, and where there is none by the driver's words. */
export function sentenceFor(code: string, message: string): Sentence {
  return sentences[code] ?? noCode(code, message);
}

function noCode(code: string, message: string): Sentence {
  if (emptyPassword.test(message)) {
    return {
      settingKey: 'pg_password',
      text: 'the server asks for a password, and none is set',
      hint: 'set KONG_PG_PASSWORD, best as a vault reference',
      isRefusal: true,
    };
  }
  if (message === NO_TLS) {
    return {
      settingKey: 'pg_ssl',
      text: 'the server has no TLS, and it is required',
      hint: 'turn TLS on at the server, or set KONG_PG_SSL_REQUIRED=off, which a login by token does not permit',
    };
  }
  if (/CERT|SELF_SIGNED|^ERR_(?:TLS|SSL)|^EPROTO/.test(code)) {
    return {
      settingKey: 'pg_ssl',
      text: `TLS failed (${code})`,
      isRefusal: true,
      hint: "add the server's certificate authority to KONG_LUA_SSL_TRUSTED_CERTIFICATE (RDS: the regional bundle), and check KONG_PG_SSL_VERSION",
    };
  }
  return {
    settingKey: 'pg_host',
    text: `PostgreSQL answered: ${message} (${code})`,
    hint: 'look up the code in the documentation of PostgreSQL',
    isRefusal: true,
  };
}
