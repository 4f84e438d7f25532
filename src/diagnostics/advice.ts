import { describeOtherRegion } from '../vaults/aws/names.ts';
import type { Examined } from './examine.ts';
import type { Plan } from './plan.ts';

type Known = Omit<Plan, 'steps' | 'warnings'>;
type Advice = (plan: Known, examined: Examined) => string | undefined;

/** What works today and will cause trouble later, judged from the settings alone. */
export function adviseOnPlan(plan: Known, examined: Examined): readonly string[] {
  if (!examined.prepares || examined.command.kind === 'other') return [];
  const found = Object.values(advices).flatMap((advice) => advice(plan, examined) ?? []);
  const runsOut = plan.requests.flatMap((request) => request.runsOut ?? []);
  return [...found, ...otherRegions(plan), ...new Set(runsOut)];
}

/** Kong reads a reference again only where the vault has a TTL. */
const rotation: Advice = ({ references, handover }, { command, configuration }) => {
  if (command.kind !== 'start' || handover === 'values') return undefined;
  const vaults = new Set(references.flatMap(({ reference }) => /^\{vault:\/\/([a-z]+)/.exec(reference)?.[1] ?? []));
  vaults.delete('env');
  const without = [...vaults].filter((vault) => configuration?.settings.get(`vault_${vault}_ttl`) === undefined);
  const isInReference = (vault: string): boolean =>
    references.every(({ reference }) => !reference.startsWith(`{vault://${vault}/`) || /[?&]ttl=/.test(reference));
  const named = without
    .filter((vault) => !isInReference(vault))
    .map((vault) => `KONG_VAULT_${vault.toUpperCase()}_TTL`);
  if (named.length === 0) return undefined;
  return `${named.join(', ')} not set: Kong reads its references once, and learns of a rotated password only at its next start`;
};

const advices: Readonly<Record<string, Advice>> = {
  rotation,
  rdsWithoutTls({ database }) {
    if (database?.tls !== 'off' || !/\.rds\.amazonaws\.com(\.cn)?$/.test(database.host)) return undefined;
    return 'KONG_PG_SSL is off, and RDS for PostgreSQL 15 and later demands TLS (rds.force_ssl)';
  },
  unverifiedTls({ database }) {
    if (database === null || database.tls === 'off' || database.tls === 'verified') return undefined;
    return 'KONG_PG_SSL_VERIFY is off: the connection is encrypted, but the server is not verified; Kong 3.14 and later refuse that';
  },
  noKong(_plan, { command, target }) {
    if (target !== undefined || command.kind === 'migrations') return undefined;
    return `${command.words[0]} or its entry script is not on this machine: run this in the image to see what it becomes`;
  },
  loopbackAdmin(_plan, { command, configuration }) {
    if (command.kind !== 'start') return undefined;
    const listens = configuration?.settings.get('admin_listen')?.text ?? '127.0.0.1:8001';
    const isLoopback = listens.split(',').every((one) => /^\s*(?:127\.0\.0\.1|localhost|\[::1\]):/.test(one));
    if (!isLoopback) return undefined;
    return 'KONG_ADMIN_LISTEN is on loopback: nothing outside the container reaches the Admin API';
  },
};

function otherRegions({ requests }: Known): string[] {
  return requests.flatMap(({ secret, region, regionFrom }) => {
    if (region === null || regionFrom === null) return [];
    return describeOtherRegion(secret, { name: region, origin: regionFrom }) ?? [];
  });
}
