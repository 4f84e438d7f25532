import type { KongChartValues } from './kong-chart-values.ts';

/*
 * Facts of Kong's Helm chart, kong/kong, for want of the engine that renders it. Read in the repository Kong/charts, charts/kong: the values and
 * the container `proxy` in templates/deployment.yaml at commit 890bec8 (version 3.4.0); the jobs and the variables in
 * ci/__snapshots__/migrations-security-values.snap at commit 2ac1cae (the chart's own rendering of 2.51.0); `migrations.init`, which stands
 * in no list of values, in templates/migrations.yaml at commit 0ecb2b1.
 */

/** Each `.Values` path that these templates read. What is below one is read with it, unless a longer path stands here too. */
export const PATHS_READ = [
  'affinity',
  'autoscaling.enabled',
  'containerSecurityContext',
  'customEnv',
  'deployment.daemonset',
  'deployment.initContainers',
  'deployment.kong.enabled',
  'deployment.kong.initContainers.clearStalePid.enabled',
  'deployment.prefixDir.sizeLimit',
  'deployment.revisionHistoryLimit',
  'deployment.serviceAccount.annotations',
  'deployment.serviceAccount.automountServiceAccountToken',
  'deployment.serviceAccount.create',
  'deployment.serviceAccount.name',
  'deployment.sidecarContainers',
  'deployment.tmpDir.sizeLimit',
  'dnsConfig',
  'dnsPolicy',
  'env',
  'envFrom',
  'image.pullPolicy',
  'image.pullSecrets',
  'image.repository',
  'image.tag',
  'ingressController.enabled',
  'lifecycle',
  'livenessProbe',
  'migrations.annotations',
  'migrations.backoffLimit',
  'migrations.init',
  'migrations.jobAnnotations',
  'migrations.postUpgrade',
  'migrations.preUpgrade',
  'migrations.resources',
  'nodeSelector',
  'podAnnotations',
  'podLabels',
  'readinessProbe',
  'replicaCount',
  'resources',
  'securityContext',
  'startupProbe',
  'terminationGracePeriodSeconds',
  'tolerations',
  'topologySpreadConstraints',
  'updateStrategy',
  'waitImage.enabled',
] as const;

/** What a release `kong` of the chart `kong` is called, and the container that is Kong. */
export const FULL_NAME = 'kong-kong';
export const KONG_CONTAINER = 'proxy';

/** A container of the chart's: no command, so the image's ENTRYPOINT runs, with these words or the image's CMD. */
export type ChartContainer = {
  readonly args?: readonly string[];
  /** Without those that come from a Secret. */
  readonly environment: Readonly<Record<string, string>>;
};

type Job = {
  readonly name: string;
  readonly args: readonly string[];
  readonly isOn: (values: KongChartValues) => boolean;
};

const JOBS: readonly Job[] = [
  {
    name: 'init-migrations',
    args: ['kong', 'migrations', 'bootstrap'],
    isOn: ({ migrations }) => migrations.init ?? true,
  },
  {
    name: 'pre-upgrade-migrations',
    args: ['kong', 'migrations', 'up'],
    isOn: ({ migrations }) => migrations.preUpgrade,
  },
  {
    name: 'post-upgrade-migrations',
    args: ['kong', 'migrations', 'finish'],
    isOn: ({ migrations }) => migrations.postUpgrade,
  },
];

/** What the chart sets by itself, of that which matters to a start. */
const SET_BY_THE_CHART = {
  KONG_ADMIN_LISTEN: '127.0.0.1:8444 http2 ssl, [::1]:8444 http2 ssl',
  KONG_CLUSTER_LISTEN: 'off',
  KONG_LUA_PACKAGE_PATH: '/opt/?.lua;/opt/?/init.lua;;',
  KONG_NGINX_DAEMON: 'off',
  KONG_PORT_MAPS: '80:8000, 443:8443',
  KONG_PREFIX: '/kong_prefix/',
  KONG_PROXY_LISTEN: '0.0.0.0:8000, [::]:8000, 0.0.0.0:8443 http2 ssl, [::]:8443 http2 ssl',
  KONG_STATUS_LISTEN: '0.0.0.0:8100, [::]:8100',
};

/** The containers of ours that the chart makes of the values: its jobs by name, and Kong's own in each pod. */
export function renderKongChart(values: KongChartValues): {
  readonly jobs: Readonly<Record<string, ChartContainer>>;
  readonly proxy: ChartContainer;
} {
  const texts = Object.entries(values.env).filter(([, value]) => typeof value === 'string');
  const own = Object.fromEntries(texts.map(([setting, value]) => [`KONG_${setting.toUpperCase()}`, String(value)]));
  const environment = { ...SET_BY_THE_CHART, ...own };
  const jobs = JOBS.filter(({ isOn }) => isOn(values));
  return {
    jobs: Object.fromEntries(jobs.map(({ name, args }) => [`${FULL_NAME}-${name}`, { args, environment }])),
    proxy: { environment },
  };
}

/** Values of several files as Helm takes them: tables key by key, all else by the last one. */
export function mergeValues(first: unknown, ...others: readonly unknown[]): unknown {
  return others.reduce(
    (merged, other) => (isTable(merged) && isTable(other) ? mergeTables(merged, other) : other),
    first,
  );
}

type Table = Readonly<Record<string, unknown>>;

function mergeTables(first: Table, second: Table): Table {
  const both = Object.entries(second).map(([key, value]) => [
    key,
    key in first ? mergeValues(first[key], value) : value,
  ]);
  return { ...first, ...Object.fromEntries(both) };
}

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The paths to all that is set in these values and that no template reads. */
export function pathsNotRead(values: unknown, path: readonly string[] = []): string[] {
  const here = path.join('.');
  if (PATHS_READ.some((read) => read === here)) return [];
  if (!isTable(values)) return [here];
  return Object.entries(values).flatMap(([key, value]) => pathsNotRead(value, [...path, key]));
}
