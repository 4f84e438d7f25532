/**
 * How a documented command is run, so that none is only written down. `planned`: here, its variables and words with `--plan` before them.
 * `asked`: here, as it stands. `elsewhere`: by a test or by CI, in a file that holds that text. `not`: by nobody, and why.
 */
export type Way =
  | { readonly how: 'planned' }
  | { readonly how: 'asked' }
  | { readonly how: 'elsewhere'; readonly file: string; readonly text: string }
  | { readonly how: 'not'; readonly because: string };

const account = (what: string): Way => ({
  how: 'not',
  because: `needs ${what}; the emulators of the tests are given the same secret and the same permission`,
});
const inCi = (text: string): Way => ({ how: 'elsewhere', file: '.ci/run', text });
const inPackage = (text: string): Way => ({ how: 'elsewhere', file: 'package.json', text });

/** The first that matches counts. */
export const ways: readonly (readonly [command: RegExp, way: Way])[] = [
  [/^npm ci$/, inCi('npm ci')],
  [/^npm ci && npm test$/, inCi('npm test')],
  [/^npm test$/, inCi('npm test')],
  [/^npm ci && npm run demo$/, { how: 'elsewhere', file: 'test/integration/demo.test.ts', text: 'scripts/demo.ts' }],
  [/^npm run check$/, inPackage('"test": "npm run check && ')],
  [/^npm run build$/, inPackage('&& npm run build &&')],
  [/^npm run docs$/, { how: 'elsewhere', file: 'test/unit/documents.test.ts', text: 'generatedPages(' }],
  [/^npm run pictures$/, { how: 'elsewhere', file: 'test/integration/pictures.test.ts', text: 'scripts/pictures.ts' }],
  [
    /^docker build --build-arg KONG_IMAGE=\S+ --tag \S+ \.$/,
    { how: 'elsewhere', file: 'test/engine', text: 'KONG_IMAGE' },
  ],
  [/^docker run .*your-kong-image\b.* --iam-policy\b/, { how: 'asked' }],
  [/^docker run .*your-kong-image\b/, { how: 'planned' }],
  [/^kong-entrypoint /, { how: 'planned' }],
  [
    /^docker run .*kong\/kong-gateway:/,
    {
      how: 'not',
      because: "is Kong's own how-to, which is shown for what it does not do; its image needs a licence for the vault",
    },
  ],
  [/^aws /, account('an AWS account')],
  [/^az /, account('an Azure subscription')],
  [/^printf .* \| gcloud |^gcloud /, account('a Google Cloud project')],
  [/^vault /, account('a Vault server')],
  [/^conjur /, account('a Conjur server')],
];

export function wayOf(command: string): Way | undefined {
  return ways.find(([pattern]) => pattern.test(command))?.[1];
}
