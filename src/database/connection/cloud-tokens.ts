import { concerningSetting, EntrypointError } from '../../errors.ts';
import { revealSecret } from '../../secret.ts';
import type { AccessToken } from '../../vaults/access-token.ts';
import { withAzureProxy } from '../../vaults/azure/azure-proxy.ts';
import { cloudOfDatabase } from '../../vaults/azure/cloud.ts';
import { clientIdForm, completeIdentity, inForm, tenantIdForm } from '../../vaults/azure/identity.ts';
import { logIn as logInToAzure } from '../../vaults/azure/log-in.ts';
import { logInByKey, logIn as logInToGoogle } from '../../vaults/gcp/log-in.ts';
import { createHttp, type Http } from '../../vaults/http/http.ts';
import type { VaultWorld } from '../../vaults/vault.ts';
import type { ConnectionSettings } from '../connection-settings.ts';

/**
 * The token of `pg_azure_auth` (Enterprise, since 3.12): of the application or the managed identity that `pg_azure_client_id` and its kin
 * name, and where they are unset Azure's own variables. Client secret, workload identity, managed identity, in that order. Throws
 * AccessRefusedError, SettingError, UnavailableError.
 */
export function fetchAzureToken(settings: ConnectionSettings, given: VaultWorld): Promise<AccessToken> {
  const world = { ...given, environment: withAzureProxy(given.environment) };
  return overHttp('pg_azure_auth', world, (http) => {
    const { pg_azure_client_id: clientId, pg_azure_tenant_id: tenantId } = settings.typed;
    const identity = {
      clientId: clientId && inForm(clientId, clientIdForm, { settingKey: 'pg_azure_client_id' }),
      tenantId: tenantId && inForm(tenantId, tenantIdForm, { settingKey: 'pg_azure_tenant_id' }),
      clientSecret: settings.tokenSecret,
      variables: {
        clientIdVariable: 'KONG_PG_AZURE_CLIENT_ID',
        tenantIdVariable: 'KONG_PG_AZURE_TENANT_ID',
        clientSecretVariable: 'KONG_PG_AZURE_CLIENT_SECRET',
      },
    };
    return logInToAzure({
      identity: completeIdentity(identity, world.environment),
      cloud: cloudOfDatabase(settings.host, world),
      http,
      world,
    });
  });
}

/**
 * The token of `pg_gcp_auth` (Enterprise, since 3.13): for the key in `pg_gcp_service_account_json`, and where that is unset, that of the
 * instance or the pod. It is good for a login to Cloud SQL and nothing else. Throws as `fetchAzureToken` does.
 */
export function fetchGoogleToken({ tokenSecret }: ConnectionSettings, world: VaultWorld): Promise<AccessToken> {
  const settingKey = 'pg_gcp_service_account_json';
  return overHttp('pg_gcp_auth', world, (http) => {
    const login = { scope: 'database', http, world } as const;
    if (tokenSecret === undefined) return logInToGoogle(login);
    const origin = { variable: 'KONG_PG_GCP_SERVICE_ACCOUNT_JSON', settingKey };
    return logInByKey(revealSecret(tokenSecret), origin, login);
  });
}

/** One login over a connection of its own. What goes wrong concerns the setting that asks for it, unless it says another. */
async function overHttp(
  settingKey: string,
  world: VaultWorld,
  action: (http: Http) => Promise<AccessToken>,
): Promise<AccessToken> {
  const http = createHttp(world);
  try {
    return await action(http);
  } catch (error) {
    throw error instanceof EntrypointError ? concerningSetting(error, settingKey) : error;
  } finally {
    await http.close();
  }
}
