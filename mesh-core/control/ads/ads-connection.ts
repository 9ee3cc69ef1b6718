import { perResourceType } from '#mesh-core/domain/envoy/per-resource-type.ts';
import { PUSH_ORDER } from '#mesh-core/domain/envoy/resources.ts';
import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { TypeSyncState } from '#mesh-core/wire/xds/sync-state.ts';
import type { EncodedConfiguration } from './encode-configuration.ts';
import { NO_RESOURCES, resourcesGone, resourcesOfBoth } from './resource-index.ts';
import type { NameSets, ResourceIndex } from './resource-index.ts';
import type { RequestOutcome } from './subscription.ts';
import type { ChannelFactory, TypeChannel } from './type-channel.ts';

export interface AdsConnectionOptions<Request, Response> {
  readonly clock: Clock;
  /** Unique per stream: nonces start with it. */
  readonly streamId: string;
  /** The protocol that the stream speaks. */
  readonly channel: ChannelFactory<Request, Response>;
  readonly names: NameSets;
  readonly send: (type: ResourceType, response: Response) => void;
  /** The proxy has accepted (or refused) everything of a configuration; `seconds` since the change was stored. */
  readonly onConverged: (seconds: number) => void;
}

/** Longest wait for the proxy before routes are sent to clusters it may not have yet, and before removed clusters go. */
const STEP_TIMEOUT_MS = 500;
type Leaving = Readonly<Record<'cluster' | 'endpoint', ResourceIndex>>;
const NOTHING_LEAVES: Leaving = { cluster: NO_RESOURCES, endpoint: NO_RESOURCES };

/**
 * One stream's configuration. Make before break, as Envoy advises for ADS: clusters, then their endpoints, then listeners and
 * routes once the proxy has taken the former; clusters that are gone are withdrawn only after the routes that no longer
 * use them.
 */
export class AdsConnection<Request, Response> {
  readonly #options: AdsConnectionOptions<Request, Response>;
  readonly #types: Readonly<Record<ResourceType, TypeChannel<Request, Response>>>;
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

  constructor(options: AdsConnectionOptions<Request, Response>) {
    this.#options = options;
    this.#types = perResourceType((type) => options.channel(type, options.names));
  }

  /** What the proxy was last offered. */
  get configuration(): EncodedConfiguration | undefined {
    return this.#configuration;
  }

  describe(): Readonly<Record<ResourceType, TypeSyncState>> {
    return perResourceType((type) => this.#types[type].describe());
  }

  /** Takes one request for a served type and sends what it asks for. */
  receive(type: ResourceType, request: Request): RequestOutcome {
    const { outcome, reoffer } = this.#types[type].receive(request, this.#options.clock.now());
    if (reoffer) this.#pending.add(type);
    this.#advance();
    return outcome;
  }

  /** Offers a new configuration; only what differs in bytes is sent. */
  push(configuration: EncodedConfiguration): void {
    this.#configuration = configuration;
    const cluster = resourcesGone(this.#offered.cluster, configuration.resources.cluster);
    this.#leaving = cluster === NO_RESOURCES ? NOTHING_LEAVES : { cluster, endpoint: resourcesGone(this.#offered.endpoint, configuration.resources.endpoint) };
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
    const channel = this.#types[type];
    const lingers = (type === 'cluster' || type === 'endpoint') && this.#leaving[type] !== NO_RESOURCES;
    const resources = lingers ? resourcesOfBoth(configuration.resources[type], this.#leaving[type]) : configuration.resources[type];
    // While removed clusters linger the proxy does not have this version of them yet.
    const version = type === 'cluster' && lingers && channel.version !== '' ? channel.version : configuration.version;
    const nonce = `${this.#options.streamId}-${this.#responses + 1}`;
    const response = channel.offer(resources, { version, nonce, at: this.#options.clock.now() });
    if (type === 'cluster' || type === 'endpoint') this.#offered = { ...this.#offered, [type]: channel.requested ? resources : NO_RESOURCES };
    if (response === undefined) return;
    this.#responses += 1;
    this.#options.send(type, response);
  }

  /** Has the proxy yet to take the new clusters, or to ask for and take their endpoints? */
  #waitsForClusters(configuration: EncodedConfiguration): boolean {
    if (this.#timedOut) return false;
    const { cluster, endpoint } = this.#types;
    if (this.#unanswered('cluster') || this.#unanswered('endpoint')) return true;
    const justAccepted = endpoint.requested && cluster.answer === 'ack' && this.#options.clock.now() - (cluster.ackedAt ?? 0) < STEP_TIMEOUT_MS;
    if (!justAccepted) return false;
    for (const name of configuration.resources.endpoint.keys()) if (cluster.wants(name) && !endpoint.wants(name)) return true;
    return false;
  }

  #unanswered(type: ResourceType): boolean {
    return !this.#timedOut && this.#types[type].answer === 'pending';
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
    if (this.#convergedVersion === configuration.version || PUSH_ORDER.some((type) => this.#types[type].answer === 'pending')) return;
    this.#convergedVersion = configuration.version;
    this.#options.onConverged((this.#options.clock.now() - configuration.changedAt) / 1000);
  }
}
