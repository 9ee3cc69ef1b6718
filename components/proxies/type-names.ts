import type { ComparedResource } from '#server/proxies/schemas.ts';

/** Types of configuration in the order in which a request meets them. */
export const CONFIG_TYPES = ['listener', 'route', 'cluster', 'endpoint', 'secret'] as const satisfies readonly ComparedResource['type'][];

/** What they are called, and by what name those who know Envoy call their discovery. */
export const TYPE_NAMES: Readonly<Record<ComparedResource['type'], { readonly one: string; readonly many: string; readonly api: string }>> = {
  listener: { one: 'Listener', many: 'Listeners', api: 'LDS' },
  route: { one: 'Route table', many: 'Routes', api: 'RDS' },
  cluster: { one: 'Cluster', many: 'Clusters', api: 'CDS' },
  endpoint: { one: 'Endpoints', many: 'Endpoints', api: 'EDS' },
  secret: { one: 'Secret', many: 'Secrets', api: 'SDS' },
};
