import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAtLeast, type Knobs, readKnobs } from '../knobs.ts';
import { awsBackend } from './aws.ts';
import { type CommandLine, CommandLineError, parseCommandLine } from './command-line.ts';
import { connect } from './database.ts';
import { type Faults, selectFaults } from './faults.ts';
import { recordEnd, recordStart, type Started } from './invocation.ts';
import { runMigrationsCommand } from './migrations.ts';
import { createOutput, KongError, type Output } from './output.ts';
import { preparePrefix, writeNginxFiles } from './prefix.ts';
import { type Dereferencing, dereferenceWhatCan } from './references.ts';
import { check, end, type OfRunning, reload, restart, settingsOfRunning, vaultGet } from './running.ts';
import { knownSubsystems } from './schema-state.ts';
import { isOn, loadSettings, numberSetting, type Settings } from './settings.ts';
import { validateSettings } from './validation.ts';

/** The worker of `kong`: everything but `start`. */
type Work = {
  readonly folder: string;
  readonly knobs: Knobs;
  readonly commandLine: CommandLine;
  readonly output: Output;
  readonly faults: Faults;
  readonly started: Started;
};

type Loaded = { readonly given: Settings; readonly effective: Settings };

const MIGRATIONS_COMMANDS = ['bootstrap', 'up', 'finish', 'list', 'reset', 'status'];

async function main(): Promise<number> {
  const [folder = '', outerPid = '', ...argv] = process.argv.slice(2);
  for (const name of Object.keys(process.env)) if (name.startsWith('PG')) delete process.env[name];
  const started = recordStart(folder, 'kong', argv, Number(outerPid), `/proc/${outerPid}/environ`);
  const exitCode = await runCommand(folder, argv, started).catch(reportError);
  recordEnd(folder, started.run, exitCode);
  return exitCode;
}

async function runCommand(folder: string, argv: readonly string[], started: Started): Promise<number> {
  const knobs = readKnobs(folder);
  const commandLine = parseCommandLine(argv);
  const output = createOutput(commandLine.quiet, commandLine.verbosity);
  const faults = selectFaults({ knobs, folder, run: started.run, command: commandLine.words.join(' ') });
  const work: Work = { folder, knobs, commandLine, output, faults, started };
  if (commandLine.help) return printUsage();
  switch (commandLine.words[0]) {
    case 'version':
      return version(work);
    case 'migrations':
      return migrations(work);
    case 'prepare':
      return prepare(work);
    case 'config':
      return config(work);
    case 'health':
      return health(work);
    case 'reload':
      return reload(ofRunning(work));
    case 'quit':
      return end(ofRunning(work), 'SIGQUIT');
    case 'stop':
      return end(ofRunning(work), 'SIGTERM');
    case 'restart':
      return restart(ofRunning(work));
    case 'check':
      return check(ofRunning(work));
    case 'vault':
      return vaultGet(ofRunning(work));
    default:
      throw new CommandLineError(`no such command: ${commandLine.words[0] ?? ''}`);
  }
}

function printUsage(): number {
  process.stdout.write('Usage: kong COMMAND [OPTIONS]\n');
  return 0;
}

async function version({ knobs, output, faults }: Work): Promise<number> {
  await faults.beforeWork('');
  output.say(knobs.edition === 'enterprise' ? `Kong Enterprise ${knobs.version}` : knobs.version);
  return 0;
}

async function migrations(work: Work): Promise<number> {
  const { commandLine, knobs, output, faults, folder, started } = work;
  const command = commandLine.words[1] ?? '';
  const known = MIGRATIONS_COMMANDS.includes(command) && (command !== 'status' || isAtLeast(knobs.version, [3, 0, 0]));
  if (!known) throw new CommandLineError(`no such command: migrations ${command}`);
  const { effective } = await load(work);
  if (effective.get('database') === 'off') throw new KongError('[off] there are no migrations without a database');
  await preparePrefix(effective, output);
  const password = effective.get('pg_password') ?? '';
  await faults.beforeWork(password);
  output.debug(
    `pg_user = "${effective.get('pg_user')}"\npg_host = "${effective.get('pg_host')}"\npg_password = "******"`,
  );
  const timeout = (commandLine.databaseTimeout ?? 0) * 1000 || (numberSetting(effective, 'pg_timeout') ?? 5000);
  const connection = await connect(effective, timeout);
  return runMigrationsCommand(command, {
    connection,
    output,
    faults,
    folder,
    knobs,
    commandLine,
    timeout,
    settings: effective,
    run: started.run,
    databaseName: effective.get('pg_database') ?? '',
    stepMilliseconds: knobs.stepMilliseconds,
    subsystems: knownSubsystems(knobs, effective),
  });
}

async function prepare(work: Work): Promise<number> {
  const { given, effective } = await load(work);
  await work.faults.beforeWork(effective.get('pg_password') ?? '');
  writeNginxFiles(await preparePrefix(effective, work.output), given);
  return 0;
}

/** What it exports and imports is in the database of the Kong that runs here. */
async function config(work: Work): Promise<number> {
  const isOfRunning = work.commandLine.words[1] !== 'parse';
  const effective = isOfRunning
    ? await dereferenceWhatCan(settingsOfRunning(ofRunning(work)), meansOf(work))
    : (await load(work)).effective;
  await preparePrefix(effective, work.output);
  if (effective.get('database') !== 'off') await (await connect(effective, 5000)).close();
  work.output.say(`${work.commandLine.words[1] ?? 'parse'} successful`);
  return 0;
}

async function health(work: Work): Promise<number> {
  const { effective } = await load(work);
  const prefix = effective.get('prefix') ?? '';
  try {
    process.kill(Number(readFileSync(join(prefix, 'pids', 'nginx.pid'), 'utf8')), 0);
  } catch {
    throw new KongError(`Kong is not running at ${prefix}`);
  }
  work.output.say(`Kong is healthy at ${prefix}`);
  return 0;
}

function ofRunning(work: Work): OfRunning {
  return { ...work, means: meansOf(work) };
}

function meansOf({ started: { environment }, knobs }: Work): Dereferencing {
  return { knobs, environment, aws: knobs.edition === 'enterprise' ? awsBackend(environment) : undefined };
}

async function load(work: Work): Promise<Loaded> {
  const { commandLine, started, knobs } = work;
  const { environment } = started;
  const given = loadSettings({ environment, conf: commandLine.conf, prefix: commandLine.prefix });
  const effective = await dereferenceWhatCan(given, meansOf(work));
  validateSettings(effective);
  return { given, effective: withToken(effective, knobs) };
}

/** With one of `pg_*_auth` Kong takes no password, gets a token, and forces TLS. */
function withToken(settings: Settings, { databaseToken }: Knobs): Settings {
  if (!['pg_iam_auth', 'pg_azure_auth', 'pg_gcp_auth', 'pg_oauth_auth'].some((key) => isOn(settings, key)))
    return settings;
  return new Map([...settings, ['pg_password', databaseToken], ['pg_ssl', 'on'], ['pg_ssl_required', 'on']]);
}

function reportError(error: unknown): number {
  process.stderr.write(`Error: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof CommandLineError) process.stderr.write('Usage: kong COMMAND [OPTIONS]\n');
  if (!(error instanceof KongError) && !(error instanceof CommandLineError))
    process.stderr.write(`${(error as Error).stack}\n`);
  return error instanceof KongError ? error.exitCode : 1;
}

main().then((exitCode) => process.exit(exitCode), reportError);
