import type { Cluster, ClusterLoadAssignment, LbEndpoint } from '../envoy/resources.ts';

/** Names an endpoint within its cluster: `address:port`. */
export function endpointKey(endpoint: LbEndpoint): string {
  const { address, portValue } = endpoint.endpoint.address.socketAddress;
  return `${address}:${portValue}`;
}

/**
 * The endpoints that may be picked: healthy ones, not ejected, of the first priority (0 before 1) that has any. When
 * the healthy share of a priority is below the cluster's panic threshold, health and ejection are ignored there; istiod
 * switches that off (threshold 0) for clusters with outlier detection. Source: Envoy, load balancing: priorities, panic.
 */
export function eligibleEndpoints(assignment: ClusterLoadAssignment, isEjected: (key: string) => boolean, panicThresholdPercent: number): readonly LbEndpoint[] {
  const byPriority = new Map<number, LbEndpoint[]>();
  for (const { lbEndpoints, priority } of assignment.endpoints) {
    const group = byPriority.get(priority ?? 0);
    if (group === undefined) byPriority.set(priority ?? 0, [...(lbEndpoints ?? [])]);
    else group.push(...(lbEndpoints ?? []));
  }
  let panicking: readonly LbEndpoint[] = [];
  for (const priority of [...byPriority.keys()].sort((a, b) => a - b)) {
    const all = byPriority.get(priority) ?? [];
    const healthy = all.filter((endpoint) => isHealthy(endpoint) && !isEjected(endpointKey(endpoint)));
    if (all.length > 0 && (healthy.length / all.length) * 100 < panicThresholdPercent) {
      if (panicking.length === 0) panicking = all;
    } else if (healthy.length > 0) return healthy;
  }
  return panicking;
}

/** The cluster's panic threshold in percent; Envoy's default is 50. */
export function panicThreshold(cluster: Cluster): number {
  const threshold = cluster.commonLbConfig?.healthyPanicThreshold;
  return threshold === undefined ? 50 : (threshold.value ?? 0);
}

/** What a balancer needs besides the endpoints. */
export interface PickContext {
  /** The round-robin position; the caller keeps it per cluster and stores back what the pick returns. */
  readonly position: number;
  readonly random: () => number;
  /** Requests under way at an endpoint, for LEAST_REQUEST. */
  readonly activeRequests?: (key: string) => number;
  /** Hashed text, for RING_HASH and MAGLEV; absent = random. */
  readonly hashKey?: string;
  /** Endpoints of earlier tries, avoided while others remain. */
  readonly avoid?: ReadonlySet<string>;
}
export interface Pick {
  readonly endpoint: LbEndpoint;
  readonly position: number;
}

/**
 * Picks one endpoint, or none when the list is empty (503, flag UH). ROUND_ROBIN follows weights smoothly, LEAST_REQUEST
 * takes the less busy of two random ones, RING_HASH and MAGLEV keep a key on its endpoint while it is eligible.
 * Source: Envoy's load balancers; the consistent hash here is rendezvous hashing, equal in effect, not in assignment.
 */
export function pickEndpoint(policy: Cluster['lbPolicy'], endpoints: readonly LbEndpoint[], context: PickContext): Pick | undefined {
  const { avoid, position } = context;
  const fresh = avoid === undefined || avoid.size === 0 ? endpoints : endpoints.filter((endpoint) => !avoid.has(endpointKey(endpoint)));
  const candidates = fresh.length === 0 ? endpoints : fresh;
  const [first] = candidates;
  if (first === undefined) return undefined;
  if (candidates.length === 1) return { endpoint: first, position: position + 1 };
  switch (policy) {
    case 'LEAST_REQUEST':
      return { endpoint: leastBusy(candidates, context), position };
    case 'RANDOM':
    case 'CLUSTER_PROVIDED':
      return { endpoint: randomEndpoint(candidates, context.random()), position };
    case 'RING_HASH':
    case 'MAGLEV':
      return { endpoint: context.hashKey === undefined ? randomEndpoint(candidates, context.random()) : hashedEndpoint(candidates, context.hashKey), position };
    default:
      return roundRobin(candidates, position) ?? { endpoint: first, position };
  }
}

/** One step of weighted round robin: the endpoint at a position of the schedule and the next position. */
function roundRobin(endpoints: readonly LbEndpoint[], position: number): Pick | undefined {
  const schedule = scheduleOf(endpoints);
  const endpoint = endpoints[schedule[position % schedule.length] ?? 0];
  return endpoint === undefined ? undefined : { endpoint, position: (position + 1) % Number.MAX_SAFE_INTEGER };
}

const MAX_SCHEDULE = 1024;
const schedules = new WeakMap<readonly LbEndpoint[], readonly number[]>();

/** Endpoint indexes in the order of their turns: each gets its weight's share, spread out (smooth weighted round robin). */
function scheduleOf(endpoints: readonly LbEndpoint[]): readonly number[] {
  let schedule = schedules.get(endpoints);
  if (schedule === undefined) {
    schedule = buildSchedule(endpoints.map(weightOf));
    schedules.set(endpoints, schedule);
  }
  return schedule;
}

function buildSchedule(weights: readonly number[]): number[] {
  const divisor = weights.reduce(greatestCommonDivisor, 0) || 1;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const length = Math.min(MAX_SCHEDULE, Math.max(weights.length, total / divisor));
  const credit = weights.map(() => 0);
  return Array.from({ length }, () => {
    let best = 0;
    for (const [index, weight] of weights.entries()) {
      credit[index] = (credit[index] ?? 0) + weight;
      if ((credit[index] ?? 0) > (credit[best] ?? 0)) best = index;
    }
    credit[best] = (credit[best] ?? 0) - total;
    return best;
  });
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function leastBusy(endpoints: readonly LbEndpoint[], { random, activeRequests }: PickContext): LbEndpoint {
  const one = randomEndpoint(endpoints, random());
  const other = randomEndpoint(endpoints, random());
  if (activeRequests === undefined) return one;
  return activeRequests(endpointKey(other)) / weightOf(other) < activeRequests(endpointKey(one)) / weightOf(one) ? other : one;
}

function randomEndpoint(endpoints: readonly LbEndpoint[], random: number): LbEndpoint {
  let left = random * endpoints.reduce((sum, endpoint) => sum + weightOf(endpoint), 0);
  let last: LbEndpoint | undefined;
  for (const endpoint of endpoints) {
    last = endpoint;
    left -= weightOf(endpoint);
    if (left < 0) break;
  }
  if (last === undefined) throw new RangeError('cannot pick from an empty list of endpoints');
  return last;
}

function hashedEndpoint(endpoints: readonly LbEndpoint[], key: string): LbEndpoint {
  return endpoints.reduce((best, endpoint) => (score(endpoint, key) > score(best, key) ? endpoint : best));
}

/** Weighted rendezvous score: -weight / ln(hash), the hash in (0, 1). */
function score(endpoint: LbEndpoint, key: string): number {
  return -weightOf(endpoint) / Math.log((fnv1a(`${endpointKey(endpoint)}|${key}`) + 1) / 4294967298);
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

function weightOf(endpoint: LbEndpoint): number {
  return Math.max(1, endpoint.loadBalancingWeight ?? 1);
}

function isHealthy(endpoint: LbEndpoint): boolean {
  return endpoint.healthStatus === undefined || endpoint.healthStatus === 'HEALTHY' || endpoint.healthStatus === 'UNKNOWN';
}
