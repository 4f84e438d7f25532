import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, Knobs, Lie } from '../knobs.ts';
import { appendEvent, readEvents } from '../record.ts';
import { KongError } from './output.ts';

/** The faults that befall this invocation. */
export type Faults = {
  /** To be awaited when the settings are known and the database has not been asked yet. */
  beforeWork(password: string): Promise<void>;
  /** To be awaited when a step was recorded. */
  afterStep(): Promise<void>;
  /** SQL to add to the migration's own, in its transaction. */
  slowStatement(migration: string): string;
  /** How a bootstrap is to lie. */
  lie(): Lie | undefined;
};

export type FaultWorld = {
  readonly knobs: Knobs;
  readonly folder: string;
  readonly run: string;
  /** The command's words, such as `migrations bootstrap`. */
  readonly command: string;
};

export function selectFaults(world: FaultWorld): Faults {
  const faults = world.knobs.faults.filter((fault) => befalls(fault, world));
  for (const fault of faults) appendEvent(world.folder, { event: 'fault', run: world.run, fault: identify(fault) });
  let steps = 0;
  let slowed = false;
  return {
    async beforeWork(password) {
      for (const fault of faults) await strikeBefore(fault, password);
    },
    async afterStep() {
      steps += 1;
      for (const fault of faults) {
        if ((fault.kind === 'exit' || fault.kind === 'hang') && fault.afterSteps === steps) await end(fault);
      }
    },
    lie: () => faults.find((fault) => fault.kind === 'lie')?.how,
    slowStatement(migration) {
      const fault = faults.find((candidate) => candidate.kind === 'slow-statement');
      if (fault?.kind !== 'slow-statement' || slowed || (fault.migration ?? migration) !== migration) return '';
      slowed = true;
      return `\nSELECT pg_sleep(${fault.seconds});`;
    },
  };
}

function befalls(fault: Fault, world: FaultWorld): boolean {
  if (!`${world.command} `.startsWith(`${fault.on ?? 'migrations'} `)) return false;
  if (fault.times === undefined) return true;
  const identity = identify(fault);
  const earlier = readEvents(world.folder).filter((event) => event.event === 'fault' && event.fault === identity);
  return earlier.length < fault.times;
}

function identify(fault: Fault): string {
  return JSON.stringify(fault);
}

async function strikeBefore(fault: Fault, password: string): Promise<void> {
  switch (fault.kind) {
    case 'exit':
    case 'hang':
      if (fault.afterSteps === undefined) await end(fault);
      return;
    case 'pause':
      await sleep(fault.seconds * 1000);
      return;
    case 'flood':
      return flood(fault.megabytes);
    case 'print-password':
      process.stdout.write(`connecting with password ${password} now\n`);
      process.stderr.write(`warning: password=${password}\n`);
      return;
    case 'ignore-signals':
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'] as const) process.on(signal, () => undefined);
      return;
    case 'grandchild':
      spawn('sleep', [String(fault.seconds)], { stdio: 'inherit', detached: true }).unref();
      return;
    case 'slow-statement':
    case 'lie':
      return;
  }
}

async function end(fault: Extract<Fault, { kind: 'exit' | 'hang' }>): Promise<void> {
  if (fault.kind === 'exit') throw new KongError(fault.message ?? 'something went wrong', fault.code);
  const forever = setInterval(() => undefined, 60_000);
  await new Promise(() => forever);
}

async function flood(megabytes: number): Promise<void> {
  const chunk = `${'x'.repeat(1023)}\n`.repeat(1024);
  for (let written = 0; written < megabytes; written += 1) {
    if (!process.stdout.write(chunk)) await once(process.stdout, 'drain');
  }
}
