import type { Client, ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import { openChannel } from '#mesh-core/wire/xds/control-plane-channel.ts';
import type { ControlPlaneAddress } from '#mesh-core/wire/xds/control-plane-channel.ts';
import { DELTA_AGGREGATED_RESOURCES } from '#mesh-core/wire/xds/delta-discovery.ts';
import { STREAM_AGGREGATED_RESOURCES } from '#mesh-core/wire/xds/discovery.ts';
import type { XdsNode } from '#mesh-core/wire/xds/discovery.ts';
import { decodeResource } from '#mesh-core/wire/xds/resource-codec.ts';
import type { PackedResource } from '#mesh-core/wire/xds/resource-codec.ts';
import { scanResponse } from './scan-response.ts';

export type Protocol = 'delta' | 'sotw';

const TYPES: readonly ResourceType[] = ['cluster', 'endpoint', 'listener', 'route'];
const METHODS = { delta: DELTA_AGGREGATED_RESOURCES, sotw: STREAM_AGGREGATED_RESOURCES } as const;
const isBytes = (bytes: Buffer): Buffer => bytes;
/** Names of endpoints that a set of clusters asks for, by the size of the response: a thousand proxies with one set work it out once. */
const endpointNames = new Map<string, readonly string[]>();

/**
 * The control side of a proxy alone: subscribes as a sidecar does, and accepts everything at once. It reads of a response what
 * its answer repeats, so that a thousand of them in one process leave the processor to the control plane.
 */
export class SimulatedProxy {
  receivedBytes = 0;
  readonly #protocol: Protocol;
  readonly #client: Client;
  readonly #call: ClientDuplexStream<Buffer, Buffer>;
  readonly #seen = new Set<ResourceType>();
  readonly #names = new Map<ResourceType, readonly string[]>();
  readonly #synced = Promise.withResolvers<void>();
  #node: XdsNode | undefined;
  #waiting: { type: ResourceType; resolve: () => void } | undefined;
  #left = false;

  constructor(protocol: Protocol, address: ControlPlaneAddress, { namespace, index }: { readonly namespace: string; readonly index: number }) {
    this.#protocol = protocol;
    this.#node = {
      id: `sidecar~10.0.${index >> 8}.${index & 255}~bench-${index}.${namespace}~${namespace}.svc.cluster.local`,
      metadata: { NAMESPACE: namespace, WORKLOAD_NAME: `bench-${index}`, SERVICE_ACCOUNT: 'bench', LABELS: { app: 'bench', version: 'v1' }, INTERCEPTION_MODE: 'NONE', INBOUND_PORT: 15_006, OUTBOUND_PORT: 15_001, STATS_PORT: 15_020, APP_PORT: 8080 },
    };
    const { client, metadata } = openChannel(address);
    this.#client = client;
    this.#call = client.makeBidiStreamRequest(METHODS[protocol].path, isBytes, isBytes, metadata);
    this.#call.on('data', (bytes: Buffer) => this.#on(bytes));
    this.#call.on('error', ({ details }: ServiceError) => {
      if (!this.#left) this.#synced.reject(new Error(`a stream ended: ${details}`));
    });
    // A row that is given up before it connected leaves this unread.
    this.#synced.promise.catch(() => undefined);
    this.#subscribe('cluster', []);
    this.#subscribe('listener', []);
  }

  /** Resolves when every type has been received; rejects when the stream ends. */
  synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Resolves with the next ACK of a type. */
  nextAck(type: ResourceType): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting = { type, resolve };
    });
  }

  leave(): void {
    this.#left = true;
    this.#call.end();
    this.#client.close();
  }

  #on(bytes: Buffer): void {
    this.receivedBytes += bytes.length;
    const { typeUrl, nonce, version } = scanResponse(bytes);
    const type = TYPES.find((one) => TYPE_URLS[one] === typeUrl);
    if (type === undefined) return;
    if (this.#protocol === 'delta') this.#sendDelta(type, [], nonce);
    else this.#sendSotw(type, version, nonce);
    if (this.#waiting?.type === type) {
      this.#waiting.resolve();
      this.#waiting = undefined;
    }
    if (this.#seen.has(type)) return;
    this.#seen.add(type);
    if (type === 'cluster') this.#subscribe('endpoint', this.#endpointNamesOf(bytes));
    if (type === 'listener') this.#subscribe('route', ['http_proxy']);
    if (TYPES.every((one) => this.#seen.has(one))) this.#synced.resolve();
  }

  #subscribe(type: ResourceType, names: readonly string[]): void {
    this.#names.set(type, names);
    if (this.#protocol === 'delta') this.#sendDelta(type, names.length === 0 ? ['*'] : names, '');
    else this.#sendSotw(type, '', '');
  }

  #sendDelta(type: ResourceType, resourceNamesSubscribe: readonly string[], responseNonce: string): void {
    this.#call.write(METHODS.delta.requestSerialize({ typeUrl: TYPE_URLS[type], resourceNamesSubscribe, resourceNamesUnsubscribe: [], initialResourceVersions: {}, responseNonce, ...this.#nodeOnce() }));
  }

  #sendSotw(type: ResourceType, versionInfo: string, responseNonce: string): void {
    this.#call.write(METHODS.sotw.requestSerialize({ typeUrl: TYPE_URLS[type], versionInfo, responseNonce, resourceNames: this.#names.get(type) ?? [], ...this.#nodeOnce() }));
  }

  #nodeOnce(): { node?: XdsNode } {
    const node = this.#node;
    this.#node = undefined;
    return node === undefined ? {} : { node };
  }

  #endpointNamesOf(bytes: Buffer): readonly string[] {
    const key = `${this.#protocol} ${bytes.length}`;
    let names = endpointNames.get(key);
    if (names === undefined) {
      const resources: readonly PackedResource[] = this.#protocol === 'delta' ? METHODS.delta.responseDeserialize(bytes).resources.map(({ resource }) => resource) : METHODS.sotw.responseDeserialize(bytes).resources;
      // Safe because clusters are what was asked for.
      names = resources.map((resource) => decodeResource(resource) as { readonly name: string; readonly type?: string }).filter(({ type }) => type === 'EDS').map(({ name }) => name);
      endpointNames.set(key, names);
    }
    return names;
  }
}
