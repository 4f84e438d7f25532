import type { AwsCredentialIdentityProvider } from '@smithy/types';
import type { AwsRequestHandler } from './connection.ts';

export type ClientInput = {
  readonly region: string;
  /** Undefined for the region's own. */
  readonly endpoint: string | undefined;
  readonly credentials?: AwsCredentialIdentityProvider;
  readonly requestHandler: AwsRequestHandler;
};

/**
 * What an SDK client is given. Every value that the SDK would else look up in `process.env` or in the shared files is
 * set, so that the options of the vault decide and nothing else. Kong ignores `AWS_ENDPOINT_URL*`, FIPS and dual-stack
 * variables too; a client that obeyed them would read another service than Kong.
 */
export function clientOptions({ region, endpoint, credentials, requestHandler }: ClientInput) {
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    requestHandler,
    ignoreConfiguredEndpointUrls: true,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    maxAttempts: 3,
    retryMode: 'standard',
    defaultsMode: 'standard' as const,
    authSchemePreference: ['aws.auth#sigv4'],
    disableClockSkewCorrection: false,
    userAgentAppId: 'kong-entrypoint',
  };
}
