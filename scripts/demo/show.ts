import { setTimeout as sleep } from 'node:timers/promises';
import { type Container, startContainer } from './container.ts';
import type { End } from './end.ts';
import {
  type AdminAnswer,
  proveEnvironment,
  proveHandOver,
  proveMigrations,
  proveProcesses,
  proveSecrecy,
  proveSettings,
} from './proofs.ts';
import { references, type Stage, secretName, setStage } from './stage.ts';
import type { Proof, Terminal } from './terminal.ts';

export type Show = {
  /** The binary that the build made. */
  readonly program: string;
  readonly terminal: Terminal;
  readonly end: End;
  /** Whether it stays up until somebody stops it. */
  readonly stays: boolean;
};

/** The demonstration, in order. Returns the exit status: 1 if something that it claims does not hold. */
export async function show({ program, terminal, end, stays }: Show): Promise<number> {
  terminal.heading('1. What is there before the container starts');
  const stage = await setStage(end.cleanUp, terminal.line);
  end.signal.throwIfAborted();
  describeStage(stage, terminal);

  terminal.heading('2. The container starts');
  describeStart(stage, terminal);
  const container = startContainer({
    words: [program, ...stage.kong.words],
    environment: stage.environment,
    onOutput: terminal.passOn,
  });
  end.cleanUp(container.stop);
  const answer = await askAdminApi(stage.adminUrl, container, end.signal);

  terminal.heading('3. What holds now');
  terminal.line('searching processes, files and output for the password ...');
  const proofs = await prove({ stage, container, answer, program });
  for (const proof of proofs) terminal.proof(proof);
  const holds = proofs.every((proof) => proof.holds);
  terminal.heading(holds ? 'All of it holds.' : 'NOT all of it holds.');
  if (holds && !stays) describeNext(terminal);
  if (stays && holds) return stay(stage, container, terminal, end);
  return holds ? 0 : 1;
}

function describeStage({ postgresql, secretsManager, kong }: Stage, terminal: Terminal): void {
  terminal.line(`PostgreSQL, a real one, at ${postgresql.host}:${postgresql.port}, with an empty database kong`);
  terminal.line(`AWS Secrets Manager, an emulator that checks every signature, at ${secretsManager.url}`);
  terminal.line(`its secret ${secretName}: {"pg_user": "...", "pg_password": "..."}`);
  terminal.line(kong.introduction);
}

function describeStart({ environment, kong }: Stage, terminal: Terminal): void {
  for (const [name, value] of Object.entries(environment)) {
    terminal.line(`${name}=${/SECRET|TOKEN/.test(name) ? '...' : value}`);
  }
  terminal.line('');
  terminal.line(`$ kong-entrypoint ${kong.words.join(' ')}`);
}

function describeNext(terminal: Terminal): void {
  terminal.line('Next:');
  terminal.line('  npm run demo -- --stay          keeps all of this up, for curl');
  terminal.line('  dist/kong-entrypoint --help     the options');
  terminal.line('  README.md, "Use it"             an image of your own');
}

const PATIENCE = 60_000;

/** Asks until Kong answers. Throws when it has ended, or does not answer within a minute. */
async function askAdminApi(url: string, container: Container, signal: AbortSignal): Promise<AdminAnswer> {
  for (const started = performance.now(); performance.now() - started < PATIENCE; ) {
    signal.throwIfAborted();
    if (container.hasEnded()) throw new Error('the container ended before Kong answered; its lines are above');
    const response = await fetch(url, { signal }).catch(() => undefined);
    if (response?.ok === true) return (await response.json()) as AdminAnswer;
    await sleep(100, undefined, { signal });
  }
  throw new Error(`Kong did not answer at ${url} within ${PATIENCE / 1000} s`);
}

type Scene = {
  readonly stage: Stage;
  readonly container: Container;
  readonly answer: AdminAnswer;
  readonly program: string;
};

async function prove({ stage, container, answer, program }: Scene): Promise<Proof[]> {
  const { kong, environment } = stage;
  const user = kong.handover === 'references' ? references.KONG_PG_USER : '{vault://env/kong-entrypoint-value-pg-user}';
  const handOver = kong.standIn === undefined ? [] : [proveHandOver(environment, kong.standIn.record())];
  // The stand-in notes down what it was given, for proofs such as the one above. No Kong does, so it is not a finding.
  kong.standIn?.clearRecord();
  return [
    proveSettings(answer, user),
    await proveMigrations(stage),
    proveProcesses(container, answer, program),
    ...handOver,
    proveEnvironment(stage, container.pid),
    proveSecrecy(stage, container),
  ];
}

/** Ends with 0 when somebody stops it, which is the only way, and with 1 when Kong ends by itself. */
async function stay(stage: Stage, container: Container, terminal: Terminal, { signal }: End): Promise<number> {
  terminal.line(`It stays up: curl ${stage.adminUrl}; Ctrl-C ends it and leaves nothing.`);
  while (!signal.aborted && !container.hasEnded()) await sleep(200);
  return signal.aborted ? 0 : 1;
}
