import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import type { DeltaDiscoveryRequest, DeltaDiscoveryResponse, DeltaResource } from '#mesh-core/wire/xds/delta-discovery.ts';
import type { DiscoveryRequest, DiscoveryResponse } from '#mesh-core/wire/xds/discovery.ts';
import type { TypeSyncState } from '#mesh-core/wire/xds/sync-state.ts';
import { NO_DELTA_SUBSCRIPTION, offerDelta, receiveDelta } from './delta-subscription.ts';
import { existing, fingerprintOf, select } from './resource-index.ts';
import type { NameSets, ResourceIndex, VersionedResource } from './resource-index.ts';
import { describe, NO_SUBSCRIPTION, offer, receive } from './subscription.ts';
import type { RequestOutcome } from './subscription.ts';

/** One type of resources on one stream, whichever of the two protocols the stream speaks. */
export interface TypeChannel<Request, Response> {
  /** Has the proxy asked for this type at all? */
  readonly requested: boolean;
  /** What became of the last response; undefined before the first. */
  readonly answer: 'pending' | 'ack' | 'nack' | undefined;
  /** When the last ACK came, Unix ms. */
  readonly ackedAt: number | undefined;
  /** Configuration version of what the proxy was offered last. */
  readonly version: string;
  /** Is this name subscribed, by itself or as a part of everything? */
  wants(name: string): boolean;
  /** Takes a request; `reoffer` asks for an offer of the current resources. */
  receive(request: Request, at: number): { readonly outcome: RequestOutcome; readonly reoffer: boolean };
  /** The response that brings the proxy to these resources; undefined when there is nothing to send now. */
  offer(resources: ResourceIndex, next: { readonly version: string; readonly nonce: string; readonly at: number }): Response | undefined;
  describe(): TypeSyncState;
}
/** The protocol of a stream: how each of its types is kept up to date. */
export type ChannelFactory<Request, Response> = (type: ResourceType, names: NameSets) => TypeChannel<Request, Response>;

const WITH_WILDCARD: readonly ResourceType[] = ['cluster', 'listener'];
const CONTROL_PLANE = { identifier: 'binnacle' };

/** State of the world: every response holds all that is subscribed. */
export const sotwChannel: ChannelFactory<DiscoveryRequest, DiscoveryResponse> = (type, nameSets) => {
  let current = NO_SUBSCRIPTION;
  return {
    get requested() {
      return current.requested;
    },
    get answer() {
      return current.sent?.answer;
    },
    get ackedAt() {
      return current.ackedAt;
    },
    get version() {
      return current.version;
    },
    wants: (name) => current.wildcard || current.names.has(name),
    receive(request, at) {
      const { next, outcome, reoffer } = receive(current, request, WITH_WILDCARD.includes(type), at, (names) => nameSets.of(names));
      current = next;
      return { outcome, reoffer };
    },
    offer(resources, { version, nonce, at }) {
      if (!current.requested) return undefined;
      const selection = select(resources, current);
      const { next, send } = offer(current, { version, fingerprint: fingerprintOf(selection), nonce, at });
      current = next;
      return send ? { typeUrl: TYPE_URLS[type], versionInfo: version, nonce, resources: existing(selection), controlPlane: CONTROL_PLANE } : undefined;
    },
    describe: () => describe(current),
  };
};

const packed = new WeakMap<readonly VersionedResource[], readonly DeltaResource[]>();

/** The one list for a difference that many proxies share: its bytes are put together once. */
function deltaResources(changed: readonly VersionedResource[]): readonly DeltaResource[] {
  const known = packed.get(changed) ?? changed.map((resource) => ({ name: resource.name, version: resource.version, resource }));
  packed.set(changed, known);
  return known;
}

/** Incremental: a response holds what differs from what the proxy has. */
export const deltaChannel: ChannelFactory<DeltaDiscoveryRequest, DeltaDiscoveryResponse> = (type, nameSets) => {
  let current = NO_DELTA_SUBSCRIPTION;
  return {
    get requested() {
      return current.requested;
    },
    get answer() {
      return current.sent?.answer;
    },
    get ackedAt() {
      return current.ackedAt;
    },
    get version() {
      return current.version;
    },
    wants: (name) => current.wildcard || current.names.has(name),
    receive(request, at) {
      const { resourceNamesSubscribe: subscribe, resourceNamesUnsubscribe: unsubscribe, initialResourceVersions: initialVersions, responseNonce, errorDetail } = request;
      const wasPending = current.sent?.answer === 'pending';
      const { next, outcome, reoffer } = receiveDelta(current, { subscribe, unsubscribe, initialVersions, responseNonce, ...(errorDetail === undefined ? {} : { errorDetail }) }, WITH_WILDCARD.includes(type), at, (names) => nameSets.of(names));
      current = next;
      // What came up while the response was on its way is sent now.
      return { outcome, reoffer: reoffer || (wasPending && next.sent?.answer !== 'pending') };
    },
    offer(resources, next) {
      if (!current.requested) return undefined;
      const { next: after, send } = offerDelta(current, select(resources, current), next);
      current = after;
      if (send === undefined) return undefined;
      return { typeUrl: TYPE_URLS[type], systemVersionInfo: next.version, nonce: next.nonce, resources: deltaResources(send.changed), removedResources: send.removed, controlPlane: CONTROL_PLANE };
    },
    describe: () => describe(current),
  };
};
