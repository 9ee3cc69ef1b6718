import { PUSH_ORDER, TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { Random } from '#mesh-core/runtime/random.ts';
import type { AdsStream, AdsStreamEnd, AdsStreamHandlers } from '#mesh-core/wire/xds/ads-client-channel.ts';
import type { DiscoveryResponse, XdsNode } from '#mesh-core/wire/xds/discovery.ts';
import { decodeResource } from '#mesh-core/wire/xds/resource-codec.ts';
import type { PackedResource } from '#mesh-core/wire/xds/resource-codec.ts';

export interface AdsClientOptions {
  /** Opens one stream with the identity in force. May reject: that counts as a failed attempt. */
  readonly open: (handlers: AdsStreamHandlers) => Promise<AdsStream>;
  readonly node: XdsNode;
  /** Takes the resources of one response; gives the reason for refusing, or undefined. */
  readonly apply: (type: ResourceType, resources: readonly unknown[]) => string | undefined;
  /** Names to subscribe, asked after each response. */
  readonly wanted: (type: 'endpoint' | 'route') => readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}
/** How far one type is, for the admin port. */
export interface TypeState {
  readonly version: string;
  readonly lastNonce: string;
  readonly lastError: string | undefined;
}

const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 15_000;
/** A stream that lived this long was a good one: the next failure starts the backoff anew. */
const STABLE_MS = 5000;
/** How long the control plane may take to end a stream that this side has ended. */
const LEAVE_MS = 500;

interface Subscription {
  version: string;
  nonce: string;
  names: readonly string[];
  lastError: string | undefined;
  /** Decoded resources by their bytes: what is pushed again unchanged keeps its identity. */
  decoded: Map<string, unknown>;
}

/**
 * The proxy's side of aggregated discovery, state of the world: subscribes CDS and LDS whole, EDS and RDS by name, answers
 * each response with ACK or NACK, and reconnects for ever with exponential backoff and jitter, stating the versions it
 * holds. Source: Envoy "xDS REST and gRPC protocol".
 */
export class AdsClient {
  readonly #options: AdsClientOptions;
  readonly #types: Record<ResourceType, Subscription>;
  #stream: AdsStream | undefined;
  #health: { healthy: boolean; message: string } | undefined;
  #attempt = 0;
  #openedAt = 0;
  #closed = false;
  #sentNode = false;
  #cancelReconnect: () => void = () => {};
  #onEnded: () => void = () => {};

  constructor(options: AdsClientOptions) {
    this.#options = options;
    this.#types = { cluster: emptySubscription(), endpoint: emptySubscription(), listener: emptySubscription(), route: emptySubscription() };
  }

  start(): void {
    void this.#connect();
  }

  get connected(): boolean {
    return this.#stream !== undefined;
  }

  state(): Record<ResourceType, TypeState> {
    const of = ({ version, nonce, lastError }: Subscription): TypeState => ({ version, lastNonce: nonce, lastError });
    return { cluster: of(this.#types.cluster), endpoint: of(this.#types.endpoint), listener: of(this.#types.listener), route: of(this.#types.route) };
  }

  /** Reports the app's health; repeated on every new stream. */
  reportHealth(healthy: boolean, message: string): void {
    this.#health = { healthy, message };
    this.#sendHealth();
  }

  /** Ends the stream orderly, so that the control plane sees a clean leave. Resolves when it has, or after half a second. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelReconnect();
    const stream = this.#stream;
    if (stream === undefined) return;
    this.#stream = undefined;
    const ended = Promise.withResolvers<void>();
    this.#onEnded = ended.resolve;
    const cancel = this.#options.clock.after(LEAVE_MS, () => {
      stream.destroy();
      ended.resolve();
    });
    stream.end();
    await ended.promise;
    cancel();
  }

  async #connect(): Promise<void> {
    if (this.#closed) return;
    let stream: AdsStream;
    try {
      let ended = false;
      stream = await this.#options.open({
        onResponse: (response) => this.#onResponse(response),
        onEnd: (end) => {
          ended = true;
          this.#onEnd(end);
        },
      });
      if (ended) return;
    } catch (error) {
      this.#retry(String(error));
      return;
    }
    if (this.#closed) {
      stream.end();
      return;
    }
    this.#stream = stream;
    this.#openedAt = this.#options.clock.now();
    this.#sentNode = false;
    for (const type of PUSH_ORDER) {
      const subscription = this.#types[type];
      subscription.nonce = '';
      if (type === 'cluster' || type === 'listener' || subscription.names.length > 0) this.#request(type);
    }
    this.#sendHealth();
  }

  #onEnd(end: AdsStreamEnd): void {
    this.#onEnded();
    this.#stream = undefined;
    this.#retry(end.message || `gRPC status ${end.code}`);
  }

  #retry(reason: string): void {
    if (this.#closed) return;
    if (this.#openedAt !== 0 && this.#options.clock.now() - this.#openedAt > STABLE_MS) this.#attempt = 0;
    const wait = backoffMs(this.#attempt++, this.#options.random());
    this.#options.log.warn({ reason, retryInMs: Math.round(wait) }, 'control plane stream ended; serving the configuration held');
    this.#cancelReconnect = this.#options.clock.after(wait, () => void this.#connect());
  }

  #onResponse(response: DiscoveryResponse): void {
    const type = PUSH_ORDER.find((t) => TYPE_URLS[t] === response.typeUrl);
    if (type === undefined) return;
    const subscription = this.#types[type];
    subscription.nonce = response.nonce;
    const problem = this.#take(type, subscription, response.resources);
    subscription.lastError = problem;
    if (problem === undefined) {
      subscription.version = response.versionInfo;
      this.#request(type);
    } else {
      this.#options.log.warn({ type, version: response.versionInfo, problem }, 'configuration refused; the last good one stays');
      this.#request(type, problem);
    }
    this.#subscribeNames('endpoint');
    this.#subscribeNames('route');
  }

  #take(type: ResourceType, subscription: Subscription, packed: readonly PackedResource[]): string | undefined {
    const decoded = new Map<string, unknown>();
    try {
      for (const resource of packed) {
        const key = Buffer.from(resource.value).toString('latin1');
        decoded.set(key, subscription.decoded.get(key) ?? decodeResource(resource));
      }
    } catch (error) {
      return `cannot decode: ${String(error)}`;
    }
    // EDS and RDS may answer with a part of what is subscribed; keep what the other answers brought.
    subscription.decoded = type === 'cluster' || type === 'listener' || subscription.decoded.size > 10_000 ? decoded : new Map([...subscription.decoded, ...decoded]);
    try {
      return this.#options.apply(type, [...decoded.values()]);
    } catch (error) {
      return `cannot apply: ${String(error)}`;
    }
  }

  #subscribeNames(type: 'endpoint' | 'route'): void {
    const subscription = this.#types[type];
    const wanted = this.#options.wanted(type);
    if (wanted.length === subscription.names.length && wanted.every((name, i) => name === subscription.names[i])) return;
    subscription.names = wanted;
    this.#request(type);
  }

  #request(type: ResourceType, problem?: string): void {
    const { version, nonce, names } = this.#types[type];
    this.#stream?.send({
      typeUrl: TYPE_URLS[type],
      versionInfo: version,
      responseNonce: nonce,
      resourceNames: type === 'cluster' || type === 'listener' ? [] : names,
      ...this.#nodeOnce(),
      ...(problem === undefined ? {} : { errorDetail: { code: 13, message: problem } }),
    });
  }

  #sendHealth(): void {
    if (this.#health === undefined) return;
    const { healthy, message } = this.#health;
    this.#stream?.send({ typeUrl: TYPE_URLS.healthInformation, versionInfo: '', responseNonce: '', resourceNames: [], ...this.#nodeOnce(), ...(healthy ? {} : { errorDetail: { code: 14, message } }) });
  }

  #nodeOnce(): { node?: XdsNode } {
    if (this.#sentNode) return {};
    this.#sentNode = true;
    return { node: this.#options.node };
  }
}

/** Milliseconds before attempt `attempt` (0 = the first retry): doubles from 200 ms to 15 s, jittered by ± 25 %. */
export function backoffMs(attempt: number, random: number): number {
  return Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(attempt, 20), LONGEST_BACKOFF_MS) * (0.75 + random / 2);
}

function emptySubscription(): Subscription {
  return { version: '', nonce: '', names: [], lastError: undefined, decoded: new Map() };
}
