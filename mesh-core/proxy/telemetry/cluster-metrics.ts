import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { ClusterRuntime } from '../upstream/cluster-runtime.ts';

/** Envoy's basic cluster gauges, read when they are scraped. Clusters are named by `cluster_name`, as Envoy tags them. */
export function registerClusterMetrics(registry: Registry, clusters: () => ReadonlyMap<string, ClusterRuntime>): void {
  const gauge = (name: string, help: string, read: (cluster: ClusterRuntime) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ['cluster_name'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [cluster, runtime] of clusters()) this.labels(cluster).set(read(runtime));
      },
    });
  };
  gauge('envoy_cluster_membership_total', 'endpoints of the cluster', (cluster) => [...cluster.endpoints].length);
  gauge('envoy_cluster_membership_healthy', 'endpoints that may be picked', (cluster) => cluster.healthyCount);
  gauge('envoy_cluster_upstream_cx_active', 'open connections', (cluster) => [...cluster.endpoints].reduce((sum, endpoint) => sum + endpoint.pool.connections, 0));
  gauge('envoy_cluster_upstream_rq_active', 'requests under way', (cluster) => cluster.breaker.running);
  gauge('envoy_cluster_upstream_rq_pending_active', 'requests that wait for a connection', (cluster) => cluster.breaker.waiting);
}
