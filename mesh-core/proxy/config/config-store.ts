import type { Cluster, ClusterLoadAssignment, Listener, ResourceType, RouteConfiguration } from '#mesh-core/domain/envoy/resources.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { checkCluster, checkEndpoints, checkListener, checkRouteConfiguration, routeNamesOf, tcpClusterNamesOf } from './check-support.ts';

/** What runs the configuration. Called in the order in which nothing refers to something that is not there. */
export interface ConfigTarget {
  cluster(cluster: Cluster, assignment: ClusterLoadAssignment | undefined): void;
  removeCluster(name: string): void;
  routes(config: RouteConfiguration): void;
  removeRoutes(name: string): void;
  listener(listener: Listener): void;
  removeListener(name: string): void;
}

const WARMING_LIMIT_MS = 5000;

/**
 * The configuration received, and which of it is active. Warming: a new cluster is used once its endpoints are known, a
 * route configuration once the clusters it names are, a listener once its routes are; and a cluster that is taken away
 * stays while an active route still names it. So a change never passes through a state that answers 503. Each wait is
 * limited to 5 s. A resource that is refused keeps its last good version.
 */
export class ConfigStore {
  readonly #target: ConfigTarget;
  readonly #clock: Clock;
  readonly #clusters = new Map<string, Cluster>();
  readonly #assignments = new Map<string, ClusterLoadAssignment>();
  readonly #routes = new Map<string, RouteConfiguration>();
  readonly #listeners = new Map<string, Listener>();
  readonly #activeClusters = new Map<string, { cluster: Cluster; assignment: ClusterLoadAssignment | undefined }>();
  readonly #activeRoutes = new Map<string, RouteConfiguration>();
  readonly #activeListeners = new Map<string, Listener>();
  /** When a resource began to wait, by `kind/name`. */
  readonly #waiting = new Map<string, number>();
  readonly #received = new Set<ResourceType>();
  #cancelTimer: (() => void) | undefined;

  constructor(target: ConfigTarget, clock: Clock) {
    this.#target = target;
    this.#clock = clock;
  }

  /** Takes one response. Gives what is wrong with it (the NACK's text), or undefined. */
  apply(type: ResourceType, resources: readonly unknown[]): string | undefined {
    // Safe because each resource was decoded by the codec of its type.
    const problem = this.#take(type, resources);
    this.#received.add(type);
    this.#settle();
    return problem;
  }

  /** EDS and RDS names that the clusters and listeners received refer to. */
  wanted(type: 'endpoint' | 'route'): string[] {
    const names = type === 'endpoint' ? [...this.#clusters.values()].filter((c) => c.type === 'EDS').map(assignmentName) : [...this.#listeners.values()].flatMap(routeNamesOf);
    return [...new Set(names)].sort();
  }

  /** Has everything been received that the clusters and listeners refer to, and is it active? */
  get complete(): boolean {
    return this.#received.has('cluster') && this.#received.has('listener') && this.#waiting.size === 0;
  }

  /** Everything active, for the admin port. */
  dump(): { clusters: Cluster[]; endpoints: ClusterLoadAssignment[]; listeners: Listener[]; routes: RouteConfiguration[] } {
    const active = [...this.#activeClusters.values()];
    return { clusters: active.map((a) => a.cluster), endpoints: active.flatMap((a) => a.assignment ?? []), listeners: [...this.#activeListeners.values()], routes: [...this.#activeRoutes.values()] };
  }

  close(): void {
    this.#cancelTimer?.();
  }

  #take(type: ResourceType, resources: readonly unknown[]): string | undefined {
    switch (type) {
      case 'cluster':
        return replaceAll(this.#clusters, resources as Cluster[], checkCluster, (c) => c.name);
      case 'listener':
        return replaceAll(this.#listeners, resources as Listener[], checkListener, (l) => l.name);
      case 'endpoint':
        return merge(this.#assignments, resources as ClusterLoadAssignment[], checkEndpoints, (a) => a.clusterName);
      case 'route':
        return merge(this.#routes, resources as RouteConfiguration[], checkRouteConfiguration, (r) => r.name);
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

/** State of the world: what is not in the response is gone; what is refused keeps its last good version. */
function replaceAll<T>(held: Map<string, T>, resources: readonly T[], check: (resource: T) => string | undefined, nameOf: (resource: T) => string): string | undefined {
  const named = new Set(resources.map(nameOf));
  for (const name of held.keys()) if (!named.has(name)) held.delete(name);
  return merge(held, resources, check, nameOf);
}

function merge<T>(held: Map<string, T>, resources: readonly T[], check: (resource: T) => string | undefined, nameOf: (resource: T) => string): string | undefined {
  const problems: string[] = [];
  for (const resource of resources) {
    const problem = check(resource);
    if (problem === undefined) held.set(nameOf(resource), resource);
    else problems.push(problem);
  }
  return problems.length === 0 ? undefined : problems.join('; ');
}
