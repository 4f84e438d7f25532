import type { IDeployment } from 'kubernetes-models/apps/v1';
import type { IContainer, IPodSecurityContext, IProbe } from 'kubernetes-models/v1';

/*
 * The values of Kong's Helm chart, kong/kong, that the examples use: from the chart's documentation and its templates. It has no schema of
 * its own. `migrations.init` is read, though not among the documented values.
 */
export type KongChartValues = {
  image: { repository: string; tag: string };
  replicaCount: number;
  /** A text each, or what stands beside the name of a variable in a container. */
  env: { [setting: string]: string | Omit<NonNullable<IContainer['env']>[number], 'name'> };
  migrations: { init?: boolean; preUpgrade: boolean; postUpgrade: boolean };
  waitImage: { enabled: boolean };
  ingressController: { enabled: boolean };
  updateStrategy: NonNullable<NonNullable<IDeployment['spec']>['strategy']>;
  startupProbe: IProbe;
  securityContext: IPodSecurityContext;
  terminationGracePeriodSeconds: number;
};

export type ServiceAccountValues = {
  deployment: { serviceAccount: { create: boolean; name: string; annotations?: { [name: string]: string } } };
};
