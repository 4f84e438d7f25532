import type { FaultTable } from './fault-table.ts';

/*
 * What any service can answer in place of a vault or a login. Words: `place`, such as `Vault at vault.example.com:8200`; `health`, where
 * an operator sees how the service is; `check`, what says where the service is, as a hint.
 */

/** A service that has too much to do, or that fails. A restart may help. */
export const busyService = [
  {
    when: { status: 429 },
    kind: 'unavailable',
    says: '{place} limits the rate of requests',
    hint: 'start fewer containers at once, or try again later',
  },
  {
    when: { status: '5xx' },
    kind: 'unavailable',
    says: '{place} failed (status {status})',
    hint: 'try again later[; see {health}]',
  },
] as const satisfies FaultTable;

/** A captive portal, a proxy's own page, a redirect, a wrong address. Fits every answer, so it comes last. */
export const otherService = [
  {
    kind: 'setting',
    says: 'another server answers in place of {place} (status {status})',
    hint: '{check}',
  },
] as const satisfies FaultTable;
