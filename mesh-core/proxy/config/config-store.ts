import type { Cluster, ClusterLoadAssignment, Listener, ResourceType, RouteConfiguration } from '#mesh-core/domain/envoy/resources.ts';
import type { EnvoySecret } from '#mesh-core/domain/envoy/secret.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { checkCluster, checkEndpoints, checkListener, checkRouteConfiguration, checkSecret, routeNamesOf, tcpClusterNamesOf } from './check-support.ts';
import { secretNamesOfCluster, secretNamesOfListener } from './secret-names.ts';
import type { ConfigSink, NamedType, ReceivedResource, Refusal } from './xds-protocol.ts';

/** What runs the configuration. Called in the order in which nothing refers to something that is not there. */
export interface ConfigTarget {
  cluster(cluster: Cluster, assignment: ClusterLoadAssignment | undefined): void;
  removeCluster(name: string): void;
  routes(config: RouteConfiguration): void;
  removeRoutes(name: string): void;
  listener(listener: Listener): void;
  removeListener(name: string): void;
}

/** Where secrets go. */
export interface SecretSink {
  put(secret: EnvoySecret): void;
  remove(name: string): void;
}
/** When a resource was received and as which version, for the config dump. */
export interface Receipt {
  readonly version: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/** What a store holds, for the config dump. */
export interface ConfigContents {
  readonly clusters: { readonly received: readonly Cluster[]; readonly active: readonly Cluster[] };
  readonly listeners: { readonly received: readonly Listener[]; readonly active: readonly Listener[] };
  readonly endpoints: readonly ClusterLoadAssignment[];
  readonly routes: readonly RouteConfiguration[];
  readonly secrets: readonly EnvoySecret[];
  readonly receiptOf: (resource: object) => Receipt | undefined;
}

const WARMING_LIMIT_MS = 5000;

/**
 * The configuration received, and which of it is active. Warming: a new cluster is used once its endpoints are known, a
 * route configuration once the clusters it names are, a listener once its routes are; and a cluster that is taken away
 * stays while an active route still names it. So a change never passes through a state that answers 503. Each wait is
 * limited to 5 s. A resource that is refused keeps its last good version.
 */
export class ConfigStore implements ConfigSink {
  readonly #target: ConfigTarget;
  readonly #secretSink: SecretSink;
  readonly #clock: Clock;
  readonly #clusters = new Map<string, Cluster>();
  readonly #assignments = new Map<string, ClusterLoadAssignment>();
  readonly #routes = new Map<string, RouteConfiguration>();
  readonly #listeners = new Map<string, Listener>();
  readonly #secrets = new Map<string, EnvoySecret>();
  /** By the resource itself: a new version is a new object. */
  readonly #receipts = new WeakMap<object, Receipt>();
  readonly #activeClusters = new Map<string, { cluster: Cluster; assignment: ClusterLoadAssignment | undefined }>();
  readonly #activeRoutes = new Map<string, RouteConfiguration>();
  readonly #activeListeners = new Map<string, Listener>();
  /** When a resource began to wait, by `kind/name`. */
  readonly #waiting = new Map<string, number>();
  readonly #received = new Set<ResourceType>();
  #cancelTimer: (() => void) | undefined;

  constructor(target: ConfigTarget, secrets: SecretSink, clock: Clock) {
    this.#target = target;
    this.#secretSink = secrets;
    this.#clock = clock;
  }

  replace(type: ResourceType, received: readonly ReceivedResource[]): Refusal | undefined {
    if (type === 'cluster' || type === 'listener') {
      const named = new Set(received.map(({ resource }) => nameOf(type, resource)));
      for (const name of this.#held(type).keys()) if (!named.has(name)) this.#held(type).delete(name);
    }
    return this.update(type, received, []);
  }

  update(type: ResourceType, received: readonly ReceivedResource[], removed: readonly string[]): Refusal | undefined {
    const held = this.#held(type);
    for (const name of removed) held.delete(name);
    const problems: string[] = [];
    const refused: string[] = [];
    for (const { resource, version } of received) {
      const problem = checkOf(type, resource);
      const name = nameOf(type, resource);
      if (problem === undefined) {
        held.set(name, resource);
        if (typeof resource === 'object' && resource !== null) this.#receipts.set(resource, { version, at: this.#clock.now() });
      } else {
        problems.push(problem);
        refused.push(name);
      }
    }
    if (type === 'secret') this.#passSecrets(received, removed, refused);
    this.#received.add(type);
    this.#settle();
    return problems.length === 0 ? undefined : { problem: problems.join('; '), refused };
  }

  /** Names that the clusters and listeners received refer to. */
  wanted(type: NamedType): string[] {
    const of = (): string[] => {
      if (type === 'endpoint') return [...this.#clusters.values()].filter((c) => c.type === 'EDS').map(assignmentName);
      if (type === 'route') return [...this.#listeners.values()].flatMap(routeNamesOf);
      return [...[...this.#clusters.values()].flatMap(secretNamesOfCluster), ...[...this.#listeners.values()].flatMap(secretNamesOfListener)];
    };
    return [...new Set(of())].sort();
  }

  /** Has everything been received that the clusters and listeners refer to, and is it active? */
  get complete(): boolean {
    return this.#received.has('cluster') && this.#received.has('listener') && this.#waiting.size === 0;
  }

  /** Everything received, and which of it is active, for the admin port. */
  contents(): ConfigContents {
    const active = [...this.#activeClusters.values()];
    return {
      clusters: { received: [...this.#clusters.values()], active: active.map((a) => a.cluster) },
      listeners: { received: [...this.#listeners.values()], active: [...this.#activeListeners.values()] },
      endpoints: active.flatMap((a) => a.assignment ?? []),
      routes: [...this.#activeRoutes.values()],
      secrets: [...this.#secrets.values()],
      receiptOf: (resource) => this.#receipts.get(resource),
    };
  }

  close(): void {
    this.#cancelTimer?.();
  }

  #held(type: ResourceType): Map<string, unknown> {
    // Safe because what is put under a type was decoded by the codec of that type.
    return { cluster: this.#clusters, listener: this.#listeners, endpoint: this.#assignments, route: this.#routes, secret: this.#secrets }[type] as Map<string, unknown>;
  }

  #passSecrets(received: readonly ReceivedResource[], removed: readonly string[], refused: readonly string[]): void {
    for (const name of removed) this.#secretSink.remove(name);
    for (const { resource } of received) {
      const secret = resource as EnvoySecret;
      if (!refused.includes(secret.name)) this.#secretSink.put(secret);
    }
  }

  #settle(): void {
    const waitingBefore = new Set(this.#waiting.keys());
    for (const cluster of this.#clusters.values()) this.#settleCluster(cluster, waitingBefore);
    for (const name of new Set([...this.#listeners.values()].flatMap(routeNamesOf))) {
      const config = this.#routes.get(name);
      if (config !== undefined && this.#activeRoutes.get(name) !== config && this.#ready(`route/${name}`, [...clusterNamesOf(config)].every((c) => !this.#clusters.has(c) || this.#activeClusters.has(c)), waitingBefore)) {
        this.#activeRoutes.set(name, config);
        this.#target.routes(config);
      }
    }
    for (const listener of this.#listeners.values()) {
      if (this.#activeListeners.get(listener.name) === listener) continue;
      if (!this.#ready(`listener/${listener.name}`, routeNamesOf(listener).every((name) => this.#activeRoutes.has(name)) && tcpClusterNamesOf(listener).every((name) => !this.#clusters.has(name) || this.#activeClusters.has(name)), waitingBefore)) continue;
      this.#activeListeners.set(listener.name, listener);
      this.#target.listener(listener);
    }
    this.#removeStale(waitingBefore);
    for (const key of waitingBefore) this.#waiting.delete(key);
    this.#cancelTimer?.();
    this.#cancelTimer = this.#waiting.size === 0 ? undefined : this.#clock.after(250, () => this.#settle());
  }

  #settleCluster(cluster: Cluster, waitingBefore: Set<string>): void {
    const assignment = cluster.type === 'EDS' ? this.#assignments.get(assignmentName(cluster)) : cluster.loadAssignment;
    const active = this.#activeClusters.get(cluster.name);
    if (active?.cluster === cluster && active.assignment === assignment) return;
    if (active === undefined && !this.#ready(`cluster/${cluster.name}`, cluster.type !== 'EDS' || assignment !== undefined, waitingBefore)) return;
    this.#activeClusters.set(cluster.name, { cluster, assignment });
    this.#target.cluster(cluster, assignment);
  }

  #removeStale(waitingBefore: Set<string>): void {
    for (const name of this.#activeListeners.keys()) {
      if (this.#listeners.has(name)) continue;
      this.#activeListeners.delete(name);
      this.#target.removeListener(name);
    }
    const wantedRoutes = new Set([...this.#activeListeners.values(), ...this.#listeners.values()].flatMap(routeNamesOf));
    for (const name of this.#activeRoutes.keys()) {
      if (wantedRoutes.has(name)) continue;
      this.#activeRoutes.delete(name);
      this.#routes.delete(name);
      this.#target.removeRoutes(name);
    }
    const inUse = new Set([...[...this.#activeRoutes.values()].flatMap((config) => [...clusterNamesOf(config)]), ...[...this.#activeListeners.values()].flatMap(tcpClusterNamesOf)]);
    for (const name of this.#activeClusters.keys()) {
      if (this.#clusters.has(name) || !this.#ready(`removal/${name}`, !inUse.has(name), waitingBefore)) continue;
      this.#activeClusters.delete(name);
      this.#target.removeCluster(name);
    }
    const wantedAssignments = new Set(this.wanted('endpoint'));
    for (const name of this.#assignments.keys()) if (!wantedAssignments.has(name)) this.#assignments.delete(name);
    const wantedSecrets = new Set([...this.wanted('secret'), ...[...this.#activeListeners.values()].flatMap(secretNamesOfListener)]);
    for (const name of this.#secrets.keys()) {
      if (wantedSecrets.has(name)) continue;
      this.#secrets.delete(name);
      this.#secretSink.remove(name);
    }
  }

  /** True when `condition` holds or has been waited for long enough. */
  #ready(key: string, condition: boolean, waitingBefore: Set<string>): boolean {
    const since = this.#waiting.get(key);
    if (condition || (since !== undefined && this.#clock.now() - since >= WARMING_LIMIT_MS)) {
      this.#waiting.delete(key);
      return true;
    }
    waitingBefore.delete(key);
    if (since === undefined) this.#waiting.set(key, this.#clock.now());
    return false;
  }
}

/** Names of all clusters a route configuration may send to. */
export function clusterNamesOf(config: RouteConfiguration): Set<string> {
  const names = new Set<string>();
  for (const host of config.virtualHosts) {
    for (const { route } of host.routes) {
      if (route === undefined) continue;
      if (route.cluster !== undefined) names.add(route.cluster);
      for (const { name } of route.weightedClusters?.clusters ?? []) names.add(name);
      for (const { cluster } of route.requestMirrorPolicies ?? []) names.add(cluster);
    }
  }
  return names;
}

function assignmentName(cluster: Cluster): string {
  return cluster.edsClusterConfig?.serviceName || cluster.name;
}

function nameOf(type: ResourceType, resource: unknown): string {
  // Safe because each resource was decoded by the codec of its type.
  return type === 'endpoint' ? (resource as ClusterLoadAssignment).clusterName : (resource as { readonly name: string }).name;
}

function checkOf(type: ResourceType, resource: unknown): string | undefined {
  // Safe because each resource was decoded by the codec of its type.
  switch (type) {
    case 'cluster':
      return checkCluster(resource as Cluster);
    case 'listener':
      return checkListener(resource as Listener);
    case 'endpoint':
      return checkEndpoints(resource as ClusterLoadAssignment);
    case 'route':
      return checkRouteConfiguration(resource as RouteConfiguration);
    case 'secret':
      return checkSecret(resource as EnvoySecret);
  }
}
