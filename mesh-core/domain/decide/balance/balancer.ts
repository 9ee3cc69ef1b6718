import type { Cluster, ClusterLoadAssignment, LbEndpoint } from '../../envoy/resources.ts';
import { EarliestDeadline } from './earliest-deadline.ts';
import { buildHashRing, hostOnRing } from './hash-ring.ts';
import type { PlacedHost } from './hash-ring.ts';
import { endpointKey, hostSets } from './host-sets.ts';
import type { HostGroup, HostSet } from './host-sets.ts';
import { buildMaglevTable, hostInTable, MAGLEV_TABLE_SIZE } from './maglev-table.ts';
import { slowStartFactor, slowStartWindowMs } from './slow-start.ts';
import { turnsByWeight } from './turns-by-weight.ts';
import { xxHash64 } from './xxhash64.ts';

/** What a pick depends on besides the hosts. */
export interface PickContext {
  readonly random: () => number;
  /** Milliseconds of the clock that `bornMs` goes by. */
  readonly nowMs: number;
  /** Requests under way at a host, for LEAST_REQUEST. */
  readonly activeRequests?: (key: string) => number;
  /** When a host came, for slow start. */
  readonly bornMs?: (key: string) => number;
  /** Hashed text, for RING_HASH and MAGLEV; absent = random. */
  readonly hashKey?: string;
  /** Hosts of earlier tries, avoided while others remain. */
  readonly avoid?: ReadonlySet<string>;
}
type Choose = (context: PickContext) => LbEndpoint | undefined;
type ChooseByHash = (hash: bigint, attempt: number) => LbEndpoint | undefined;
interface LoadedSet {
  readonly load: number;
  readonly hosts: readonly LbEndpoint[];
  readonly choose: Choose;
  /** Of the policies that hash. */
  readonly chooseByHash: ChooseByHash | undefined;
}

/** As many times a host is drawn anew, before any that was not tried is taken. */
const ATTEMPTS = 5;

/**
 * Picks hosts of one cluster, as its policy says, among those that may get traffic now; to be built anew when hosts, their
 * health or the cluster change. ROUND_ROBIN follows weights, LEAST_REQUEST takes the less busy of two random hosts (with
 * different weights: turns by weight over busyness), RING_HASH and MAGLEV keep a key on its host, RANDOM is just that. New hosts of the first
 * two are spared while they warm up. Source: Envoy's load balancers.
 */
export class Balancer {
  readonly #sets: readonly LoadedSet[];

  constructor(cluster: Cluster, assignment: ClusterLoadAssignment, isEjected: (key: string) => boolean) {
    const sets = hostSets(assignment, { isEjected, panicThreshold: panicThreshold(cluster), byLocality: cluster.commonLbConfig?.localityWeightedLbConfig !== undefined });
    this.#sets = sets.map((set) => ({ load: set.load, hosts: set.groups.flatMap(({ hosts }) => hosts), choose: chooserOf(cluster, set), chooseByHash: hasherOf(cluster, set) }));
  }

  /** The host for the next try; undefined = no healthy upstream. */
  pick(context: PickContext): LbEndpoint | undefined {
    const [only] = this.#sets;
    if (only === undefined) return undefined;
    const hash = only.chooseByHash === undefined ? undefined : hashOf(context);
    const { avoid } = context;
    let chosen: LbEndpoint | undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const set = this.#sets.length === 1 ? only : this.#setAt(hash === undefined ? context.random() * 100 : Number(hash % 100n));
      chosen = hash !== undefined && set.chooseByHash !== undefined ? set.chooseByHash(hash, attempt) : set.choose(context);
      if (chosen === undefined || avoid === undefined || !avoid.has(endpointKey(chosen))) return chosen;
    }
    for (const { hosts } of this.#sets) for (const host of hosts) if (avoid?.has(endpointKey(host)) !== true) return host;
    return chosen;
  }

  /** The set that a number in [0, 100) falls on. */
  #setAt(percent: number): LoadedSet {
    let left = percent;
    let last = this.#sets[0];
    for (const set of this.#sets) {
      last = set;
      left -= set.load;
      if (left < 0) break;
    }
    if (last === undefined) throw new RangeError('a balancer without hosts has nothing to choose from');
    return last;
  }
}

/** The cluster's panic threshold in percent; Envoy's default is 50. */
export function panicThreshold(cluster: Cluster): number {
  const threshold = cluster.commonLbConfig?.healthyPanicThreshold;
  return threshold === undefined ? 50 : (threshold.value ?? 0);
}

function hashOf({ hashKey, random }: PickContext): bigint {
  return hashKey === undefined ? BigInt(Math.floor(random() * 2 ** 52)) << 12n : xxHash64(hashKey);
}

function hasherOf(cluster: Cluster, { groups }: HostSet): ChooseByHash | undefined {
  if (cluster.lbPolicy !== 'RING_HASH' && cluster.lbPolicy !== 'MAGLEV') return undefined;
  const hosts = groups.flatMap((group) => group.hosts);
  const placed = placedHosts(groups);
  if (cluster.lbPolicy === 'MAGLEV') {
    const table = buildMaglevTable(placed, Number(cluster.maglevLbConfig?.tableSize ?? MAGLEV_TABLE_SIZE));
    return (hash, attempt) => hosts[hostInTable(table, hash, attempt) ?? -1];
  }
  const ring = buildHashRing(placed, cluster.ringHashLbConfig?.minimumRingSize === undefined ? undefined : Number(cluster.ringHashLbConfig.minimumRingSize));
  return (hash, attempt) => hosts[hostOnRing(ring, hash, attempt) ?? -1];
}

/** Each host's share: its group's, divided by weight. */
function placedHosts(groups: readonly HostGroup[]): PlacedHost[] {
  const all = groups.reduce((total, { weight }) => total + weight, 0);
  return groups.flatMap(({ hosts, weight }) => {
    const inGroup = hosts.reduce((total, host) => total + weightOf(host), 0);
    return hosts.map((host) => ({ key: endpointKey(host), share: (weight / all) * (weightOf(host) / inGroup) }));
  });
}

function chooserOf(cluster: Cluster, { groups }: HostSet): Choose {
  const choosers = groups.map(({ hosts, weight }) => ({ weight, choose: groupChooser(cluster, hosts) }));
  const [only] = choosers;
  if (only === undefined) return () => undefined;
  if (choosers.length === 1) return only.choose;
  const order = new EarliestDeadline(choosers.map(({ weight }) => weight));
  return (context) => choosers[order.next((index) => choosers[index]?.weight ?? 1)]?.choose(context);
}

function groupChooser(cluster: Cluster, hosts: readonly LbEndpoint[]): Choose {
  const weights = hosts.map(weightOf);
  const keys = hosts.map(endpointKey);
  const areEqual = weights.every((weight) => weight === weights[0]);
  const at = (index: number): LbEndpoint | undefined => hosts[index];
  switch (cluster.lbPolicy) {
    case 'RANDOM':
    case 'CLUSTER_PROVIDED':
    case 'RING_HASH':
    case 'MAGLEV':
      return ({ random }) => at(areEqual ? Math.floor(random() * hosts.length) : weightedIndex(weights, random()));
    case 'LEAST_REQUEST': {
      const busy = (key: string | undefined, { activeRequests }: PickContext): number => (key === undefined || activeRequests === undefined ? 0 : activeRequests(key));
      const twoChoices: Choose = (context) => {
        const one = Math.floor(context.random() * hosts.length);
        const other = Math.floor(context.random() * hosts.length);
        return at(busy(keys[other], context) < busy(keys[one], context) ? other : one);
      };
      const byTurns = turns(weights, (index, context) => (weights[index] ?? 1) / (busy(keys[index], context) + 1));
      return warmingUp(cluster.leastRequestLbConfig?.slowStartConfig, keys, areEqual ? twoChoices : (context) => at(byTurns(context)), (factor, context) => at(byTurns(context, factor)));
    }
    default: {
      const schedule = turnsByWeight(weights);
      // Proxies that start together must not all begin with the same host.
      let position = -1;
      const inTurn: Choose = ({ random }) => {
        position = position < 0 ? Math.floor(random() * schedule.length) : (position + 1) % schedule.length;
        return at(schedule[position] ?? 0);
      };
      const byTurns = turns(weights, (index) => weights[index] ?? 1);
      return warmingUp(cluster.roundRobinLbConfig?.slowStartConfig, keys, inTurn, (factor, context) => at(byTurns(context, factor)));
    }
  }
}

type Factor = (index: number) => number;

/** Turns by weights that are computed when they are needed. */
function turns(weights: readonly number[], weightNow: (index: number, context: PickContext) => number): (context: PickContext, factor?: Factor) => number {
  let order: EarliestDeadline | undefined;
  return (context, factor = () => 1) => (order ??= new EarliestDeadline(weights)).next((index) => weightNow(index, context) * factor(index));
}

/** While a host warms up, turns are by weight times how warm it is; otherwise as usual. */
function warmingUp(config: Parameters<typeof slowStartFactor>[0] | undefined, keys: readonly string[], usual: Choose, warming: (factor: Factor, context: PickContext) => LbEndpoint | undefined): Choose {
  const window = slowStartWindowMs(config);
  if (config === undefined || window <= 0) return usual;
  return (context) => {
    const { bornMs, nowMs } = context;
    const ageOf = (index: number): number => (bornMs === undefined ? Infinity : nowMs - bornMs(keys[index] ?? ''));
    if (!keys.some((_, index) => ageOf(index) < window)) return usual(context);
    return warming((index) => slowStartFactor(config, ageOf(index)), context);
  };
}

function weightedIndex(weights: readonly number[], random: number): number {
  let left = random * weights.reduce((total, weight) => total + weight, 0);
  return Math.max(0, weights.findIndex((weight) => (left -= weight) < 0));
}

function weightOf(endpoint: LbEndpoint): number {
  return Math.max(1, endpoint.loadBalancingWeight ?? 1);
}
