import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import { openAdsStream, openDeltaStream } from '#mesh-core/wire/xds/ads-client-channel.ts';
import type { AdsStreamEnd, XdsStream } from '#mesh-core/wire/xds/ads-client-channel.ts';
import type { ControlPlaneAddress } from '#mesh-core/wire/xds/control-plane-channel.ts';
import type { DeltaDiscoveryRequest, DeltaDiscoveryResponse } from '#mesh-core/wire/xds/delta-discovery.ts';
import type { DiscoveryRequest, DiscoveryResponse, XdsNode } from '#mesh-core/wire/xds/discovery.ts';
import { decodeResource } from '#mesh-core/wire/xds/resource-codec.ts';
import type { PackedResource } from '#mesh-core/wire/xds/resource-codec.ts';

export type Protocol = 'delta' | 'sotw';

const TYPES: readonly ResourceType[] = ['cluster', 'endpoint', 'listener', 'route'];
/** Names of endpoints that a set of clusters asks for, by the bytes of the set: a thousand proxies with one set work it out once. */
const endpointNames = new Map<string, readonly string[]>();

/** The control side of a proxy alone: subscribes as a sidecar does, and accepts everything at once. */
export class SimulatedProxy {
  receivedBytes = 0;
  readonly #protocol: Protocol;
  readonly #delta: XdsStream<DeltaDiscoveryRequest> | undefined;
  readonly #sotw: XdsStream<DiscoveryRequest> | undefined;
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
    const onEnd = ({ message }: AdsStreamEnd): void => {
      if (!this.#left) this.#synced.reject(new Error(`a stream ended: ${message}`));
    };
    if (protocol === 'delta') this.#delta = openDeltaStream(address, { onResponse: (response) => this.#onDelta(response), onEnd });
    else this.#sotw = openAdsStream(address, { onResponse: (response) => this.#onSotw(response), onEnd });
    this.#subscribe('cluster', []);
    this.#subscribe('listener', []);
  }

  /** Resolves when every type has been received. */
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
    this.#delta?.end();
    this.#sotw?.end();
  }

  #onDelta(response: DeltaDiscoveryResponse): void {
    const type = this.#typeOf(response.typeUrl);
    if (type === undefined) return;
    this.receivedBytes += response.resources.reduce((sum, { resource }) => sum + resource.value.length, 0);
    this.#sendDelta(type, { responseNonce: response.nonce });
    this.#after(type, response.resources.map(({ resource }) => resource));
  }

  #onSotw(response: DiscoveryResponse): void {
    const type = this.#typeOf(response.typeUrl);
    if (type === undefined) return;
    this.receivedBytes += response.resources.reduce((sum, { value }) => sum + value.length, 0);
    this.#sendSotw(type, response.versionInfo, response.nonce);
    this.#after(type, response.resources);
  }

  #after(type: ResourceType, resources: readonly PackedResource[]): void {
    if (this.#waiting?.type === type) {
      this.#waiting.resolve();
      this.#waiting = undefined;
    }
    if (this.#seen.has(type)) return;
    this.#seen.add(type);
    if (type === 'cluster') this.#subscribe('endpoint', namesOf(resources));
    if (type === 'listener') this.#subscribe('route', ['http_proxy']);
    if (TYPES.every((one) => this.#seen.has(one))) this.#synced.resolve();
  }

  #subscribe(type: ResourceType, names: readonly string[]): void {
    this.#names.set(type, names);
    if (this.#protocol === 'delta') this.#sendDelta(type, { resourceNamesSubscribe: names.length === 0 ? ['*'] : names });
    else this.#sendSotw(type, '', '');
  }

  #sendDelta(type: ResourceType, fields: Partial<DeltaDiscoveryRequest>): void {
    this.#delta?.send({ typeUrl: TYPE_URLS[type], resourceNamesSubscribe: [], resourceNamesUnsubscribe: [], initialResourceVersions: {}, responseNonce: '', ...this.#nodeOnce(), ...fields });
  }

  #sendSotw(type: ResourceType, versionInfo: string, responseNonce: string): void {
    this.#sotw?.send({ typeUrl: TYPE_URLS[type], versionInfo, responseNonce, resourceNames: this.#names.get(type) ?? [], ...this.#nodeOnce() });
  }

  #nodeOnce(): { node?: XdsNode } {
    const node = this.#node;
    this.#node = undefined;
    return node === undefined ? {} : { node };
  }

  #typeOf(typeUrl: string): ResourceType | undefined {
    return TYPES.find((type) => TYPE_URLS[type] === typeUrl);
  }
}

function namesOf(resources: readonly PackedResource[]): readonly string[] {
  const key = `${resources.length}/${resources.reduce((sum, { value }) => sum + value.length, 0)}`;
  let names = endpointNames.get(key);
  if (names === undefined) {
    // Safe because clusters are what was asked for.
    names = resources.map((resource) => decodeResource(resource) as { readonly name: string; readonly type?: string }).filter(({ type }) => type === 'EDS').map(({ name }) => name);
    endpointNames.set(key, names);
  }
  return names;
}
