import { existsSync } from 'node:fs';
import { KongError } from './output.ts';
import { listSetting, type Settings } from './settings.ts';

/** Settings that are only valid together. */
const PAIRS = [
  ['ssl_cert', 'ssl_cert_key'],
  ['client_ssl_cert', 'client_ssl_cert_key'],
  ['admin_ssl_cert', 'admin_ssl_cert_key'],
  ['admin_gui_ssl_cert', 'admin_gui_ssl_cert_key'],
  ['status_ssl_cert', 'status_ssl_cert_key'],
  ['cluster_cert', 'cluster_cert_key'],
] as const;

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  database: ['postgres', 'off'],
  role: ['traditional', 'control_plane', 'data_plane'],
  log_level: ['debug', 'info', 'notice', 'warn', 'error', 'crit', 'alert', 'emerg'],
};

/** Refuses what Kong refuses to load, for every command alike; all that is wrong in one error. */
export function validateSettings(settings: Settings): void {
  const problems = [
    ...choiceProblems(settings),
    ...pairProblems(settings),
    ...roleProblems(settings),
    ...listenProblems(settings),
  ];
  if (problems.length > 0) throw new KongError(problems.join('\n'));
}

function choiceProblems(settings: Settings): readonly string[] {
  return Object.entries(CHOICES).flatMap(([key, choices]) => {
    const value = settings.get(key);
    if (value === undefined || choices.includes(value)) return [];
    return [`${key} has an invalid value: '${value}' (${choices.join(', ')})`];
  });
}

function pairProblems(settings: Settings): readonly string[] {
  return PAIRS.flatMap(([certificate, key]) => {
    const counts = [listSetting(settings, certificate).length, listSetting(settings, key).length];
    if (counts[0] !== counts[1]) {
      const [missing, given] = settings.has(certificate) ? [key, certificate] : [certificate, key];
      return [`${missing} must be specified with ${given}`];
    }
    return [certificate, key].flatMap((name) => materialProblems(settings, name));
  });
}

/** Certificates and keys are paths, PEM texts, or PEM texts in base64; an unresolved reference is none of these. */
function materialProblems(settings: Settings, name: string): readonly string[] {
  const absent = listSetting(settings, name).filter((item) => !isMaterial(item));
  return absent.map((item) => `${name}: no such file at ${item}`);
}

function isMaterial(item: string): boolean {
  const pem = '-----BEGIN ';
  return item.startsWith(pem) || Buffer.from(item, 'base64').toString('latin1').startsWith(pem) || existsSync(item);
}

function roleProblems(settings: Settings): readonly string[] {
  const role = settings.get('role');
  if (role !== 'control_plane' && role !== 'data_plane') return [];
  const problems: string[] = [];
  if (!settings.has('cluster_cert')) problems.push(`cluster certificate and key must be provided to use Hybrid mode`);
  if (role === 'data_plane' && settings.get('database') !== 'off') {
    problems.push(`only in-memory storage can be used when role = "data_plane"; set database = off`);
  }
  return problems;
}

function listenProblems(settings: Settings): readonly string[] {
  return ['admin_listen', 'proxy_listen', 'status_listen'].flatMap((key) => {
    const value = settings.get(key);
    if (value === undefined || value === 'off') return [];
    const wrong = listSetting(settings, key).filter((item) => !/^(\[.+\]|[^\s:[\]{}]+):\d+(\s|$)/.test(item));
    return wrong.length === 0
      ? []
      : [`${key} must be of form: [off] | <ip>:<port> [ssl] [http2] ..., [... next entry ...]`];
  });
}
