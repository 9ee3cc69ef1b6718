import type { ClusterRuntime } from '../upstream/cluster-runtime.ts';
import { countersOf } from './counters.ts';
import type { HttpStats, ListenerStats, ProxyStats, TcpStats } from './scoped-stats.ts';
import { StatList } from './stat.ts';
import type { Stat } from './stat.ts';

/** What a proxy tells of itself as a process. */
export interface ServerFigures {
  readonly version: string;
  readonly isLive: boolean;
  /** Envoy's number of the server's state: 0 live, 1 draining, 2 before, 3 in initialization. */
  readonly state: number;
  readonly uptimeSeconds: number;
  readonly memoryAllocatedBytes: number;
  readonly memoryHeapBytes: number;
  readonly memoryPhysicalBytes: number;
  readonly daysUntilFirstCertificateExpires: number;
  readonly isConnectedToControlPlane: boolean;
}
export interface StatSources {
  readonly stats: ProxyStats;
  readonly clusters: () => ReadonlyMap<string, ClusterRuntime>;
  readonly listeners: () => { readonly active: number; readonly warming: number; readonly draining: number };
  readonly server: () => ServerFigures;
  /** Verdicts of authorization policies and rate limiters, which have Prometheus families of their own. */
  readonly policies: () => Iterable<readonly [name: string, value: number]>;
}

/** Every statistic of a proxy, as it is now. */
export function collectStats({ stats, clusters, listeners, server, policies }: StatSources): Stat[] {
  const { active, warming, draining } = listeners();
  const known = clusters();
  const parts = [
    ...[...known].map(([name, cluster]) => clusterStats(name, cluster)),
    ...stats.http.entries.map(([name, one]) => httpStats(name, one)),
    ...stats.tcp.entries.map(([name, one]) => tcpStats(name, one)),
    ...stats.listeners.entries.map(([name, one]) => listenerStats(name, one)),
    new StatList('listener_manager').counters(countersOf(stats.listenerManager)).gauges({ total_listeners_active: active, total_listeners_warming: warming, total_listeners_draining: draining }, true),
    new StatList('cluster_manager').counters(countersOf(stats.clusterManager)).gauges({ active_clusters: known.size }, true),
    ...serverStats(server(), stats),
    policyStats(policies()),
  ];
  return parts.flatMap((part) => part.stats);
}

function clusterStats(name: string, cluster: ClusterRuntime): StatList {
  const { counters, outliers, codes, connections, requestTime, connectTime } = cluster.stats;
  const { breaker } = cluster;
  const endpoints = [...cluster.endpoints];
  const list = new StatList('cluster', { tag: 'cluster_name', name })
    .counters(countersOf(counters))
    .counters([
      ['upstream_rq_completed', codes.completed],
      ['upstream_cx_rx_bytes_total', connections.bytesRead],
      ['upstream_cx_tx_bytes_total', connections.bytesWritten],
    ])
    .counters(codes.byClass.filter(([, count]) => count > 0), 'upstream_rq_')
    .counters(byStatus(codes.byStatus, 'upstream_rq_'))
    .gauges({ membership_total: endpoints.length, membership_healthy: cluster.healthyCount, upstream_cx_active: connections.active, upstream_rq_active: endpoints.reduce((sum, { active }) => sum + active, 0), upstream_rq_pending_active: breaker.waiting }, true)
    .gauges({ membership_degraded: 0, membership_excluded: 0, max_host_weight: Math.max(0, ...endpoints.map(({ lb }) => lb.loadBalancingWeight ?? 1)) })
    .gauges(prefixed('circuit_breakers.default.', breaker.state))
    .histogram('upstream_rq_time', requestTime.series)
    .histogram('upstream_cx_connect_ms', connectTime.series);
  if (cluster.config.outlierDetection !== undefined) list.counters(countersOf(outliers), 'outlier_detection.').gauges({ 'outlier_detection.ejections_active': endpoints.filter((endpoint) => cluster.isEjected(endpoint)).length });
  return list;
}

function httpStats(name: string, stats: HttpStats): StatList {
  const { counters, codes, connections, requestTime } = stats;
  return new StatList('http', { tag: 'http_conn_manager_prefix', name })
    .counters(countersOf(counters))
    .counters([
      ['downstream_rq_completed', codes.completed],
      ['downstream_cx_rx_bytes_total', connections.bytesRead],
      ['downstream_cx_tx_bytes_total', connections.bytesWritten],
    ])
    .counters(codes.byClass, 'downstream_rq_')
    .gauges({ downstream_cx_active: connections.active, downstream_rq_active: stats.requestsActive }, true)
    .gauges({ downstream_cx_http1_active: stats.http1Active, downstream_cx_http2_active: stats.http2Active, downstream_cx_ssl_active: stats.tlsActive })
    .histogram('downstream_rq_time', requestTime.series);
}

function tcpStats(name: string, { counters, connectionsActive }: TcpStats): StatList {
  return new StatList('tcp', { tag: 'tcp_prefix', name }).counters(countersOf(counters)).gauges({ downstream_cx_active: connectionsActive }, true);
}

function listenerStats(name: string, { counters, tls, lifetime, connectionsActive, inspecting }: ListenerStats): StatList {
  return new StatList('listener', { tag: 'listener_address', name })
    .counters(countersOf(counters))
    .counters(countersOf(tls), 'ssl.')
    .gauges({ downstream_cx_active: connectionsActive }, true)
    .gauges({ downstream_pre_cx_active: inspecting })
    .histogram('downstream_cx_length_ms', lifetime.series);
}

function serverStats(figures: ServerFigures, stats: ProxyStats): StatList[] {
  const connections = stats.listeners.entries.reduce((sum, [, one]) => sum + one.connectionsActive, 0);
  return [
    new StatList('server')
      .gauges(
        {
          concurrency: 1,
          days_until_first_cert_expiring: figures.daysUntilFirstCertificateExpires,
          live: figures.isLive ? 1 : 0,
          memory_allocated: figures.memoryAllocatedBytes,
          memory_heap_size: figures.memoryHeapBytes,
          memory_physical_size: figures.memoryPhysicalBytes,
          state: figures.state,
          total_connections: connections,
          uptime: figures.uptimeSeconds,
        },
        true,
      )
      .text('version', figures.version),
    new StatList('control_plane').gauges({ connected_state: figures.isConnectedToControlPlane ? 1 : 0 }, true),
  ];
}

/** They come with their whole names. */
function policyStats(policies: Iterable<readonly [name: string, value: number]>): StatList {
  const list = new StatList('');
  for (const [name, number] of policies) {
    const [scope = '', ...rest] = name.split('.');
    list.stats.push(...new StatList(scope).textOnly([[rest.join('.'), number]]).stats);
  }
  return list;
}

function byStatus(counts: readonly (readonly [number, number])[], prefix: string): [string, number][] {
  return counts.map(([status, count]) => [prefix + String(status), count]);
}

function prefixed(prefix: string, fields: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [prefix + name, value]));
}
