import type { Server } from 'node:net';
import type { Cluster, ClusterLoadAssignment, Listener, RouteConfiguration } from '#mesh-core/domain/envoy/resources.ts';
import { DRAIN_LIMIT_MS, ListenerRuntime } from '../listeners/listener-runtime.ts';
import type { ListenerDependencies } from '../listeners/listener-runtime.ts';
import type { ListenerManagerCounters } from '../stats/counters.ts';
import { ClusterRuntime } from '../upstream/cluster-runtime.ts';
import type { ClusterDependencies } from '../upstream/cluster-runtime.ts';
import type { ConfigTarget } from './config-store.ts';

const REBIND_MS = 1000;

/** What runs: the clusters, routes and listeners that are active. The configuration store drives it. */
export class ProxyRuntime implements ConfigTarget {
  readonly #clusterDeps: ClusterDependencies;
  readonly #clusters = new Map<string, ClusterRuntime>();
  readonly #routes = new Map<string, RouteConfiguration>();
  readonly #listeners = new Map<string, ListenerRuntime>();
  /** Taken away by configuration, with connections that still end. */
  readonly #leaving = new Set<ListenerRuntime>();
  readonly #binding = new Map<string, Promise<void>>();
  readonly #listenerDeps: Omit<ListenerDependencies, 'clusterOf' | 'routesOf'>;
  readonly #takePort: (port: number) => Server | undefined;

  /** `takePort` is asked before a port is bound for the socket that holds it for this proxy. */
  constructor(clusterDeps: ClusterDependencies, listenerDeps: Omit<ListenerDependencies, 'clusterOf' | 'routesOf'>, takePort: (port: number) => Server | undefined = () => undefined) {
    this.#clusterDeps = clusterDeps;
    this.#listenerDeps = listenerDeps;
    this.#takePort = takePort;
  }

  get clusters(): ReadonlyMap<string, ClusterRuntime> {
    return this.#clusters;
  }
  get listeners(): readonly ListenerRuntime[] {
    return [...this.#listeners.values()];
  }
  /** How many listeners accept, wait for their port, and end. */
  get listenerCounts(): { readonly active: number; readonly warming: number; readonly draining: number } {
    const active = this.listeners.filter(({ isBound }) => isBound).length;
    return { active, warming: this.#listeners.size - active, draining: this.#leaving.size };
  }

  /** Resolves when each listener known now is bound, or has failed to bind (which is logged). */
  async bound(): Promise<void> {
    await Promise.all(this.#binding.values());
  }

  cluster(cluster: Cluster, assignment: ClusterLoadAssignment | undefined): void {
    const known = this.#clusters.get(cluster.name);
    const { clusterManager } = this.#listenerDeps.stats;
    if (known === undefined) {
      clusterManager.cluster_added++;
      this.#clusters.set(cluster.name, new ClusterRuntime(cluster, assignment, this.#clusterDeps));
      return;
    }
    if (known.config !== cluster) clusterManager.cluster_modified++;
    known.update(cluster, assignment);
  }

  removeCluster(name: string): void {
    this.#clusters.get(name)?.close();
    if (this.#clusters.has(name)) this.#listenerDeps.stats.clusterManager.cluster_removed++;
    this.#clusters.delete(name);
  }

  routes(config: RouteConfiguration): void {
    this.#routes.set(config.name, config);
  }

  removeRoutes(name: string): void {
    this.#routes.delete(name);
  }

  listener(listener: Listener): void {
    const known = this.#listeners.get(listener.name);
    if (known !== undefined && sameAddress(known.config, listener)) {
      this.#counters.listener_modified++;
      known.update(listener);
      return;
    }
    this.#counters.listener_added++;
    if (known !== undefined) this.removeListener(listener.name);
    const runtime = new ListenerRuntime(listener, { ...this.#listenerDeps, clusterOf: (name) => this.#clusters.get(name), routesOf: (name) => this.#routes.get(name) });
    this.#listeners.set(listener.name, runtime);
    this.#binding.set(listener.name, this.#bind(listener, runtime, this.#takePort(listener.address.socketAddress.portValue)));
  }

  removeListener(name: string): void {
    const runtime = this.#listeners.get(name);
    this.#listeners.delete(name);
    this.#binding.delete(name);
    if (runtime === undefined) return;
    this.#counters.listener_removed++;
    this.#leaving.add(runtime);
    void runtime.close(DRAIN_LIMIT_MS).then(() => this.#leaving.delete(runtime));
  }

  /** Lets what callers have begun end, and takes nothing new from them; the app behind can still call others. */
  async drainCallers(): Promise<void> {
    await Promise.all(this.#towardsApp().map((listener) => listener.close()));
  }

  /**
   * Stops accepting on all listeners, or on those towards the app; connections have the drain time to end. Gracefully: clients
   * are asked to go elsewhere first, and the listeners accept until the drain time is over. Source: Envoy, /drain_listeners.
   */
  drainListeners({ inboundOnly, isGraceful }: { readonly inboundOnly: boolean; readonly isGraceful: boolean }): void {
    for (const listener of inboundOnly ? this.#towardsApp() : this.listeners) {
      if (!isGraceful) {
        void listener.close(DRAIN_LIMIT_MS);
        continue;
      }
      listener.discourage();
      this.#listenerDeps.clock.after(DRAIN_LIMIT_MS, () => void listener.close());
    }
  }

  /** Drains all listeners, then lets go of all upstream connections. */
  async close(): Promise<void> {
    await Promise.all([...this.#listeners.values(), ...this.#leaving].map((listener) => listener.close()));
    for (const cluster of this.#clusters.values()) cluster.close();
  }

  get #counters(): ListenerManagerCounters {
    return this.#listenerDeps.stats.listenerManager;
  }

  #towardsApp(): ListenerRuntime[] {
    return this.listeners.filter(({ config }) => this.#listenerDeps.nodeType === 'router' || config.trafficDirection === 'INBOUND');
  }

  /** A port that somebody else has is tried again every second, as long as the listener is wanted. */
  async #bind(listener: Listener, runtime: ListenerRuntime, held?: Server): Promise<void> {
    const { log, clock } = this.#listenerDeps;
    const { address, portValue: port } = listener.address.socketAddress;
    try {
      await runtime.listen(held);
      this.#counters.listener_create_success++;
      log.info({ listener: listener.name, address, port }, 'listening');
    } catch (error) {
      this.#counters.listener_create_failure++;
      log.error({ listener: listener.name, address, port, error: String(error) }, 'cannot listen; trying again');
      clock.after(REBIND_MS, () => {
        if (this.#listeners.get(listener.name) === runtime) void this.#bind(listener, runtime);
      });
    }
  }
}

function sameAddress(a: Listener, b: Listener): boolean {
  const one = a.address.socketAddress;
  const other = b.address.socketAddress;
  return one.address === other.address && one.portValue === other.portValue;
}
