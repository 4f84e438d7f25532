import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { readEnviron } from '../../test/world/processes.ts';
import type { Invocation } from '../../test/world/stand-in-kong/record.ts';
import { parseEnviron } from '../../test/world/stand-in-kong/record.ts';
import type { Container } from './container.ts';
import { searchFiles, searchProcesses } from './search.ts';
import { databaseUser, type Stage } from './stage.ts';
import type { Proof } from './terminal.ts';

/** The part of `GET /` of the Admin API that is looked at; the PID is `pid` or, in newer versions, `pids.master`. */
export type AdminAnswer = {
  readonly version?: string;
  readonly pid?: number;
  readonly pids?: { readonly master?: number };
  readonly configuration: Readonly<Record<string, unknown>>;
};

const LONGEST_DETAIL = 160;

/** What the Admin API shows of the settings: references, and never a password. */
export function proveSettings(answer: AdminAnswer, expectedUser: string): Proof {
  const { pg_user: user, pg_password: password } = answer.configuration;
  return {
    holds: user === expectedUser && password === '******',
    claim: 'Kong was given references, and shows no password',
    details: [`"pg_user": ${JSON.stringify(user)}`, `"pg_password": ${JSON.stringify(password)}`],
  };
}

/** The migrations were run by the user whose name only the secret holds. */
export async function proveMigrations({ postgresql }: Stage): Promise<Proof> {
  const rows = await postgresql.query("SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'public'", {
    database: 'kong',
  });
  const names = rows.map(({ tablename }) => String(tablename));
  return {
    holds: names.includes('schema_meta') && rows.every(({ tableowner }) => tableowner === databaseUser),
    claim: `the schema is there: ${names.length} tables, all owned by ${databaseUser}, whose name is in the secret alone`,
  };
}

/** Kong has the PID that kong-entrypoint had, and no process runs our program. */
export function proveProcesses(container: Container, answer: AdminAnswer, program: string): Proof {
  const processes = container.processes();
  const ours = processes.filter(({ pid, commandLine }) => runs(pid, program) || commandLine.includes(program));
  const serving = answer.pids?.master ?? answer.pid;
  return {
    holds: ours.length === 0 && serving === container.pid,
    claim: `the process that was kong-entrypoint is Kong now (PID ${container.pid}), and nothing of ours is left`,
    details: processes.map(({ pid, ppid, commandLine }) =>
      shorten(`PID ${pid}, parent ${ppid}: ${commandLine.join(' ')}`),
    ),
  };
}

function shorten(text: string): string {
  return text.length > LONGEST_DETAIL ? `${text.slice(0, LONGEST_DETAIL)}...` : text;
}

function runs(pid: number, program: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) === program;
  } catch {
    return false;
  }
}

/** What the hand-over gave, byte for byte, as the stand-in's entry script found it in /proc. */
export function proveHandOver(given: Readonly<Record<string, string>>, record: readonly Invocation[]): Proof {
  const script = record.find(({ program }) => program === 'docker-entrypoint.sh');
  const bytes = Object.entries(given).map(([name, value]) => `${name}=${value}\0`);
  return {
    holds: script?.environ.equals(Buffer.from(bytes.join(''))) === true,
    claim: `the image's script was given the ${bytes.length} variables of the container, byte for byte`,
  };
}

/** What Kong has in the end. The image's own script, or Kong itself, may add to it. */
export function proveEnvironment(stage: Stage, pid: number): Proof {
  const now = parseEnviron(readEnviron(pid));
  const { environment, kong } = stage;
  const names = Object.keys(environment);
  const changed = names.filter((name) => now[name] !== environment[name]);
  const added = Object.keys(now).filter((name) => !(name in environment));
  const values = added.filter((name) => name.startsWith('KONG_ENTRYPOINT_VALUE_'));
  const others = added.filter((name) => !values.includes(name));
  const byRequest = kong.handover === 'values' ? ['KONG_PG_USER', 'KONG_PG_PASSWORD'] : [];
  return {
    holds: changed.every((name) => byRequest.includes(name)) && Object.keys(now).length > 0,
    claim: `Kong has all of them: /proc/${pid}/environ, compared with what the container was given`,
    details: [
      `changed or missing: ${changed.length === 0 ? 'none' : `${changed.join(', ')} (--handover values)`}`,
      ...(values.length === 0 ? [] : [`added by --handover values: ${values.join(', ')}`]),
      `added by scripts of the image and their shells: ${others.length === 0 ? 'none' : others.join(', ')}`,
    ],
  };
}

/** The password is in no line of output, no file, no environment and no command line; with values, in Kong's environment alone. */
export function proveSecrecy(stage: Stage, container: Container): Proof {
  const { password, folder, kong } = stage;
  const output = container.output();
  const files = searchFiles(password, [folder, ...privatePrefixes()]);
  const processes = searchProcesses(password);
  const byRequest = kong.handover === 'values' ? container.processes().map(({ pid }) => `/proc/${pid}/environ`) : [];
  const found = [...(output.includes(password) ? ['the output'] : []), ...files.found, ...processes.found];
  const elsewhere = found.filter((place) => !byRequest.includes(place));
  return {
    holds: elsewhere.length === 0,
    claim: `the password is found nowhere${byRequest.length === 0 ? '' : " but in Kong's environment, by request: --handover values"}`,
    details: [
      `looked at ${output.length} characters of output, ${files.looked} files, the environments and command lines of ${processes.looked} processes`,
      ...elsewhere.map((place) => `found in ${place}`),
    ],
  };
}

/** Where `kong migrations` had its private folder, which is removed by now. */
function privatePrefixes(): string[] {
  return readdirSync('/tmp')
    .filter((name) => /^kong-entrypoint-\w+$/.test(name))
    .map((name) => join('/tmp', name));
}
