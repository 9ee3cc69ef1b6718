import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { Random } from '#mesh-core/runtime/random.ts';
import type { AdsStreamEnd, XdsStream, XdsStreamHandlers } from '#mesh-core/wire/xds/ads-client-channel.ts';
import type { XdsNode } from '#mesh-core/wire/xds/discovery.ts';
import type { ProtocolRequest, TypeState, XdsProtocol } from './xds-protocol.ts';

export interface AdsClientOptions<Request extends ProtocolRequest, Response> {
  /** Opens one stream with the identity in force. May reject: that counts as a failed attempt. */
  readonly open: (handlers: XdsStreamHandlers<Response>) => Promise<XdsStream<Request>>;
  readonly protocol: XdsProtocol<Request, Response>;
  readonly node: XdsNode;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}
/** What the rest of the proxy sees of its control stream, whatever protocol it speaks. */
export interface ControlStream {
  readonly connected: boolean;
  state(): Readonly<Record<ResourceType, TypeState>>;
  start(): void;
  /** Reports the app's health; repeated on every new stream. */
  reportHealth(healthy: boolean, message: string): void;
  /** Ends the stream orderly, so that the control plane sees a clean leave. Resolves when it has, or after half a second. */
  close(): Promise<void>;
}

const FIRST_BACKOFF_MS = 200;
const LONGEST_BACKOFF_MS = 15_000;
/** A stream that lived this long was a good one: the next failure starts the backoff anew. */
const STABLE_MS = 5000;
/** How long the control plane may take to end a stream that this side has ended. */
const LEAVE_MS = 500;

/**
 * The proxy's connection to aggregated discovery: one stream at a time, reconnected for ever with exponential backoff and
 * jitter. What is said on it is the protocol's.
 */
export class AdsClient<Request extends ProtocolRequest, Response> implements ControlStream {
  readonly #options: AdsClientOptions<Request, Response>;
  #stream: XdsStream<Request> | undefined;
  #health: { healthy: boolean; message: string } | undefined;
  #attempt = 0;
  #openedAt = 0;
  #closed = false;
  #sentNode = false;
  #cancelReconnect: () => void = () => {};
  #onEnded: () => void = () => {};

  constructor(options: AdsClientOptions<Request, Response>) {
    this.#options = options;
  }

  start(): void {
    void this.#connect();
  }

  get connected(): boolean {
    return this.#stream !== undefined;
  }

  state(): Readonly<Record<ResourceType, TypeState>> {
    return this.#options.protocol.state();
  }

  reportHealth(healthy: boolean, message: string): void {
    this.#health = { healthy, message };
    this.#sendHealth();
  }

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
    let stream: XdsStream<Request>;
    try {
      let ended = false;
      stream = await this.#options.open({
        onResponse: (response) => {
          for (const request of this.#options.protocol.take(response)) this.#send(request);
        },
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
    for (const request of this.#options.protocol.begin()) this.#send(request);
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

  #send(request: Request): void {
    if (this.#stream === undefined) return;
    const withNode = this.#sentNode ? request : { ...request, node: this.#options.node };
    this.#sentNode = true;
    this.#stream.send(withNode);
  }

  #sendHealth(): void {
    if (this.#health === undefined) return;
    this.#send(this.#options.protocol.health(this.#health.healthy, this.#health.message));
  }
}

/** Milliseconds before attempt `attempt` (0 = the first retry): doubles from 200 ms to 15 s, jittered by ± 25 %. */
export function backoffMs(attempt: number, random: number): number {
  return Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(attempt, 20), LONGEST_BACKOFF_MS) * (0.75 + random / 2);
}
