import type { Issuer } from './json-web-token.ts';
import { type Request, startLoopbackServer } from './loopback-server.ts';

export type GoogleMetadataOptions = {
  readonly email: string;
  readonly token: string;
  /** The one scope that has to be asked for; without it, those of the instance and none may be named. */
  readonly scope?: string;
  /** Who signs identity tokens, and what they say of the instance; without it, there are none. */
  readonly identity?: { readonly issuer: Issuer; readonly instance: Readonly<Record<string, unknown>> };
  /** Instead of an answer. */
  readonly fault?: 'hang' | 'noAccount' | 'unavailable' | 'noFlavor' | 'noToken';
  readonly expiresIn?: number;
  readonly port?: number;
};

export type GoogleMetadata = {
  /** For `GCE_METADATA_HOST`. */
  readonly host: string;
  readonly questions: string[];
  close(): Promise<void>;
};

const ACCOUNT = '/computeMetadata/v1/instance/service-accounts/default/';

/** The metadata server of Compute Engine and GKE. It answers only with its flavor asked for, and no proxy between. */
export async function startGoogleMetadata(options: GoogleMetadataOptions): Promise<GoogleMetadata> {
  const { fault } = options;
  const questions: string[] = [];
  const server = await startLoopbackServer(
    (request, response) => {
      questions.push(`${request.method} ${request.target}`);
      if (fault === 'hang') return;
      const [status, text] = fault === 'unavailable' ? ([503, 'unavailable'] as const) : answerTo(request, options);
      const flavor = fault === 'noFlavor' ? {} : { 'metadata-flavor': 'Google' };
      response.writeHead(status, { 'content-type': 'application/json', server: 'Metadata Server for VM', ...flavor });
      response.end(text);
    },
    { port: options.port ?? 0 },
  );
  return { host: new URL(server.url).host, questions, close: server.close };
}

function answerTo(request: Request, options: GoogleMetadataOptions): readonly [status: number, text: string] {
  const { method, target, headers } = request;
  if (headers['metadata-flavor'] !== 'Google' || headers['x-forwarded-for'] !== undefined) return [403, 'Forbidden'];
  if (method !== 'GET') return [405, 'Method Not Allowed'];
  if (options.fault === 'noAccount') return [404, 'The service account was not found.'];
  if (target === `${ACCOUNT}email`) return [200, options.email];
  if (target.startsWith(`${ACCOUNT}identity?`)) return identityToken(target, options);
  const query = options.scope === undefined ? '' : `?scopes=${encodeURIComponent(options.scope)}`;
  if (target !== `${ACCOUNT}token${query}`) return [404, 'Not Found'];
  if (options.fault === 'noToken') return [200, '{"error":"none"}'];
  const { token, expiresIn = 3599 } = options;
  return [200, JSON.stringify({ access_token: token, expires_in: expiresIn, token_type: 'Bearer' })];
}

/** What is known of the instance stands in the token only where the full format is asked for. */
function identityToken(target: string, { email, identity }: GoogleMetadataOptions): readonly [number, string] {
  const { audience, format, ...others } = Object.fromEntries(new URL(target, 'http://metadata').searchParams);
  if (identity === undefined) return [404, 'Not Found'];
  if (audience === undefined || audience === '' || Object.keys(others).length > 0)
    return [400, 'non-empty audience required'];
  const instance = format === 'full' ? { google: { compute_engine: identity.instance } } : {};
  return [200, identity.issuer.issue({ aud: audience, email, email_verified: true, sub: '1', azp: '1', ...instance })];
}
