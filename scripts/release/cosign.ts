/** One call of cosign: its words, without the name of the program. */
export type CosignCall = readonly string[];

/** Who must have signed: the workflow of this repository, as GitHub's token for the job says. */
export type Identity = { readonly repository: string; readonly ref: string };

const ISSUER = 'https://token.actions.githubusercontent.com';

export type Signed = {
  /** The image with its digest. */
  readonly image: string;
  /** Each architecture's image with its digest, and its bill of materials. */
  readonly platforms: readonly { readonly image: string; readonly billOfMaterials: string }[];
  /** The file that holds the predicate of the provenance. */
  readonly provenance: string;
  readonly checksums: string;
};

/** Signs and attests without a key: cosign asks for a certificate with the job's own token. */
export function signingCalls({ image, platforms, provenance, checksums }: Signed): readonly CosignCall[] {
  return [
    ['sign', '--yes', '--recursive', image],
    ['attest', '--yes', '--type', 'slsaprovenance1', '--predicate', provenance, image],
    ...platforms.map((one) => {
      return ['attest', '--yes', '--type', 'cyclonedx', '--predicate', one.billOfMaterials, one.image];
    }),
    ['sign-blob', '--yes', '--bundle', `${checksums}.sigstore.json`, checksums],
  ];
}

/** Verifies each of those, as anybody can afterwards. */
export function verifyingCalls(signed: Signed, { repository, ref }: Identity): readonly CosignCall[] {
  const workflow = `${repository}/.github/workflows/release.yml@${ref}`;
  const by = ['--certificate-identity', workflow, '--certificate-oidc-issuer', ISSUER];
  const { image, platforms, checksums } = signed;
  return [
    ...[image, ...platforms.map((one) => one.image)].map((signed) => ['verify', ...by, signed]),
    ['verify-attestation', ...by, '--type', 'slsaprovenance1', image],
    ...platforms.map((one) => ['verify-attestation', ...by, '--type', 'cyclonedx', one.image]),
    ['verify-blob', ...by, '--bundle', `${checksums}.sigstore.json`, checksums],
  ];
}
