import type { VectorRow } from '#server/promql/vector-rows.ts';
import type { DependenciesAnswer } from './schemas.ts';

/** Requests per second between two services by the mesh's metrics. */
export interface MeshRate {
  readonly client: string;
  readonly server: string;
  readonly ratePerSecond: number;
}

/** The PromQL for the rates between services, as clients report them, over the last so many seconds. */
export function meshRatesQuery(seconds: number): string {
  return `sum by (source_canonical_service, source_workload_namespace, destination_service_name, destination_service_namespace) (rate(istio_requests_total{reporter="source"}[${Math.max(1, Math.round(seconds))}s]))`;
}

/** Its rows, under the names that the proxies give their spans: `catalog.shop`. Rows without traffic or of unknown ends are left out. */
export function meshRatesOf(rows: readonly VectorRow[]): MeshRate[] {
  return rows.flatMap(({ labels, value }) => {
    const client = nameOf(labels['source_canonical_service'], labels['source_workload_namespace']);
    const server = nameOf(labels['destination_service_name'], labels['destination_service_namespace']);
    return client === undefined || server === undefined || !(value > 0) ? [] : [{ client, server, ratePerSecond: value }];
  });
}

/**
 * Sets the edges that traces show beside those that the mesh's metrics count: how much of each is traced, and what
 * no trace shows. Only rates between services both of which could send spans are told as missing.
 */
export function reconcile(edges: DependenciesAnswer['edges'], rates: readonly MeshRate[]): Pick<DependenciesAnswer, 'edges' | 'untraced'> {
  const known = new Map<string, number>();
  for (const { client, server, ratePerSecond } of rates) known.set(`${client}\0${server}`, (known.get(`${client}\0${server}`) ?? 0) + ratePerSecond);
  const joined = edges.map((edge) => {
    const key = `${edge.client}\0${edge.server}`;
    const rate = known.get(key);
    return rate === undefined ? edge : { ...edge, meshRatePerSecond: rate };
  });
  const shown = new Set(edges.map((edge) => `${edge.client}\0${edge.server}`));
  const untraced = [...known].filter(([key]) => !shown.has(key)).map(([key, meshRatePerSecond]) => {
    const [client = '', server = ''] = key.split('\0');
    return { client, server, meshRatePerSecond };
  });
  return { edges: joined, untraced: untraced.sort((a, b) => b.meshRatePerSecond - a.meshRatePerSecond) };
}

function nameOf(service: string | undefined, namespace: string | undefined): string | undefined {
  if (service === undefined || service === '' || service === 'unknown') return undefined;
  return namespace === undefined || namespace === '' || namespace === 'unknown' ? service : `${service}.${namespace}`;
}
