import type { Changes, ErrorCase, Setting } from './error-case.ts';

function password(reference: string): () => Changes {
  return () => ({ KONG_PG_USER: 'kong', KONG_PG_PASSWORD: reference });
}

/** The secret `other` holds this, and the password is its key `pg_password`. */
function holding(secret: string | Uint8Array, changes: Changes = {}): (setting: Setting) => Changes {
  return ({ howTo }) => {
    howTo.vault.putSecret('other', secret);
    return { ...password('{vault://aws/other/pg_password}')(), ...changes };
  };
}

/** The name of a deleted secret cannot be used again at once, so each program has its own. */
function nameOfGone({ environment }: Setting): string {
  return `gone-${environment['KONG_PG_DATABASE']}`;
}

/** What is in the secret, or is not. */
export const secretCases: readonly ErrorCase[] = [
  {
    situation: 'a wrong key',
    make: password('{vault://aws/kong-gateway-database/pg_pasword}'),
    exitCode: 65,
    lines: [
      'error: KONG_PG_PASSWORD: secret key "pg_pasword" not found in {vault://aws/kong-gateway-database/pg_pasword}',
      'hint: the secret has the keys pg_password, pg_user',
    ],
  },
  {
    situation: 'a secret that is missing',
    make: password('{vault://aws/kong-gateway-databse/pg_password}'),
    exitCode: 66,
    lines: ({ howTo }) => [
      `error: KONG_PG_PASSWORD: secret "kong-gateway-databse" not found at ${howTo.vault.url}: {vault://aws/kong-gateway-databse/pg_password}`,
      "hint: check the secret's name, the account, and the region, which is from the vault option region; the last part of a reference's path is the key, not the name, and a + of the name is written %252B",
    ],
  },
  {
    situation: 'a secret that is scheduled for deletion',
    make(setting) {
      const name = nameOfGone(setting);
      setting.howTo.vault.putSecret(name, '{"pg_password":"hunter2-gone"}');
      setting.howTo.vault.deleteSecret(name);
      return password(`{vault://aws/${name}/pg_password}`)();
    },
    exitCode: 66,
    lines: (setting) => [
      `error: KONG_PG_PASSWORD: secret "${nameOfGone(setting)}" is scheduled for deletion: {vault://aws/${nameOfGone(setting)}/pg_password}`,
      'hint: restore it (aws secretsmanager restore-secret --secret-id ...), or refer to the secret that replaced it',
    ],
  },
  {
    situation: 'a previous version that is not there',
    make: password('{vault://aws/kong-gateway-database/pg_password#2}'),
    exitCode: 66,
    lines: [
      'error: KONG_PG_PASSWORD: secret "kong-gateway-database" has no version AWSPREVIOUS: {vault://aws/kong-gateway-database/pg_password#2}',
      'hint: a secret has a previous version only after a rotation or a change; remove #2 to read the current one',
    ],
  },
  {
    situation: 'a binary secret',
    make: holding(Buffer.from('{"pg_password":"hunter2-binary"}')),
    exitCode: 65,
    lines: [
      'error: KONG_PG_PASSWORD: secret "other" is binary (SecretBinary): {vault://aws/other/pg_password}',
      'hint: store it as a string (SecretString); Kong reads no binary secrets',
    ],
  },
  {
    situation: 'a secret that is not a JSON object',
    make: holding('hunter2-plain'),
    exitCode: 65,
    lines: [
      'error: KONG_PG_PASSWORD: the secret is not a JSON object, so it has no secret key "pg_password": {vault://aws/other/pg_password}',
      'hint: to use the whole secret, end the reference with a slash: {vault://<backend>/<secret>/}',
    ],
  },
  {
    situation: 'a number instead of a string',
    make: holding('{"pg_password":20412041}'),
    exitCode: 65,
    lines: [
      'error: KONG_PG_PASSWORD: the value of secret key "pg_password" is a number, and Kong takes only strings: {vault://aws/other/pg_password}',
      'hint: store it as a JSON string, in double quotes',
    ],
  },
  {
    situation: 'white space around the value',
    make: holding('{"pg_password":"hunter2-newline\\n"}'),
    exitCode: 65,
    lines: [
      'error: KONG_PG_PASSWORD: the value has white space around it, which Kong would send to PostgreSQL as part of it: {vault://aws/other/pg_password}',
      'hint: store the value without it (nearly always a newline at the end: use printf or a file without one)',
    ],
  },
  {
    situation: 'a value that is a reference',
    make: holding('{"pg_password":"{vault://env/hunter2-again}"}'),
    exitCode: 65,
    lines: [
      'error: KONG_PG_PASSWORD: the value is a vault reference itself, which Kong would dereference once more: {vault://aws/other/pg_password}',
      'hint: store the value itself, or put that reference into the setting',
    ],
  },
  {
    situation: 'a value that is to be base64 and is not',
    make: holding('{"pg_password":"hunter2-raw!"}', { KONG_VAULT_AWS_BASE64_DECODE: 'true' }),
    exitCode: 65,
    lines: [
      'error: KONG_PG_PASSWORD: the value is not text in base64, and base64_decode is on: {vault://aws/other/pg_password}',
      'hint: store the value in base64 (standard alphabet, padded), or turn base64_decode off for this vault',
    ],
  },
  {
    situation: 'a variable of the env vault that is not set',
    make: password('{vault://env/pg-secret/pg_password}'),
    exitCode: 66,
    lines: [
      'error: KONG_PG_PASSWORD: the variable PG_SECRET is not set: {vault://env/pg-secret/pg_password}',
      'hint: set PG_SECRET; the env vault reads the name in upper case with - as _, without a prefix (KONG_VAULT_ENV_PREFIX)',
    ],
  },
];
