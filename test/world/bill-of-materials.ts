type Hash = { readonly alg: string; readonly content: string };

export type ListedComponent = {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly cpe?: string;
  readonly hashes?: readonly Hash[];
  readonly licenses: readonly { readonly license: { readonly id: string } }[];
  readonly externalReferences: readonly { readonly url: string; readonly hashes: readonly Hash[] }[];
  readonly components?: readonly ListedComponent[];
};

/** As much of CycloneDX as the tests look at. */
export type BillOfMaterials = {
  readonly metadata: { readonly component: ListedComponent };
  readonly components: readonly ListedComponent[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
};

export function readBillOfMaterials(text: string): BillOfMaterials {
  return JSON.parse(text);
}
