import { printDuration } from '../../process/wait.ts';
import { objectIn, type VaultAnswer } from './vault-answer.ts';

/** What of a token that is set runs out, from what Vault tells of it (`auth/token/lookup-self`). A policy need not allow the question. */
export function describeTerms({ status, object }: VaultAnswer): readonly string[] {
  if (status !== 200) return [];
  const { num_uses: uses, ttl } = objectIn(object, 'data') ?? {};
  return [
    ...(isLimit(uses)
      ? [
          `the token of the hcv vault is good for ${uses} more request${uses === 1 ? '' : 's'} (num_uses), and every start takes some`,
        ]
      : []),
    ...(isLimit(ttl)
      ? [`the token of the hcv vault expires in ${printDuration(ttl * 1000)}, and Kong does not renew it`]
      : []),
  ];
}

/** 0 is no limit. */
function isLimit(value: unknown): value is number {
  return typeof value === 'number' && value > 0;
}
