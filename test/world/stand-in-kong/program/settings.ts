import { existsSync, readFileSync } from 'node:fs';
import { KongError } from './output.ts';

/** Settings by Kong's key as raw text, trimmed; a setting that is unset has its default or is absent. */
export type Settings = ReadonlyMap<string, string>;

export type SettingsSources = {
  readonly environment: Readonly<Record<string, string>>;
  /** The file named by `-c`. */
  readonly conf: string | undefined;
  /** The folder named by `-p`. */
  readonly prefix: string | undefined;
};

const DEFAULTS: Readonly<Record<string, string>> = {
  admin_listen: '127.0.0.1:8001 reuseport backlog=16384',
  database: 'postgres',
  log_level: 'notice',
  pg_database: 'kong',
  pg_host: '127.0.0.1',
  pg_port: '5432',
  pg_timeout: '5000',
  pg_user: 'kong',
  plugins: 'bundled',
  prefix: '/usr/local/kong',
  role: 'traditional',
  vaults: 'bundled',
};

const USUAL_CONF_FILES = ['/etc/kong/kong.conf', '/etc/kong.conf'];

/** Defaults, then the conf file, then the environment, then `-p`; an empty value unsets what came before. */
export function loadSettings(sources: SettingsSources): Settings {
  const settings = new Map(Object.entries(DEFAULTS));
  const layers = [readConf(sources.conf), fromEnvironment(sources.environment)];
  if (sources.prefix !== undefined) layers.push(new Map([['prefix', sources.prefix]]));
  for (const [key, value] of layers.flatMap((layer) => [...layer])) {
    const text = value.trim();
    if (text !== '') settings.set(key, text);
    else resetSetting(settings, key);
  }
  return settings;
}

function resetSetting(settings: Map<string, string>, key: string): void {
  const initial = DEFAULTS[key];
  if (initial === undefined) settings.delete(key);
  else settings.set(key, initial);
}

function readConf(named: string | undefined): ReadonlyMap<string, string> {
  if (named !== undefined && !existsSync(named)) throw new KongError(`no file at: ${named}`);
  const path = named ?? USUAL_CONF_FILES.find((usual) => existsSync(usual));
  return path === undefined ? new Map() : parseConf(readFileSync(path, 'utf8'));
}

/** `key = value` lines; `#` begins a comment unless written `\#`. */
export function parseConf(text: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  for (const line of text.split('\n')) {
    const bare = line.replace(/(?<!\\)#.*$/, '').replaceAll('\\#', '#');
    const match = /^\s*([^\s=]+)\s*=(.*)$/.exec(bare);
    if (match !== null) entries.set(match[1] ?? '', (match[2] ?? '').trim());
  }
  return entries;
}

/** Kong drops every setting that it does not know (conf_loader/init.lua), and it knows none of the entrypoint's. */
function fromEnvironment(environment: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  for (const [name, value] of Object.entries(environment)) {
    if (/^KONG_(?!ENTRYPOINT_)[A-Z0-9_]+$/.test(name)) entries.set(name.slice('KONG_'.length).toLowerCase(), value);
  }
  return entries;
}

/** Only `on` and `true` are true. */
export function isOn(settings: Settings, key: string): boolean {
  return settings.get(key) === 'on' || settings.get(key) === 'true';
}

/** A number, or undefined for anything that is none. */
export function numberSetting(settings: Settings, key: string): number | undefined {
  const text = settings.get(key);
  const number = Number(text);
  return text === undefined || Number.isNaN(number) ? undefined : number;
}

/** A comma separated list, trimmed. */
export function listSetting(settings: Settings, key: string): readonly string[] {
  const items = (settings.get(key) ?? '').split(',').map((item) => item.trim());
  return items.filter((item) => item !== '');
}
