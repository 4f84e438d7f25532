import type { LogFormat, LogLevel } from '../log.ts';

export type LogSettings = { readonly format: LogFormat; readonly level: LogLevel };

const levels: Readonly<Partial<Record<string, LogLevel>>> = {
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  error: 'error',
};

/** nginx's words for what Kong logs, in ours. Kong's `notice` is its default and says less than nothing to us. */
const kongLevels: Readonly<Partial<Record<string, LogLevel>>> = {
  debug: 'debug',
  info: 'info',
  notice: 'info',
  warn: 'warn',
  error: 'error',
  crit: 'error',
  alert: 'error',
  emerg: 'error',
};

/**
 * How our lines look and which are printed: our own settings, else `KONG_LOG_LEVEL`. Read before the settings are checked, for what is
 * wrong with them has to be printed too; so any other word is skipped here, and refused there.
 */
export function readLogSettings(
  options: ReadonlyMap<string, string>,
  environment: Readonly<Record<string, string>>,
): LogSettings {
  const format = options.get('--log-format') ?? environment['KONG_ENTRYPOINT_LOG_FORMAT'];
  const level = options.get('--log-level') ?? environment['KONG_ENTRYPOINT_LOG_LEVEL'] ?? '';
  return {
    format: format === 'json' ? 'json' : 'text',
    level: levels[level] ?? kongLevels[environment['KONG_LOG_LEVEL'] ?? ''] ?? 'info',
  };
}
