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

/** A row of the table; `page` is the document that has such commands, where it is one that may be absent. */
export type WayRow = readonly [command: RegExp, way: Way, page?: string];

const inTest = (file: string, text: string): Way => ({ how: 'elsewhere', file, text });
const compose = 'examples/compose/README.md';
const composeTest = 'test/engine/compose.test.ts';
const ecs = 'examples/ecs/README.md';
const kubernetes = 'examples/kubernetes/README.md';
const image = 'docs/image.md';
const upgrades = 'docs/upgrades.md';
const releasing = 'docs/releasing.md';
const kongCommands = 'docs/kong-commands.md';

const examples: readonly WayRow[] = [
  [/^docker compose (?:-f \S+ )*port --index/, inTest('test/engine/stack.ts', "'port', '--index'"), compose],
  [/^docker compose exec database psql /, inTest(composeTest, "'exec', 'database', 'psql'"), compose],
  [/^docker compose (?:-f \S+ )*up --build/, inTest('test/engine/stack.ts', "'up', '--build', '--wait'"), compose],
  [/^docker compose (?:-f \S+ )*down --volumes$/, inTest('test/engine/stack.ts', "'down', '--volumes'"), compose],
  [/^docker compose run --rm secret /, inTest(composeTest, "'run', '--rm', '--no-deps', 'secret'"), compose],
  [/^docker compose restart kong$/, inTest(composeTest, "'restart', 'kong'"), compose],
  [/^alias shape=/, inTest(composeTest, 'migrations-and-replicas.yaml'), compose],
  [/^shape build$/, inTest(composeTest, "'build'"), compose],
  [
    /^shape run --rm migrations kong migrations up$/,
    inTest(composeTest, "'migrations', 'kong', 'migrations', 'up'"),
    compose,
  ],
  [/^shape up --wait --no-deps kong$/, inTest(composeTest, "'up', '--wait', '--no-deps', 'kong'"), compose],
  [
    /^shape run --rm migrations kong migrations finish$/,
    inTest(composeTest, "'migrations', 'kong', 'migrations', 'finish'"),
    compose,
  ],
  [
    /^(?:\w+=\S+ )*KONG_LICENSE_DATA=/,
    { how: 'not', because: 'needs a licence of Kong Enterprise; the same files come up with a stand-in of that image' },
    compose,
  ],
  [
    /^docker exec \S+ kong-entrypoint kong reload$/,
    inTest('test/end-to-end/running-kong.test.ts', "['kong', 'reload']"),
    kongCommands,
  ],
  [/^docker run --read-only /, inTest('test/engine/container.ts', "'--read-only'"), image],
  [/^docker build --target binary /, inTest('test/engine/base-images.test.ts', '--target=binary'), image],
  [
    /^docker build --platform linux\/arm64 /,
    inTest('test/engine/base-images.test.ts', '--platform=linux/arm64'),
    image,
  ],
  [
    /^cosign verify/,
    { how: 'not', because: 'needs a release; the calls are those of scripts/release/cosign.ts' },
    releasing,
  ],
  [/^sha256sum --check /, inTest('test/engine/release.test.ts', "'sha256sum', ['--check'"), releasing],
  [/^docker push /, { how: 'not', because: 'needs a registry of yours' }, ecs],
  [
    /^docker build (?:--build-arg IMAGE=\S+ )?--tag \S+ (?:\.|\.\.\/\.\.)$/,
    inTest('test/engine/ecs-world.ts', '--build-arg=IMAGE='),
    ecs,
  ],
  [/^curl .*truststore\.pki\.rds\.amazonaws\.com/, { how: 'not', because: 'needs the internet' }, ecs],
  [/^for role in .*aws iam /, account('an AWS account'), ecs],
  [/^task=\$\(aws |^output\(\) \{ aws |^output Address$|^admin='|^network='/, account('an AWS account'), ecs],
  [/^\.\/run-migrations\.sh /, inTest('test/integration/examples/run-migrations.test.ts', 'run-migrations.sh'), ecs],
  [/^curl --insecure https:\/\/10\.0\.2\.17:8444\//, account('a task in AWS'), ecs],
  [
    /^curl (?:--insecure )?\S*localhost:\d+\/services$/,
    { how: 'not', because: 'needs the port that kubectl forwards' },
    kubernetes,
  ],
  [/^(?:kubectl|helm) /, { how: 'not', because: 'needs a cluster; the manifests are checked by a test' }, kubernetes],
  [/^aws ecs /, account('a service of ECS'), upgrades],
];

/** The first that matches counts. */
export const ways: readonly WayRow[] = [
  ...examples,
  [/^npm ci$/, inCi('npm ci')],
  [/^npm test$/, inCi('npm test')],
  [/^npm run test:all$/, inCi('npm run test:rest')],
  [/^npm run test:engine$/, inCi('npm run test:engine')],
  [/^npm run test:kong-image$/, { how: 'not', because: 'its file is one of those of npm run test:engine' }],
  [/^npm ci && npm run demo$/, { how: 'elsewhere', file: 'test/integration/demo.test.ts', text: 'scripts/demo.ts' }],
  [
    /^npm run check$/,
    inPackage('"test": "npm run typecheck && npm run lint && npm run build && node test/run.ts once"'),
  ],
  [/^npm run build$/, inPackage('&& npm run build &&')],
  [/^npm run docs$/, { how: 'elsewhere', file: 'test/unit/documents.test.ts', text: 'generatedPages(' }],
  [/^npm run pictures$/, { how: 'elsewhere', file: 'test/integration/pictures.test.ts', text: 'scripts/pictures.ts' }],
  [/^npm run bench$/, inTest('test/end-to-end/bench.test.ts', 'scripts/bench.ts')],
  [/^npm run licenses$/, inTest('test/unit/supply-chain/licences.test.ts', 'currentLicences(')],
  [/^curl localhost:8001$/, inTest(composeTest, "stack.address('kong', 8001, index)")],
  [/^npm run audit$/, inCi('npm run --silent audit')],
  [
    /^docker build --build-arg KONG_IMAGE=\S+ --tag \S+ \.$/,
    { how: 'elsewhere', file: 'test/engine', text: 'KONG_IMAGE' },
  ],
  [/^docker run .*your-kong-image\b.* --iam-policy\b/, { how: 'asked' }],
  [/^docker run .*your-kong-image\b/, { how: 'planned' }],
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
