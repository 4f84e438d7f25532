import { credentialsDocument } from './container-credentials.ts';
import { type Request, startLoopbackServer } from './loopback-server.ts';
import type { AccessKey } from './signature-v4.ts';

export type InstanceMetadataOptions = {
  readonly key: AccessKey;
  readonly region?: string;
  /** `2` answers only with a session token, `1` gives none; the real service can be set to either. */
  readonly version?: 1 | 2;
  /** Further pages, by their path. */
  readonly pages?: Readonly<Record<string, string>>;
};

export type InstanceMetadata = {
  /** For `AWS_EC2_METADATA_SERVICE_ENDPOINT`. */
  readonly url: string;
  readonly questions: string[];
  close(): Promise<void>;
};

const SESSION = 'session-token-of-the-emulator';
const ROLES = '/latest/meta-data/iam/security-credentials/';

/** The instance metadata service of EC2 (IMDS). */
export async function startInstanceMetadata(options: InstanceMetadataOptions): Promise<InstanceMetadata> {
  const { key, region = 'eu-central-1', version = 2, pages: further = {} } = options;
  const questions: string[] = [];
  const pages: Readonly<Record<string, string>> = {
    [ROLES]: 'kong-instance',
    [`${ROLES}kong-instance`]: JSON.stringify(credentialsDocument(key)),
    '/latest/meta-data/placement/region': region,
    ...further,
  };
  const server = await startLoopbackServer((request, response) => {
    questions.push(`${request.method} ${request.target}`);
    const session = request.headers['x-aws-ec2-metadata-token'];
    const isForeign = version === 2 && session !== SESSION;
    const [status, text = ''] =
      request.target === '/latest/api/token'
        ? openSession(request, version)
        : isForeign
          ? ([401] as const)
          : pageOr404(pages[request.target]);
    response.writeHead(status).end(text);
  });
  return { url: server.url, questions, close: server.close };
}

type Reply = readonly [status: number, text?: string];

function openSession({ method, headers }: Request, version: 1 | 2): Reply {
  if (version === 1) return [403];
  const asksWell = method === 'PUT' && headers['x-aws-ec2-metadata-token-ttl-seconds'] !== undefined;
  return asksWell ? [200, SESSION] : [400];
}

function pageOr404(page: string | undefined): Reply {
  return page === undefined ? [404] : [200, page];
}
