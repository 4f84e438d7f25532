import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lockKey } from '../../src/database/lock/advisory-lock.ts';
import { startVault } from '../emulators/hashicorp-vault.ts';
import { type SecretsManager, startSecretsManager } from '../emulators/secrets-manager.ts';
import { approleMethod } from '../emulators/vault-logins.ts';
import type { RunningEntrypoint } from '../world/kong-entrypoint.ts';
import type { StandInKong } from '../world/stand-in-kong/stand-in-kong.ts';
import { KONG_USER } from '../world/world.ts';
import { type FreshEnvironment, type Scene, until, type Variables } from './scene.ts';
import { PASSWORD } from './unmistakable.ts';

/** A moment of a start, brought about for one start. */
export type Moment = {
  readonly environment: Variables;
  /** Settles when the start is there. */
  reached(running: RunningEntrypoint): Promise<unknown>;
  /** Where its migrations are recorded; the world's Kong when absent. */
  readonly kong?: StandInKong;
  /** Undoes what brought it about. */
  end?(): Promise<unknown>;
};

export type Phase = {
  /** Whether a process of Kong runs at that moment: it stays where only its starter is killed. */
  readonly hasChild?: boolean;
  begin(given: FreshEnvironment, scene: Scene): Promise<Moment>;
};

/** What all the moments share: a vault that never answers, and a Kong whose bootstrap has a long statement. */
export type Stage = { readonly hanging: SecretsManager; readonly slow: StandInKong };

export const SLOW_SECONDS = 5;

export async function prepareStage(scene: Scene): Promise<Stage> {
  const hanging = await startSecretsManager();
  hanging.fail('hang');
  const slow = scene.install({
    faults: [{ kind: 'slow-statement', seconds: SLOW_SECONDS, on: 'migrations bootstrap' }],
  });
  return { hanging, slow };
}

/** A line too many in what a bootstrap prints makes a start ask Kong for the state afterwards. */
const HANGS_AFTERWARDS = `
[ "$2" = bootstrap ] && : > "$MARK.bootstrapped" && echo 'nobody migrated up to: 000_nothing (executed)'
if [ "$2" = status ] && [ -e "$MARK.bootstrapped" ]; then : > "$MARK.asked"; exec sleep 300; fi`;

export function phasesOn({ hanging, slow }: Stage): Readonly<Record<string, Phase>> {
  const silent = { KONG_VAULT_AWS_ENDPOINT_URL: hanging.url };
  return {
    'settings are read': {
      begin: async (given) => ({ environment: { ...given, ...silent }, reached: ({ pid }) => until(() => hears(pid)) }),
    },
    'the vault is asked': {
      begin: async (given) => {
        const secret = `of-${given.KONG_PG_DATABASE}`;
        const environment = { ...given, ...silent, KONG_PG_PASSWORD: `{vault://aws/${secret}/pg_password}` };
        return { environment, reached: () => until(() => hanging.requests.some(({ body }) => body.includes(secret))) };
      },
    },
    'the database is awaited': {
      begin: async (given) => ({
        environment: { ...given, KONG_PG_PORT: '1' },
        reached: (running) => running.waitForLine('waiting for PostgreSQL'),
      }),
    },
    'the lock is awaited': { begin: holdLock },
    'a bootstrap runs': {
      hasChild: true,
      begin: async (given, scene) => ({
        environment: { ...given, PATH: `${slow.bin}:${given['PATH']}` },
        kong: slow,
        reached: () => until(() => isAsleep(given, scene)),
      }),
    },
    'the schema is verified': {
      hasChild: true,
      begin: async (given, scene) => {
        const mark = join(scene.world.folder, given.KONG_PG_DATABASE);
        const environment = { ...scene.withMigrations(given, HANGS_AFTERWARDS), MARK: mark };
        return { environment, reached: () => until(() => existsSync(`${mark}.asked`)) };
      },
    },
    'it is about to become Kong': { begin: hangAtTheEnd },
  };
}

/** Whether the process has handlers of its own: the runtime catches INT and TERM, but QUIT and HUP only when asked to. */
function hears(pid: number): boolean {
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readStatus(pid))?.[1] ?? '0';
  return (BigInt(`0x${caught}`) & 0b101n) === 0b101n;
}

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return '';
  }
}

async function holdLock(given: FreshEnvironment, scene: Scene): Promise<Moment> {
  const holder = await scene.world.postgresql.connect({ database: given.KONG_PG_DATABASE });
  await holder.query('SELECT pg_advisory_lock($1)', [lockKey('public').toString()]);
  return {
    environment: given,
    reached: (running) => running.waitForLine('waiting for the lock'),
    end: () => holder.end(),
  };
}

async function isAsleep(given: Variables, scene: Scene): Promise<boolean> {
  const sql = `SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE '%pg_sleep(${SLOW_SECONDS})%' AND pid <> pg_backend_pid()`;
  return (await scene.ask(given, sql)).length > 0;
}

/** The last thing before the hand-over is to give back the token of HashiCorp Vault, which does not answer then. */
async function hangAtTheEnd(given: FreshEnvironment): Promise<Moment> {
  const vault = await startVault();
  vault.mount('secret', 'v2').put('kong/database', { pg_user: KONG_USER, pg_password: PASSWORD });
  vault.enable('approle', approleMethod('role-1', new Map([['secret-id-1', 0]])));
  return {
    environment: {
      ...given,
      KONG_PG_USER: '{vault://hcv/kong/database/pg_user}',
      KONG_PG_PASSWORD: '{vault://hcv/kong/database/pg_password}',
      KONG_VAULT_HCV_PORT: String(vault.port),
      KONG_VAULT_HCV_KV: 'v2',
      KONG_VAULT_HCV_AUTH_METHOD: 'approle',
      KONG_VAULT_HCV_APPROLE_ROLE_ID: 'role-1',
      KONG_VAULT_HCV_APPROLE_SECRET_ID: 'secret-id-1',
    },
    async reached(running) {
      await until(() => vault.requests.length === 2);
      vault.failAlways('hang');
      await running.waitForLine('handing over');
      await until(() => vault.requests.length === 3);
    },
    end: () => vault.close(),
  };
}
