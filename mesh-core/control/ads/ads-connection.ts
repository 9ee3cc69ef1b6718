import { PUSH_ORDER, TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { DiscoveryRequest, DiscoveryResponse } from '#mesh-core/wire/xds/discovery.ts';
import type { PackedResource } from '#mesh-core/wire/xds/resource-codec.ts';
import type { TypeSyncState } from '#mesh-core/wire/xds/sync-state.ts';
import { fingerprintOf, selectResources } from './encode-configuration.ts';
import type { EncodedConfiguration } from './encode-configuration.ts';
import { describe, NO_SUBSCRIPTION, offer, receive } from './subscription.ts';
import type { RequestOutcome, Subscription } from './subscription.ts';

export interface AdsConnectionOptions {
  readonly clock: Clock;
  /** Unique per stream: nonces start with it. */
  readonly streamId: string;
  readonly send: (type: ResourceType, response: DiscoveryResponse) => void;
  /** The proxy has accepted (or refused) everything of a configuration; `seconds` since the change was stored. */
  readonly onConverged: (seconds: number) => void;
}

/** Longest wait for the proxy before routes are sent to clusters it may not have yet, and before removed clusters go. */
const STEP_TIMEOUT_MS = 500;
type Leaving = Readonly<Record<'cluster' | 'endpoint', ReadonlyMap<string, PackedResource>>>;
const NOTHING_LEAVES: Leaving = { cluster: new Map(), endpoint: new Map() };
const WITH_WILDCARD: readonly ResourceType[] = ['cluster', 'listener'];

/**
 * One stream's configuration. Make before break, as Envoy advises for ADS: clusters, then their endpoints, then listeners and
 * routes once the proxy has taken the former; clusters that are gone are withdrawn only after the routes that no longer
 * use them.
 */
export class AdsConnection {
  readonly #options: AdsConnectionOptions;
  readonly #types: Record<ResourceType, Subscription> = { cluster: NO_SUBSCRIPTION, endpoint: NO_SUBSCRIPTION, listener: NO_SUBSCRIPTION, route: NO_SUBSCRIPTION };
  readonly #pending = new Set<ResourceType>();
  #configuration: EncodedConfiguration | undefined;
  /** Clusters (and their endpoints) the proxy was sent that the configuration no longer has, until its routes are replaced. */
  #leaving: Leaving = NOTHING_LEAVES;
  #offered: Leaving = NOTHING_LEAVES;
  #paused = false;
  #timedOut = false;
  #cancelTimer: (() => void) | undefined;
  #responses = 0;
  #convergedVersion = '';

  constructor(options: AdsConnectionOptions) {
    this.#options = options;
  }

  /** What the proxy was last offered. */
  get configuration(): EncodedConfiguration | undefined {
    return this.#configuration;
  }

  describe(): Readonly<Record<ResourceType, TypeSyncState>> {
    const { cluster, endpoint, listener, route } = this.#types;
    return { cluster: describe(cluster), endpoint: describe(endpoint), listener: describe(listener), route: describe(route) };
  }

  /** Takes one request for a served type and sends what it asks for. */
  receive(type: ResourceType, request: DiscoveryRequest): RequestOutcome {
    const { next, outcome, reoffer } = receive(this.#types[type], request, WITH_WILDCARD.includes(type), this.#options.clock.now());
    this.#types[type] = next;
    if (reoffer) this.#pending.add(type);
    this.#advance();
    return outcome;
  }

  /** Offers a new configuration; only what differs in bytes is sent. */
  push(configuration: EncodedConfiguration): void {
    this.#configuration = configuration;
    const without = (type: 'cluster' | 'endpoint'): Leaving['cluster'] => new Map([...this.#offered[type]].filter(([name]) => !configuration.resources[type].has(name)));
    const cluster = without('cluster');
    this.#leaving = cluster.size === 0 ? NOTHING_LEAVES : { cluster, endpoint: without('endpoint') };
    for (const type of PUSH_ORDER) this.#pending.add(type);
    this.#resetTimer();
    this.#advance();
  }

  /** Holds responses back while the stream cannot take more; `false` sends what has come up meanwhile. */
  pause(paused: boolean): void {
    this.#paused = paused;
    if (!paused) this.#advance();
  }

  close(): void {
    this.#resetTimer();
    this.#pending.clear();
    this.#paused = true;
  }

  #advance(): void {
    const configuration = this.#configuration;
    if (configuration === undefined) return;
    for (const type of PUSH_ORDER) {
      if (this.#paused) return;
      if (!this.#pending.has(type)) continue;
      if ((type === 'listener' || type === 'route') && this.#waitsForClusters(configuration)) return this.#armTimer();
      this.#pending.delete(type);
      this.#offer(type, configuration);
    }
    if (this.#leaving !== NOTHING_LEAVES) {
      if (this.#unanswered('listener') || this.#unanswered('route')) return this.#armTimer();
      this.#leaving = NOTHING_LEAVES;
      // Their endpoints go when the proxy, without the clusters, no longer asks for them.
      this.#offer('cluster', configuration);
    }
    this.#resetTimer();
    this.#noteConvergence(configuration);
  }

  #offer(type: ResourceType, configuration: EncodedConfiguration): void {
    const current = this.#types[type];
    const resources = type === 'cluster' || type === 'endpoint' ? new Map([...configuration.resources[type], ...this.#leaving[type]]) : configuration.resources[type];
    const selection = selectResources(resources, current);
    // While removed clusters linger the proxy does not have this version of them yet.
    const version = type === 'cluster' && this.#leaving.cluster.size > 0 && current.version !== '' ? current.version : configuration.version;
    const nonce = `${this.#options.streamId}-${this.#responses + 1}`;
    const { next, send } = offer(current, { version, fingerprint: fingerprintOf(selection, current), nonce, at: this.#options.clock.now() });
    this.#types[type] = next;
    if (type === 'cluster' || type === 'endpoint') this.#offered = { ...this.#offered, [type]: next.requested ? resources : new Map() };
    if (!send) return;
    this.#responses += 1;
    this.#options.send(type, { typeUrl: TYPE_URLS[type], versionInfo: version, nonce, resources: selection, controlPlane: { identifier: 'binnacle' } });
  }

  /** Has the proxy yet to take the new clusters, or to ask for and take their endpoints? */
  #waitsForClusters(configuration: EncodedConfiguration): boolean {
    if (this.#timedOut) return false;
    const { cluster, endpoint } = this.#types;
    if (this.#unanswered('cluster') || this.#unanswered('endpoint')) return true;
    const justAccepted = endpoint.requested && cluster.sent?.answer === 'ack' && this.#options.clock.now() - (cluster.ackedAt ?? 0) < STEP_TIMEOUT_MS;
    return justAccepted && [...configuration.resources.endpoint.keys()].some((name) => !endpoint.names.includes(name));
  }

  #unanswered(type: ResourceType): boolean {
    return !this.#timedOut && this.#types[type].sent?.answer === 'pending';
  }

  #armTimer(): void {
    this.#cancelTimer ??= this.#options.clock.after(STEP_TIMEOUT_MS, () => {
      this.#cancelTimer = undefined;
      this.#timedOut = true;
      this.#advance();
    });
  }

  #resetTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timedOut = false;
  }

  #noteConvergence(configuration: EncodedConfiguration): void {
    if (this.#convergedVersion === configuration.version || PUSH_ORDER.some((type) => this.#types[type].sent?.answer === 'pending')) return;
    this.#convergedVersion = configuration.version;
    this.#options.onConverged((this.#options.clock.now() - configuration.changedAt) / 1000);
  }
}
