import type { ClusterLoadAssignment, LbEndpoint } from '../../envoy/resources.ts';

/** Hosts among which one is picked, with the share of traffic that the group gets. */
export interface HostGroup {
  readonly hosts: readonly LbEndpoint[];
  /** Of the groups of its priority. */
  readonly weight: number;
}
export interface HostSet {
  readonly priority: number;
  /** Percent of the traffic; those of all sets sum up to 100. */
  readonly load: number;
  /** More than one where localities have weights of their own. */
  readonly groups: readonly HostGroup[];
}
export interface HostSetOptions {
  readonly isEjected: (key: string) => boolean;
  /** Percent of healthy hosts under which health is ignored; 0 = never. */
  readonly panicThreshold: number;
  /** Localities get what their `loadBalancingWeight` says, rather than what their hosts amount to. */
  readonly byLocality: boolean;
}

interface Priority {
  readonly priority: number;
  readonly localities: readonly { readonly weight: number; readonly all: readonly LbEndpoint[]; readonly healthy: readonly LbEndpoint[] }[];
  readonly total: number;
  readonly healthy: number;
}

/** Each healthy host is believed to manage this much more than its share before others must help. */
const OVERPROVISIONING = 1.4;

/**
 * Which hosts get how much of the traffic. The first priority gets all of it as long as 72 % of its hosts are healthy
 * (overprovisioning 1.4); then the next one helps. A priority with too few healthy hosts, of which there are too few
 * altogether, ignores health (panic). Source: Envoy's load_balancer_base.cc; architecture overview, priorities and panic.
 */
export function hostSets(assignment: ClusterLoadAssignment, options: HostSetOptions): readonly HostSet[] {
  const priorities = prioritiesOf(assignment, options.isEjected);
  const health = priorities.map(({ total, healthy }) => (total === 0 ? 0 : Math.min(100, Math.floor((OVERPROVISIONING * 100 * healthy) / total))));
  const available = Math.min(100, sum(health));
  if (available === 0 && options.panicThreshold === 0) return [];
  const panics = priorities.map(({ total, healthy }) => available < 100 && (total === 0 ? 0 : (healthy / total) * 100) < options.panicThreshold);
  const loads = panics.every(Boolean) ? loadsInPanic(priorities) : loadsOf(health, available);
  return priorities.flatMap(({ priority, localities }, index) => {
    const load = loads[index] ?? 0;
    const groups = groupsOf(localities, panics[index] === true, options.byLocality);
    return load === 0 || groups.length === 0 ? [] : [{ priority, load, groups }];
  });
}

function prioritiesOf(assignment: ClusterLoadAssignment, isEjected: (key: string) => boolean): Priority[] {
  const byPriority = new Map<number, { weight: number; all: readonly LbEndpoint[]; healthy: readonly LbEndpoint[] }[]>();
  for (const { lbEndpoints = [], priority = 0, loadBalancingWeight = 1 } of assignment.endpoints) {
    const locality = { weight: loadBalancingWeight, all: lbEndpoints, healthy: lbEndpoints.filter((endpoint) => isHealthy(endpoint) && !isEjected(endpointKey(endpoint))) };
    const known = byPriority.get(priority);
    if (known === undefined) byPriority.set(priority, [locality]);
    else known.push(locality);
  }
  return [...byPriority].sort(([a], [b]) => a - b).map(([priority, localities]) => ({ priority, localities, total: sum(localities.map(({ all }) => all.length)), healthy: sum(localities.map(({ healthy }) => healthy.length)) }));
}

/** Each priority takes what it can of what those before it left; roundings go to the first that is up. */
function loadsOf(health: readonly number[], available: number): number[] {
  let left = 100;
  const loads = health.map((share) => {
    const load = Math.min(left, Math.floor((share * 100) / available));
    left -= load;
    return load;
  });
  const first = health.findIndex((share) => share > 0);
  return loads.map((load, index) => (index === first ? load + left : load));
}

/** When nobody is to be trusted, all hosts share alike. */
function loadsInPanic(priorities: readonly Priority[]): number[] {
  const all = sum(priorities.map(({ total }) => total));
  if (all === 0) return priorities.map(() => 0);
  return loadsOf(priorities.map(({ total }) => Math.floor((total * 100) / all)), 100);
}

function groupsOf(localities: Priority['localities'], panics: boolean, byLocality: boolean): HostGroup[] {
  const hostsOf = ({ all, healthy }: Priority['localities'][number]): readonly LbEndpoint[] => (panics ? all : healthy);
  if (!byLocality) {
    const hosts = localities.flatMap(hostsOf);
    return hosts.length === 0 ? [] : [{ hosts, weight: 1 }];
  }
  return localities.flatMap((locality) => {
    const hosts = hostsOf(locality);
    // A locality keeps its weight as long as it can bear it.
    const weight = locality.weight * (panics ? 1 : Math.min(1, (OVERPROVISIONING * locality.healthy.length) / Math.max(1, locality.all.length)));
    return hosts.length === 0 || weight === 0 ? [] : [{ hosts, weight }];
  });
}

/** How many hosts are healthy and not ejected, in all priorities. */
export function countHealthy(assignment: ClusterLoadAssignment, isEjected: (key: string) => boolean): number {
  return sum(prioritiesOf(assignment, isEjected).map(({ healthy }) => healthy));
}

/** Names an endpoint within its cluster: `address:port`. */
export function endpointKey(endpoint: LbEndpoint): string {
  const { address, portValue } = endpoint.endpoint.address.socketAddress;
  return `${address}:${portValue}`;
}

function isHealthy({ healthStatus }: LbEndpoint): boolean {
  return healthStatus === undefined || healthStatus === 'HEALTHY' || healthStatus === 'UNKNOWN';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
