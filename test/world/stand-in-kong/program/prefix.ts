import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KongError, type Output } from './output.ts';
import type { Settings } from './settings.ts';

/** Makes the prefix folder and what every command writes there: certificates, and the bundle of authorities. */
export async function preparePrefix(settings: Settings, output: Output): Promise<string> {
  const prefix = settings.get('prefix') ?? '';
  if (!existsSync(prefix)) output.say(`prefix directory ${prefix} not found, trying to create it`);
  refusing(() => {
    for (const folder of ['ssl', 'logs', 'pids', 'sockets']) mkdirSync(join(prefix, folder), { recursive: true });
    writeFileSync(join(prefix, 'ssl', 'kong-default.crt'), '-----BEGIN CERTIFICATE-----\n', { mode: 0o644 });
    writeFileSync(join(prefix, 'ssl', 'kong-default.key'), '-----BEGIN PRIVATE KEY-----\n', { mode: 0o600 });
  });
  await writeAuthorities(join(prefix, '.ca_combined'));
  return prefix;
}

/** Written in place and read back a moment later: two commands that share a prefix can trip over each other here. */
async function writeAuthorities(path: string): Promise<void> {
  const text = `# authorities of process ${process.pid}\n`;
  refusing(() => writeFileSync(path, text));
  await sleep(3);
  if (readFileSync(path, 'utf8') !== text) throw new KongError(`${path}: no valid certificate was found in it`, 2);
}

/** What `prepare` and `start` add: nginx's configuration, and the settings for the program that reads it. */
export function writeNginxFiles(prefix: string, given: Settings): void {
  const lines = [...given].map(([key, value]) => `${key} = ${value.replaceAll('#', '\\#').replaceAll('\n', '\\n')}\n`);
  refusing(() => {
    writeFileSync(join(prefix, 'nginx.conf'), 'daemon off;\n');
    writeFileSync(join(prefix, '.kong_env'), lines.sort().join(''), { mode: 0o640 });
  });
}

function refusing(write: () => void): void {
  try {
    write();
  } catch (error) {
    throw new KongError(error instanceof Error ? error.message : String(error));
  }
}
