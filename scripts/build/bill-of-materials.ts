import { Enums, Models, Serialize, SPDX, Spec } from '@cyclonedx/cyclonedx-library';
import type { Contents, LockedPackage } from './contents.ts';

export type Product = {
  readonly version: string;
  readonly commit: string;
  /** SHA-256 of the file that is listed, in hexadecimal. */
  readonly sha256: string;
  readonly contents: Contents;
  readonly runtime: LockedPackage;
  /** What Node is made of, as its `process.versions` says. */
  readonly runtimeParts: Readonly<Record<string, string | undefined>>;
  readonly madeAt: Date;
  /** A UUID. */
  readonly serialNumber: string;
};

/** Versions of interfaces, and of Node itself, among `process.versions`. */
const notParts = new Set(['node', 'modules', 'napi']);

/** The bill of materials of a binary, as CycloneDX JSON: the packages of which code is in it, and the Node that it is. */
export function printBillOfMaterials(product: Product): string {
  const { contents, runtime } = product;
  const components = new Map(contents.packages.map((one) => [one.path, describePackage(one)]));
  const ours = describeOurs(product);
  for (const [from, to] of contents.imports) {
    const importer = from === '' ? ours : components.get(from);
    for (const path of to) addDependency(importer, components.get(path));
  }
  const node = describeNode(runtime, product.runtimeParts);
  addDependency(ours, node);

  const metadata = new Models.Metadata({ component: ours, timestamp: product.madeAt });
  metadata.lifecycles.add(Enums.LifecyclePhase.Build);
  const bom = new Models.Bom({
    serialNumber: `urn:uuid:${product.serialNumber}`,
    metadata,
    components: new Models.ComponentRepository([...components.values(), node]),
  });
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

function addDependency(from: Models.Component | undefined, to: Models.Component | undefined): void {
  if (from !== undefined && to !== undefined) from.dependencies.add(to.bomRef);
}

function describeOurs({ version, commit, sha256 }: Product): Models.Component {
  const purl = `pkg:generic/kong-entrypoint@${version}`;
  return new Models.Component(Enums.ComponentType.Application, 'kong-entrypoint', {
    version,
    bomRef: purl,
    purl,
    licenses: licences('Apache-2.0'),
    hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], sha256]]),
    properties: new Models.PropertyRepository([new Models.Property('kong-entrypoint:commit', commit)]),
  });
}

function describePackage({ name, version, licence, integrity }: LockedPackage): Models.Component {
  const [, group, bare = name] = /^(@[^/]+)\/(.+)$/.exec(name) ?? [];
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return new Models.Component(Enums.ComponentType.Library, bare, {
    ...(group === undefined ? {} : { group }),
    version,
    bomRef: purl,
    purl,
    licenses: licences(licence),
    externalReferences: new Models.ExternalReferenceRepository([archiveOf({ name, version, integrity })]),
  });
}

/** The archive that npm installs. What the lock file proves is this, so the hash stands here and not at the component. */
function archiveOf({
  name,
  version,
  integrity,
}: Pick<LockedPackage, 'name' | 'version' | 'integrity'>): Models.ExternalReference {
  const url = `https://registry.npmjs.org/${name}/-/${name.replace(/^.*\//, '')}-${version}.tgz`;
  const hash = Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');
  return new Models.ExternalReference(url, Enums.ExternalReferenceType.Distribution, {
    hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-512'], hash]]),
  });
}

/** Named as scanners look for it: what npm calls it, only its archive tells. */
function describeNode(runtime: LockedPackage, parts: Product['runtimeParts']): Models.Component {
  const { version } = runtime;
  const inside = Object.entries(parts).filter(([name]) => !notParts.has(name));
  return new Models.Component(Enums.ComponentType.Platform, 'node', {
    version,
    bomRef: `pkg:generic/node@${version}`,
    purl: `pkg:generic/node@${version}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    licenses: licences(runtime.licence),
    externalReferences: new Models.ExternalReferenceRepository([archiveOf(runtime)]),
    components: new Models.ComponentRepository(
      inside.map(([name, its = '']) => {
        const purl = `pkg:generic/${name}@${encodeURIComponent(its)}`;
        return new Models.Component(Enums.ComponentType.Library, name, { version: its, bomRef: purl, purl });
      }),
    ),
  });
}

function licences(expression: string): Models.LicenseRepository {
  const isOne = SPDX.isSupportedSpdxId(expression);
  return new Models.LicenseRepository([
    isOne ? new Models.SpdxLicense(expression) : new Models.LicenseExpression(expression),
  ]);
}
