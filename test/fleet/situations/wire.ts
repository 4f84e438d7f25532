import { type Situation, type Undo, watchStart } from '../situation.ts';
import { A_WHILE, SHORT, setStage, startBy } from '../stage.ts';
import { startWireGate, type WireFault, type WireStep, wireSteps } from '../wire-gate.ts';

const steps = Object.keys(wireSteps).filter((step): step is WireStep => step in wireSteps);

/** The line of a start that waits, and that of one whose time is up. */
const WAITING = /waiting for PostgreSQL at \S+: .*; [\d.]+ s left/;
const NOT_IN_TIME = /error: KONG_PG_HOST: PostgreSQL at \S+ was not available within 6\.0 s: .+/;

/** What befalls a connection on its way to the server. */
export const wireSituations: readonly Situation[] = steps.flatMap((at) => [closedForAWhile(at), closedForEver(at)]);

/** A server, or a way to it, that takes what it is sent and answers nothing. */
export const silentSituations: readonly Situation[] = [
  silentForAWhile('at the TCP connection', 'a login is not answered, and a later one is'),
  silentForEver('at the TCP connection', 'no login is ever answered'),
  silentForAWhile('at the password (SASL)', 'a password is not answered, and a later one is'),
  silentForAWhile('in a statement', 'a statement is not answered, and a later one is'),
  silentForEver('in a statement', 'no statement is ever answered'),
];

function closedForAWhile(at: WireStep): Situation {
  return {
    name: `the connection is closed ${at}, for a while`,
    does: 'waits, then goes on',
    exitCode: 0,
    atMost: 40,
    line: WAITING,
    play: (after) => throughGate(after, { at, how: 'close', lasts: A_WHILE }, []),
  };
}

function closedForEver(at: WireStep): Situation {
  return {
    name: `the connection is always closed ${at}`,
    does: 'waits for `--database-timeout`, then ends',
    exitCode: 75,
    atMost: 15,
    line: NOT_IN_TIME,
    play: (after) => throughGate(after, { at, how: 'close', lasts: Number.POSITIVE_INFINITY }, SHORT),
  };
}

function silentForAWhile(at: WireStep, name: string): Situation {
  return {
    name,
    does: 'gives it up, waits, then goes on',
    exitCode: 0,
    atMost: 45,
    line: WAITING,
    play: (after) => throughGate(after, { at, how: 'silence', lasts: A_WHILE }, []),
  };
}

function silentForEver(at: WireStep, name: string): Situation {
  return {
    name,
    does: 'waits for `--database-timeout`, then ends',
    exitCode: 75,
    atMost: 15,
    line: NOT_IN_TIME,
    play: (after) => throughGate(after, { at, how: 'silence', lasts: Number.POSITIVE_INFINITY }, SHORT),
  };
}

async function throughGate(after: Undo, fault: WireFault, options: readonly string[]): ReturnType<Situation['play']> {
  const stage = await setStage(after);
  const gate = await startWireGate(stage.server.port, fault);
  after(() => gate.close());
  return watchStart(startBy(stage, gate.port, options));
}
