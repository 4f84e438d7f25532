import { SettingError } from '../errors.ts';
import {
  type Check,
  checkDatabase,
  checkHost,
  checkPemFile,
  checkSwitch,
  checkTlsVersion,
  checkTrustedCertificates,
  wholeNumber,
} from './connection-checks.ts';
import { nameSetting, type Setting, type Settings } from './setting.ts';
import { isReference } from './setting-value.ts';

const LARGEST = 2 ** 31 - 1;

const port = wholeNumber(65_535, 'the value is not a port');
const number = wholeNumber(LARGEST, 'the value is not a whole number');

const checks: Readonly<Partial<Record<string, Check>>> = {
  database: checkDatabase,
  pg_host: checkHost,
  pg_port: port,
  pg_timeout: number,
  pg_max_concurrent_queries: number,
  pg_semaphore_timeout: number,
  pg_keepalive_timeout: number,
  pg_pool_size: number,
  pg_backlog: number,
  pg_ssl: checkSwitch,
  pg_ssl_required: checkSwitch,
  pg_ssl_verify: checkSwitch,
  pg_iam_auth: checkSwitch,
  pg_azure_auth: checkSwitch,
  pg_gcp_auth: checkSwitch,
  pg_oauth_auth: checkSwitch,
  pg_ssl_version: checkTlsVersion,
  pg_ssl_cert: checkPemFile,
  pg_ssl_cert_key: checkPemFile,
  lua_ssl_trusted_certificate: checkTrustedCertificates,
};

/**
 * The connection settings that cannot be right, one error for each. Kong ignores much of this in silence: a port that is not a number is
 * unset, a `pg_ssl` of `yes` is off. A setting that is still a reference has no value yet and is not checked.
 */
export function connectionProblems(settings: Settings): SettingError[] {
  return [...settings.values()].flatMap((setting) => connectionProblem(setting, setting.text) ?? []);
}

/** What is wrong with this text of a setting, if anything is. */
export function connectionProblem(setting: Setting, text: string): SettingError | undefined {
  const problem = text === '' || isReference(text) ? undefined : checks[setting.key]?.(text);
  return (
    problem && new SettingError(problem.message, { ...problem, subject: nameSetting(setting), settingKey: setting.key })
  );
}
