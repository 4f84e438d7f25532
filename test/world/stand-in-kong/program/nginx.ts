import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readKnobs } from '../knobs.ts';
import { appendEvent } from '../record.ts';
import { serveAdminApi } from './admin-api.ts';
import { awsBackend } from './aws.ts';
import { parseCommandLine } from './command-line.ts';
import { connect } from './database.ts';
import { selectFaults } from './faults.ts';
import { recordEnd, recordStart, type Started } from './invocation.ts';
import { createOutput, KongError } from './output.ts';
import { preparePrefix, writeNginxFiles } from './prefix.ts';
import { type Dereferencing, dereferenceAll } from './references.ts';
import { knownSubsystems, readSchemaState } from './schema-state.ts';
import { loadSettings, numberSetting, parseConf, type Settings } from './settings.ts';
import { validateSettings } from './validation.ts';

const [folder = '', environFile = '', program, ...argv] = process.argv.slice(2);

/** Kong that serves: `kong start`, and the `nginx` that the entry script becomes. It runs until it is told to stop. */
async function main(): Promise<void> {
  const started = recordStart(folder, program === 'kong' ? 'kong' : 'nginx', argv, process.pid, environFile);
  for (const name of Object.keys(process.env)) if (name.startsWith('PG')) delete process.env[name];
  if (program === 'kong') listenForStop(started);
  try {
    await serve(started);
  } catch (error) {
    const [message, code] = error instanceof KongError ? [error.message, error.exitCode] : [String(error), 1];
    process.stderr.write(`${program === 'kong' ? 'Error' : 'nginx: [error] init_by_lua error'}: ${message}\n`);
    end(started, code);
  }
}

async function serve(started: Started): Promise<void> {
  const { environment, run } = started;
  const knobs = readKnobs(folder);
  const faults = selectFaults({ knobs, folder, run, command: program === 'kong' ? 'start' : 'nginx' });
  const given = program === 'kong' ? givenToStart(environment) : givenToNginx(prefixOfNginx());
  const aws = knobs.edition === 'enterprise' ? awsBackend(environment) : undefined;
  const effective = await dereferenceAll(given, { knobs, environment, aws });
  validateSettings(effective);
  const prefix = effective.get('prefix') ?? '';
  if (program === 'kong') writeNginxFiles(await preparePrefix(effective, createOutput(false, 0)), given);
  await faults.beforeWork(effective.get('pg_password') ?? '');
  if (program !== 'kong') listenForStop(started);
  if (effective.get('database') !== 'off') await checkSchema(effective);
  writeFileSync(join(prefix, 'pids', 'nginx.pid'), `${process.pid}\n`);
  const api = { given, effective, knobs };
  process.on('SIGHUP', () => void reload(api, prefix, { knobs, environment, aws }));
  const listening = await serveAdminApi(api);
  appendEvent(folder, { event: 'listening', run, listening: listening ?? 'off' });
  process.stdout.write('Kong started\n');
}

function givenToStart(environment: Readonly<Record<string, string>>): Settings {
  const { conf, prefix } = parseCommandLine(argv);
  return loadSettings({ environment, conf, prefix });
}

/** Its master keeps the environment that it began with. What it cannot dereference there it refuses, and goes on as before. */
async function reload(
  api: { given: Settings; effective: Settings },
  prefix: string,
  means: Dereferencing,
): Promise<void> {
  try {
    const given = givenToNginx(prefix);
    api.effective = await dereferenceAll(given, means);
    api.given = given;
    process.stdout.write('Kong reloaded\n');
  } catch (error) {
    process.stderr.write(`nginx: [error] init_by_lua error: ${error instanceof Error ? error.message : error}\n`);
  }
}

function prefixOfNginx(): string {
  return argv[argv.indexOf('-p') + 1] ?? '';
}

/** nginx knows what `kong prepare` wrote down, and nothing else. */
function givenToNginx(prefix: string): Settings {
  const file = join(prefix, '.kong_env');
  if (!existsSync(file)) throw new KongError(`open() "${file}" failed (2: No such file or directory)`);
  const entries = [...parseConf(readFileSync(file, 'utf8'))];
  return new Map(entries.map(([key, value]) => [key, value.replaceAll('\\n', '\n')]));
}

/** Pending migrations are fine, new ones are not. */
async function checkSchema(settings: Settings): Promise<void> {
  const connection = await connect(settings, numberSetting(settings, 'pg_timeout') ?? 5000);
  const state = await readSchemaState(connection, knownSubsystems(readKnobs(folder), settings));
  await connection.close();
  if (state.needsBootstrap) throw new KongError("Database needs bootstrapping; run 'kong migrations bootstrap'");
  if (state.new.length > 0) throw new KongError("New migrations available; run 'kong migrations up' to proceed");
}

/** nginx begins to listen after Kong's init, which runs while it reads its configuration (src/core/nginx.c). */
function listenForStop(started: Started): void {
  for (const signal of ['SIGTERM', 'SIGQUIT', 'SIGINT'] as const) process.on(signal, () => end(started, 0));
}

function end(started: Started, code: number): void {
  recordEnd(folder, started.run, code);
  process.exit(code);
}

void main();
