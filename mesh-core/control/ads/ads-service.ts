import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import type { DeltaDiscoveryRequest, DeltaDiscoveryResponse } from '#mesh-core/wire/xds/delta-discovery.ts';
import type { DiscoveryRequest, DiscoveryResponse } from '#mesh-core/wire/xds/discovery.ts';
import type { ProxySyncState } from '#mesh-core/wire/xds/sync-state.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { authenticatePeer } from './authenticate-peer.ts';
import type { OfferedConfiguration } from './describe-offer.ts';
import { ResourceEncoder } from './encode-configuration.ts';
import { mayReadSecrets } from './may-read-secrets.ts';
import type { AuthenticatedPeer, PeerAuthenticator } from './authenticate-peer.ts';
import { ProxyStream } from './proxy-stream.ts';
import type { StreamCall, StreamRequest, StreamServices } from './proxy-stream.ts';
import { PushScheduler } from './push-scheduler.ts';
import { NameSets } from './resource-index.ts';
import { deltaChannel, sotwChannel } from './type-channel.ts';
import type { ChannelFactory } from './type-channel.ts';

export interface AdsServiceOptions extends Omit<StreamServices, 'encoder' | 'names' | 'mayReadSecrets'> {
  readonly store: ObjectStore;
  readonly authenticator: PeerAuthenticator;
  /** Pause after the last change and longest wait after the first, before a push; default 100 ms and 10 s. */
  readonly debounce?: { readonly quietMs?: number; readonly longestMs?: number };
}
type AnyStream = Pick<ProxyStream<StreamRequest, unknown>, 'push' | 'describe' | 'connectedAt' | 'credential' | 'dump' | 'proxyVersion' | 'revoke'>;

/** A connection that broke is known as such some turns of the loop after its end, on a busy machine later. */
const FAREWELL_MS = 100;
const SLICE_MS = 10;

/**
 * Aggregated discovery for all proxies: authenticates each stream and, when the store changes, offers every proxy the
 * configuration of the new version. A version is a resourceVersion, so "has version X been taken?" can be answered per proxy.
 */
export class AdsService {
  readonly #options: AdsServiceOptions;
  readonly #services: StreamServices;
  readonly #streams = new Set<AnyStream>();
  readonly #scheduler: PushScheduler;
  readonly #unsubscribe: () => void;
  #firstChangeAt: number | undefined;
  #closed = false;
  #pushing = false;
  /** Streams that a push has not reached yet, with when their oldest change was stored. */
  readonly #due = new Map<AnyStream, number>();

  constructor(options: AdsServiceOptions) {
    this.#options = options;
    this.#services = { ...options, encoder: new ResourceEncoder(), names: new NameSets(), mayReadSecrets: (identity) => mayReadSecrets(options.store, identity) };
    this.#scheduler = new PushScheduler({ clock: options.clock, run: () => this.#pushAll(), ...options.debounce });
    this.#unsubscribe = options.store.subscribe((change) => {
      if (!options.snapshots.concerns(change)) return;
      this.#firstChangeAt ??= options.clock.now();
      this.#scheduler.note();
    });
  }

  /** Serves one stream of the whole state: the handler of StreamAggregatedResources. */
  readonly handleSotw = (call: StreamCall<DiscoveryRequest, DiscoveryResponse>): void => this.#handle(call, sotwChannel);
  /** Serves one incremental stream: the handler of DeltaAggregatedResources. */
  readonly handleDelta = (call: StreamCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse>): void => this.#handle(call, deltaChannel);

  #handle<Request extends StreamRequest, Response>(call: StreamCall<Request, Response>, channel: ChannelFactory<Request, Response>): void {
    // Requests that come while the caller is authenticated wait in order.
    const early: Request[] = [];
    let stream: ProxyStream<Request, Response> | undefined;
    let over = false;
    const finish = (clean: boolean): void => {
      over = true;
      if (stream === undefined) return;
      this.#streams.delete(stream);
      stream.end(clean);
    };
    call.on('data', (request: Request) => {
      if (stream === undefined) early.push(request);
      else stream.receive(request);
    });
    call.on('end', () => {
      // A connection that broke ends the reading side too: only what is not cancelled by then was a farewell. What came meanwhile is handled first.
      this.#options.clock.after(FAREWELL_MS, () =>
        setImmediate(() => {
          finish(true);
          call.end();
        }),
      );
    });
    call.on('cancelled', () => finish(false));
    call.on('error', () => finish(false));
    void this.#authenticate(call).then((peer) => {
      if (peer === undefined || over || this.#closed) return;
      stream = new ProxyStream(this.#services, call, channel, randomUUID().slice(0, 8), peer);
      this.#streams.add(stream);
      for (const request of early) stream.receive(request);
    });
  }

  /** The newest stream of every proxy, by proxy id. */
  syncState(): readonly ProxySyncState[] {
    const states = new Map<string, ProxySyncState>();
    for (const stream of [...this.#streams].toSorted((a, b) => a.connectedAt - b.connectedAt)) {
      const state = stream.describe();
      if (state !== undefined) states.set(state.proxyId, state);
    }
    return [...states.values()].toSorted((a, b) => (a.proxyId < b.proxyId ? -1 : 1));
  }

  /** Connected proxies that subscribe to a type and have not accepted it as of a resourceVersion, by id. */
  behind(type: ResourceType, version: number): readonly string[] {
    return this.syncState().filter(({ types }) => types[type].state !== 'not-sent' && (types[type].state !== 'synced' || Number(types[type].ackedVersion) < version)).map(({ proxyId }) => proxyId);
  }

  /** Ids of the connected proxies whose streams were opened with one of these credentials. */
  proxiesOf(credentials: readonly string[]): readonly string[] {
    const ids = [...this.#streams].flatMap((stream) => (credentials.includes(stream.credential) ? (stream.describe()?.proxyId ?? []) : []));
    return [...new Set(ids)].sort();
  }

  /** Ends the streams whose credential was taken back. */
  endRevoked(): void {
    for (const stream of this.#streams) if (this.#options.authenticator.isRevoked(stream.credential)) stream.revoke();
  }

  /** What the newest stream of a proxy was offered; undefined for one that is not connected. */
  configurationOf(proxyId: string): OfferedConfiguration | undefined {
    return [...this.#streams].toSorted((a, b) => b.connectedAt - a.connectedAt).find((stream) => stream.describe()?.proxyId === proxyId)?.dump();
  }

  /** Connected proxies by the version they run. */
  connections(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { proxyVersion } of this.#streams) if (proxyVersion !== undefined) counts.set(proxyVersion, (counts.get(proxyVersion) ?? 0) + 1);
    return counts;
  }

  /** Streams open now, of proxies that have introduced themselves or not. */
  get streams(): number {
    return this.#streams.size;
  }

  /** Something besides the stored objects changed what proxies are to be sent. */
  noteChange(): void {
    this.#firstChangeAt ??= this.#options.clock.now();
    this.#scheduler.note();
  }

  /** Pushes nothing more. Ending the streams is the gRPC server's. */
  close(): void {
    this.#closed = true;
    this.#unsubscribe();
    this.#scheduler.close();
  }

  async #authenticate<Request, Response>(call: StreamCall<Request, Response>): Promise<AuthenticatedPeer | undefined> {
    try {
      const result = await authenticatePeer(this.#options.authenticator, call);
      if (result.ok) return result.peer;
      this.#options.metrics.authenticationFailed();
      this.#options.log.warn({ peer: call.getPeer(), reason: result.reason }, 'a stream was not authenticated');
      call.emit('error', { code: status.UNAUTHENTICATED, details: result.reason });
    } catch (error) {
      this.#options.log.error({ error: error instanceof Error ? error.stack : String(error) }, 'authentication failed on a defect');
      call.emit('error', { code: status.INTERNAL, details: 'The control plane could not authenticate the call; its log has the cause.' });
    }
    return undefined;
  }

  #pushAll(): void {
    const changedAt = this.#firstChangeAt ?? this.#options.clock.now();
    this.#firstChangeAt = undefined;
    this.#options.metrics.triggered();
    for (const stream of this.#streams) if (!this.#due.has(stream)) this.#due.set(stream, changedAt);
    if (!this.#pushing) this.#pushSome();
  }

  /** Pushes for a few milliseconds, then lets ACKs, certificates and the API have their turn. Each proxy gets what is newest then. */
  #pushSome(): void {
    const until = performance.now() + SLICE_MS;
    for (const [stream, changedAt] of this.#due) {
      this.#due.delete(stream);
      if (this.#streams.has(stream)) stream.push(changedAt);
      if (performance.now() > until) break;
    }
    this.#pushing = this.#due.size > 0 && !this.#closed;
    if (this.#pushing) setImmediate(() => this.#pushSome());
  }
}
