import { revealSecret } from '../../secret.ts';
import { readIdentity } from '../azure/identity.ts';
import {
  askManagedIdentity,
  identityEndpoint,
  isBesideContainer,
  machineMetadata,
} from '../azure/log-in-managed-identity.ts';
import { askSource, type Finding } from '../credential-chain.ts';
import { type Answer, createHttp, type Http } from '../http/http.ts';
import { fieldOf, parseJson } from '../json.ts';
import type { BackendWorld, VaultOptionValues, VaultWorld } from '../vault.ts';
import { type Login, loginPath, neededFor, noIdentity } from './prepare-login.ts';

/** What the token is for. Kong has no option for it: the method in Vault has to be set up for this resource, as its documentation does. */
const RESOURCE = 'https://management.azure.com/';

/**
 * With the token of a managed identity, and on a machine with its subscription, resource group and name (Kong 3.14). `AZURE_CLIENT_ID`
 * names an identity that a user assigned. Throws AccessRefusedError, SettingError.
 */
export async function prepareLogin(options: VaultOptionValues, world: BackendWorld): Promise<Login> {
  const role = neededFor('azure', options, 'azure_auth_role');
  const { clientId } = readIdentity({}, world.environment);
  const http = createHttp(world);
  try {
    const token = await askManagedIdentity({ clientId, resource: RESOURCE }, http, world);
    if ('reason' in token) throw nobody(`managed identity: ${token.reason}`);
    const jwt = revealSecret(token.value);
    const machine = isBesideContainer(world.environment) ? {} : await askMachine(http, world);
    if ('reason' in machine) throw nobody(`instance metadata: ${machine.reason}`);
    return {
      path: loginPath(options, 'azure_login_path'),
      body: { role, jwt, ...machine },
      secrets: [jwt],
      hint: `check the role "${role}" in Vault: what it is bound to (identity, subscription, resource group, scale set) must be those of this container; and that auth/azure is set up for the resource ${RESOURCE}`,
    };
  } finally {
    await http.close();
  }
}

function nobody(reason: string) {
  return noIdentity(
    'azure',
    reason,
    'assign a managed identity to the machine, the scale set or the app; AZURE_CLIENT_ID names one of several',
  );
}

type Machine = Readonly<Record<'subscription_id' | 'resource_group_name' | 'vm_name' | 'vmss_name', string>>;

/** The machine by Azure's instance metadata. One of a scale set logs in by the name of the set. */
function askMachine(http: Http, { environment, signal }: VaultWorld): Promise<Finding<Partial<Machine>>> {
  const url = new URL(`${machineMetadata(environment)}/instance?api-version=2021-02-01`);
  const question = { peer: identityEndpoint, method: 'GET', url, headers: { metadata: 'true' } } as const;
  return askSource(signal, async () => readMachine(await http.request(question)));
}

function readMachine(answer: Answer): Finding<Partial<Machine>> {
  if (answer.status !== 200) return { reason: `it answered with status ${answer.status}` };
  const compute = fieldOf(parseJson(answer.text), 'compute');
  const [subscription, group, name, scaleSet] = ['subscriptionId', 'resourceGroupName', 'name', 'vmScaleSetName'].map(
    (field) => textIn(fieldOf(compute, field)),
  );
  if (subscription === undefined || group === undefined || name === undefined) {
    return { reason: 'its answer does not name this machine' };
  }
  return {
    subscription_id: subscription,
    resource_group_name: group,
    ...(scaleSet === undefined ? { vm_name: name } : { vmss_name: scaleSet }),
  };
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
