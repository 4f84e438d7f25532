import { createHash } from 'node:crypto';
import type { VaultReference } from '../references/reference.ts';
import type { SecretRequest, SecretSource, WholeSecret } from '../references/secret-source.ts';
import type { Settings } from '../settings/setting.ts';
import { findBackend } from './backends.ts';
import { trustedByKong } from './trusted-by-kong.ts';
import type {
  BackendWorld,
  SecretName,
  Vault,
  VaultBackend,
  VaultForecast,
  VaultOptionValues,
  VaultWorld,
} from './vault.ts';
import { effectiveOptions } from './vault-options.ts';

type Prepared = { readonly backend: VaultBackend; readonly options: VaultOptionValues; readonly name: SecretName };

/** What a fetch would do. */
export type RequestForecast = VaultForecast & { readonly vault: string; readonly name: SecretName };

/** The vaults of this start. Nothing is asked, and no SDK loaded, before the first fetch. */
export type Vaults = SecretSource & {
  /** Says what this fetch would do. Asks no network. */
  forecast(request: SecretRequest): Promise<RequestForecast>;
  /** Asks the vaults that are open what of the access to them expires. Throws as a fetch does. */
  listExpiring(): Promise<readonly string[]>;
  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void>;
};

/** Options that do not change the call to the vault: references that differ only in these share one fetch. */
const appliedLater: ReadonlySet<string> = new Set(['base64_decode', 'ttl', 'neg_ttl', 'resurrect_ttl']);

export type VaultsInput = {
  readonly settings: Settings;
  /** Keys that are set to an empty value, which also takes away Kong's default. */
  readonly unset?: ReadonlySet<string> | undefined;
  readonly world: VaultWorld;
};

/**
 * The vaults as one source of secrets. Settings carry `KONG_VAULTS` and `KONG_VAULT_*`, from the environment or
 * kong.conf. A backend is opened, and its SDK loaded, at the first fetch that needs it: once for each set of options.
 */
export function openVaults(input: VaultsInput): Vaults {
  const { settings, unset = new Set() } = input;
  const prepared = new Map<string, Prepared>();
  const opened = new Map<string, Promise<Vault>>();
  const warn = onlyOnce((message) => input.world.log.warn(message));
  const world: BackendWorld = {
    ...input.world,
    log: { ...input.world.log, warn },
    trustedByKong: () => trustedByKong(settings, unset, input.world.environment),
  };

  function prepare(reference: VaultReference): SecretRequest {
    const vault = reference.vaultPrefix;
    const backend = findBackend(vault, settings);
    const query = reference.options;
    const all = effectiveOptions({
      vault,
      options: backend.options,
      query,
      settings,
      environment: world.environment,
      warn,
    });
    const options = Object.fromEntries(Object.entries(all).filter(([name]) => !appliedLater.has(name)));
    const { secretId, secretKey } = backend.locate?.(reference, options) ?? reference;
    const name = { secretId, version: canonicalVersion(reference.version) };
    const key = digest([vault, options, name.secretId, name.version ?? null]);
    prepared.set(key, { backend, options, name });
    return { key, vault, secretKey, base64Decode: all['base64_decode'] === true };
  }

  function find(request: SecretRequest): Prepared {
    const found = prepared.get(request.key);
    if (found === undefined) throw new TypeError('this request was prepared by other vaults');
    return found;
  }

  async function fetch(request: SecretRequest): Promise<WholeSecret> {
    const found = find(request);
    const vault = await open(request.vault, found);
    return vault.fetch(found.name);
  }

  function open(name: string, { backend, options }: Prepared): Promise<Vault> {
    const key = digest([name, options]);
    const vault = opened.get(key) ?? backend.open(options, world);
    opened.set(key, vault);
    vault.catch(() => opened.delete(key));
    return vault;
  }

  async function forecast(request: SecretRequest): Promise<RequestForecast> {
    const { backend, options, name } = find(request);
    return { vault: request.vault, name, ...(await backend.forecast(options, name, world.environment)) };
  }

  async function listExpiring(): Promise<readonly string[]> {
    const vaults = await Promise.all(opened.values());
    const said = await Promise.all(vaults.map((vault) => vault.listExpiring?.() ?? []));
    return said.flat();
  }

  /** Another attempt may fetch again after this: it opens its vaults again. */
  async function close(): Promise<void> {
    const vaults = [...opened.values()];
    opened.clear();
    await Promise.allSettled(vaults.map(async (vault) => (await vault).close?.()));
  }

  return { prepare, fetch, forecast, listExpiring, close, [Symbol.asyncDispose]: close };
}

/** `#1`, `#01` and `#1.0` name one version. */
function canonicalVersion(version: string | undefined): string | undefined {
  return version === undefined || Number.isNaN(Number(version)) ? version : String(Number(version));
}

/** A key that compares options without holding their text, which can be a vault's credentials. */
function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function onlyOnce(say: (message: string) => void): (message: string) => void {
  const said = new Set<string>();
  return (message) => {
    if (said.has(message)) return;
    said.add(message);
    say(message);
  };
}
