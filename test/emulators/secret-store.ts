import { randomUUID } from 'node:crypto';

export type StoredValue = { readonly SecretString?: string; readonly SecretBinary?: string };

/** What a request of the JSON protocol may carry. */
export type Parameters = StoredValue & {
  readonly Name?: string;
  readonly SecretId?: string;
  readonly VersionStage?: string;
  readonly VersionId?: string;
  readonly ClientRequestToken?: string;
};

/** An error as Secrets Manager names it. */
export class ServiceError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

type Stored = {
  readonly arn: string;
  readonly name: string;
  readonly versions: Map<string, StoredValue>;
  readonly stages: Map<string, string>;
  deleted: boolean;
};

export type SecretStore = {
  create(parameters: Parameters): object;
  put(parameters: Parameters): object;
  get(parameters: Parameters): object;
  remove(parameters: Parameters): object;
};

/** Secrets with their versions and stages: a new value becomes AWSCURRENT, the one before it AWSPREVIOUS. */
export function createSecretStore(region: string): SecretStore {
  const secrets: Stored[] = [];

  function find(id = ''): Stored {
    const secret = secrets.find(({ name, arn }) => name === id || arn === id || arn.slice(0, -7) === id);
    if (secret === undefined) throw missing('secret');
    return secret;
  }

  function alive(id: string | undefined): Stored {
    const secret = find(id);
    if (!secret.deleted) return secret;
    const message = "You can't perform this operation on the secret because it was marked for deletion.";
    throw new ServiceError('InvalidRequestException', message);
  }

  function store(secret: Stored, value: Parameters): object {
    const id = value.ClientRequestToken ?? randomUUID();
    const current = secret.stages.get('AWSCURRENT');
    if (current !== undefined) secret.stages.set('AWSPREVIOUS', current);
    secret.stages.set('AWSCURRENT', id);
    secret.versions.set(id, value.SecretBinary === undefined ? text(value) : { SecretBinary: value.SecretBinary });
    return { ARN: secret.arn, Name: secret.name, VersionId: id, VersionStages: ['AWSCURRENT'] };
  }

  return {
    create(parameters) {
      const name = parameters.Name ?? '';
      if (!/^[\w/+=.@!-]{1,512}$/.test(name))
        throw new ServiceError('ValidationException', 'Invalid name. Must be a valid name.');
      if (secrets.some((secret) => secret.name === name)) {
        const message = `The operation failed because the secret ${name} already exists.`;
        throw new ServiceError('ResourceExistsException', message);
      }
      const arn = `arn:aws:secretsmanager:${region}:123456789012:secret:${name}-AbCdEf`;
      const secret = { arn, name, versions: new Map(), stages: new Map(), deleted: false };
      secrets.push(secret);
      const hasValue = parameters.SecretString !== undefined || parameters.SecretBinary !== undefined;
      return hasValue ? store(secret, parameters) : { ARN: arn, Name: name };
    },
    put: (parameters) => store(alive(parameters.SecretId), parameters),
    get(parameters) {
      const secret = alive(parameters.SecretId);
      const stage = parameters.VersionStage ?? 'AWSCURRENT';
      const id = parameters.VersionId ?? secret.stages.get(stage);
      const value = id === undefined ? undefined : secret.versions.get(id);
      if (value === undefined) throw missing(`secret value for staging label: ${stage}`);
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: id,
        ...value,
        VersionStages: [stage],
        CreatedDate: 1.7e9,
      };
    },
    remove(parameters) {
      const secret = find(parameters.SecretId);
      secret.deleted = true;
      return { ARN: secret.arn, Name: secret.name, DeletionDate: 1.9e9 };
    },
  };
}

function text({ SecretString = '' }: StoredValue): StoredValue {
  return { SecretString };
}

function missing(what: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', `Secrets Manager can't find the specified ${what}.`);
}
