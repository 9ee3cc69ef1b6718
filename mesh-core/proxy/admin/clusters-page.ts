import { endpointKey } from '#mesh-core/domain/decide/balance/host-sets.ts';
import type { ClusterLoadAssignment } from '#mesh-core/domain/envoy/resources.ts';
import type { ClusterRuntime } from '../upstream/cluster-runtime.ts';
import type { BreakerLimits } from '../upstream/circuit-breaker.ts';
import type { Endpoint } from '../upstream/endpoint.ts';
import { countersOf } from '../stats/counters.ts';

type Clusters = Iterable<readonly [name: string, cluster: ClusterRuntime]>;

/** What Envoy shows for a threshold that is not set: the largest number it can hold. */
const UNLIMITED = 4_294_967_295;
const LIMITS = ['maxConnections', 'maxPendingRequests', 'maxRequests', 'maxRetries'] as const;
/** Envoy's defaults, which hold for the priority that nothing here uses. */
const HIGH_PRIORITY = { maxConnections: 1024, maxPendingRequests: 1024, maxRequests: 1024, maxRetries: 3 };

/** `GET /clusters`: `CLUSTER::HOST::STATISTIC::VALUE` a line. Source: Envoy's clusters_handler.cc. */
export function clustersText(clusters: Clusters): string {
  return [...clusters].map(([name, cluster]) => clusterLines(name, cluster).map((line) => `${name}::${line}\n`).join('')).join('');
}

/** `GET /clusters?format=json`. Source: envoy/admin/v3/clusters.proto, in proto3 JSON with the names of the fields. */
export function clustersJson(clusters: Clusters): { readonly cluster_statuses: readonly object[] } {
  return { cluster_statuses: [...clusters].map(([name, cluster]) => clusterStatus(name, cluster)) };
}

function clusterLines(name: string, cluster: ClusterRuntime): string[] {
  const { config } = cluster;
  const eds = edsName(cluster);
  return [
    `observability_name::${name}`,
    ...(config.outlierDetection === undefined ? [] : ['outlier::success_rate_average::-1', 'outlier::success_rate_ejection_threshold::-1', 'outlier::local_origin_success_rate_average::-1', 'outlier::local_origin_success_rate_ejection_threshold::-1']),
    ...thresholdLines('default', cluster.breaker.limits),
    ...thresholdLines('high', HIGH_PRIORITY),
    'added_via_api::true',
    ...(eds === undefined ? [] : [`eds_service_name::${eds}`]),
    ...[...cluster.endpoints].flatMap((endpoint) => hostLines(endpoint, cluster).map((line) => `${endpoint.key}::${line}`)),
  ];
}

function thresholdLines(priority: string, limits: BreakerLimits): string[] {
  return LIMITS.map((limit) => `${priority}_priority::${snakeCase(limit)}::${limits[limit] ?? UNLIMITED}`);
}

function hostLines(endpoint: Endpoint, cluster: ClusterRuntime): string[] {
  const { locality: { region = '', zone = '', subZone = '' } = {}, priority = 0 } = placeOf(endpoint, cluster) ?? {};
  const numbers = [...countersOf(endpoint.stats.counters), ...gaugesOf(endpoint)].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...numbers.map(([stat, value]) => `${stat}::${value}`),
    `hostname::${endpoint.lb.endpoint.hostname ?? ''}`,
    `health_flags::${healthFlags(endpoint, cluster)}`,
    `weight::${endpoint.lb.loadBalancingWeight ?? 1}`,
    `region::${region}`,
    `zone::${zone}`,
    `sub_zone::${subZone}`,
    'canary::false',
    `priority::${priority}`,
    'success_rate::-1',
    'local_origin_success_rate::-1',
  ];
}

/** `healthy`, or each reason against it after a slash. Source: Envoy's HostUtility::healthFlagsToString. */
function healthFlags(endpoint: Endpoint, cluster: ClusterRuntime): string {
  const flags = [...(cluster.isEjected(endpoint) ? ['/failed_outlier_check'] : []), ...(endpoint.lb.healthStatus === 'UNHEALTHY' ? ['/failed_eds_health'] : []), ...(endpoint.lb.healthStatus === 'DRAINING' ? ['/eds_status_draining'] : [])];
  return flags.length === 0 ? 'healthy' : flags.join('');
}

function clusterStatus(name: string, cluster: ClusterRuntime): object {
  const { breaker } = cluster;
  const eds = edsName(cluster);
  return {
    name,
    added_via_api: true,
    host_statuses: [...cluster.endpoints].map((endpoint) => hostStatus(endpoint, cluster)),
    circuit_breakers: { thresholds: [thresholds(breaker.limits), { priority: 'HIGH', ...thresholds(HIGH_PRIORITY) }] },
    observability_name: name,
    ...(eds === undefined ? {} : { eds_service_name: eds }),
  };
}

function hostStatus(endpoint: Endpoint, cluster: ClusterRuntime): object {
  const { lb } = endpoint;
  const { locality: { region, zone, subZone } = {}, priority = 0 } = placeOf(endpoint, cluster) ?? {};
  return {
    address: { socket_address: { address: endpoint.address, port_value: endpoint.port } },
    stats: [...countersOf(endpoint.stats.counters).map(([stat, value]) => ({ ...nonZero(value), name: stat })), ...gaugesOf(endpoint).map(([stat, value]) => ({ type: 'GAUGE', ...nonZero(value), name: stat }))],
    health_status: { ...(cluster.isEjected(endpoint) ? { failed_outlier_check: true } : {}), eds_health_status: lb.healthStatus === 'UNKNOWN' ? 'HEALTHY' : (lb.healthStatus ?? 'HEALTHY') },
    weight: lb.loadBalancingWeight ?? 1,
    ...(lb.endpoint.hostname === undefined ? {} : { hostname: lb.endpoint.hostname }),
    ...(priority === 0 ? {} : { priority }),
    locality: { ...(region === undefined ? {} : { region }), ...(zone === undefined ? {} : { zone }), ...(subZone === undefined ? {} : { sub_zone: subZone }) },
  };
}

/** 64-bit numbers are texts in proto3 JSON, and zero is left out. */
function nonZero(value: number): { readonly value?: string } {
  return value === 0 ? {} : { value: String(value) };
}

function gaugesOf({ stats, active }: Endpoint): [name: string, value: number][] {
  return [
    ['cx_active', stats.connectionsActive],
    ['rq_active', active],
  ];
}

function thresholds(limits: BreakerLimits): Record<string, number> {
  return Object.fromEntries(LIMITS.map((limit) => [snakeCase(limit), limits[limit] ?? UNLIMITED]));
}

function edsName({ config }: ClusterRuntime): string | undefined {
  return config.type === 'EDS' ? (config.edsClusterConfig?.serviceName ?? config.name) : undefined;
}

function placeOf({ key }: Endpoint, { assignment }: ClusterRuntime): ClusterLoadAssignment['endpoints'][number] | undefined {
  return assignment?.endpoints.find(({ lbEndpoints }) => lbEndpoints.some((lb) => endpointKey(lb) === key));
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
