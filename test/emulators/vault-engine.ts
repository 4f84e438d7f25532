/** An answer of Vault's. */
export type VaultReply = { readonly status: number; readonly body?: object };

export type Data = Readonly<Record<string, unknown>>;

/** A KV engine of Vault's, mounted at a path. */
export type Engine = {
  put(id: string, data: Data): void;
  /** Of an engine that keeps versions: deletes the newest version, or destroys it. */
  remove(id: string, how: 'delete' | 'destroy'): void;
  /** The answer to a GET below the mount: a path that is decoded, and a query. */
  read(path: string, query: URLSearchParams): VaultReply;
};

const VERSIONED =
  "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. If using the Vault CLI, use 'vault kv get' for this operation.";

/** KV version 1: a path has a value, and that is all. */
export function unversionedEngine(): Engine {
  const secrets = new Map<string, Data>();
  return {
    put: (id, data) => secrets.set(id, data),
    remove: (id) => secrets.delete(id),
    read(path, query) {
      const data = secrets.get(path);
      if ([...query].length > 0) return refused(400, 'unsupported query');
      return data === undefined ? { status: 404, body: { errors: [] } } : ok(data);
    },
  };
}

type Version = { readonly data: Data; state: 'good' | 'delete' | 'destroy' };

/** KV version 2: `data/<id>?version=n`. */
export function versionedEngine(): Engine {
  const secrets = new Map<string, Version[]>();
  return {
    put: (id, data) => secrets.set(id, [...(secrets.get(id) ?? []), { data, state: 'good' }]),
    remove(id, how) {
      const newest = secrets.get(id)?.at(-1);
      if (newest !== undefined) newest.state = how;
    },
    read(path, query) {
      if (!path.startsWith('data/')) return { status: 404, body: { errors: [], warnings: [VERSIONED] } };
      if ([...query.keys()].some((name) => name !== 'version')) return refused(400, 'unsupported query');
      const versions = secrets.get(path.slice('data/'.length)) ?? [];
      const number = query.has('version') ? Number(query.get('version')) : versions.length;
      const version = versions[number - 1];
      return version === undefined ? { status: 404, body: { errors: [] } } : versionReply(version, number);
    },
  };
}

function versionReply({ data, state }: Version, version: number): VaultReply {
  const deletion_time = state === 'delete' ? '2026-01-01T00:00:00Z' : '';
  const metadata = { created_time: '2026-01-01T00:00:00Z', deletion_time, destroyed: state === 'destroy', version };
  return state === 'good' ? ok({ data, metadata }) : { ...ok({ data: null, metadata }), status: 404 };
}

function ok(data: object): VaultReply {
  const rest = {
    lease_id: '',
    renewable: false,
    lease_duration: 2_764_800,
    wrap_info: null,
    warnings: null,
    auth: null,
  };
  return { status: 200, body: { request_id: 'b1f2', ...rest, data } };
}

export function refused(status: number, ...errors: string[]): VaultReply {
  return { status, body: { errors } };
}
