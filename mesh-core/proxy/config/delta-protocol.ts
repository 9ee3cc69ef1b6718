import { perResourceType } from '#mesh-core/domain/envoy/per-resource-type.ts';
import { PUSH_ORDER, TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { DeltaDiscoveryRequest, DeltaDiscoveryResponse } from '#mesh-core/wire/xds/delta-discovery.ts';
import { decodeResource } from '#mesh-core/wire/xds/resource-codec.ts';
import { isNamed, NACK_CODE, NAMED_TYPES, typeOfResponse, UNHEALTHY_CODE } from './xds-protocol.ts';
import type { ConfigSink, NamedType, ReceivedResource, TypeState, XdsProtocol } from './xds-protocol.ts';

interface Subscription {
  version: string;
  nonce: string;
  names: ReadonlySet<string>;
  lastError: string | undefined;
  /** Versions of the resources that were taken: what the first request of the next stream says is held. */
  readonly held: Map<string, string>;
}

/**
 * Incremental: each response holds what changed. Names are subscribed and unsubscribed as clusters and listeners come and go,
 * and a new stream begins with the versions held, so that only what differs is sent. Source: Envoy "xDS REST and gRPC
 * protocol", incremental xDS.
 */
export class DeltaProtocol implements XdsProtocol<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
  readonly #sink: ConfigSink;
  readonly #log: Logger;
  readonly #types = perResourceType((): Subscription => ({ version: '', nonce: '', names: new Set(), lastError: undefined, held: new Map() }));

  constructor(sink: ConfigSink, log: Logger) {
    this.#sink = sink;
    this.#log = log;
  }

  begin(): DeltaDiscoveryRequest[] {
    return PUSH_ORDER.flatMap((type) => {
      const subscription = this.#types[type];
      subscription.nonce = '';
      if (isNamed(type) && subscription.names.size === 0) return [];
      return [request(type, { resourceNamesSubscribe: isNamed(type) ? [...subscription.names] : ['*'], initialResourceVersions: Object.fromEntries(subscription.held) })];
    });
  }

  take(response: DeltaDiscoveryResponse): DeltaDiscoveryRequest[] {
    const type = typeOfResponse(response.typeUrl);
    if (type === undefined) return [];
    const subscription = this.#types[type];
    subscription.nonce = response.nonce;
    const problem = this.#apply(type, subscription, response);
    subscription.lastError = problem;
    if (problem === undefined) subscription.version = response.systemVersionInfo;
    else this.#log.warn({ type, version: response.systemVersionInfo, problem }, 'configuration refused; the last good one stays');
    const answer = request(type, { responseNonce: response.nonce, ...(problem === undefined ? {} : { errorDetail: { code: NACK_CODE, message: problem } }) });
    return [answer, ...NAMED_TYPES.flatMap((named) => this.#subscribeNames(named))];
  }

  health(healthy: boolean, message: string): DeltaDiscoveryRequest {
    return { ...request('cluster', healthy ? {} : { errorDetail: { code: UNHEALTHY_CODE, message } }), typeUrl: TYPE_URLS.healthInformation };
  }

  state(): Readonly<Record<ResourceType, TypeState>> {
    return perResourceType((type) => ({ version: this.#types[type].version, lastNonce: this.#types[type].nonce, lastError: this.#types[type].lastError }));
  }

  #apply(type: ResourceType, { held }: Subscription, response: DeltaDiscoveryResponse): string | undefined {
    const problems: string[] = [];
    const received = new Map<string, ReceivedResource>();
    for (const { name, version, resource } of response.resources) {
      if (resource.typeUrl !== TYPE_URLS[type]) {
        problems.push(`${name}: a response of ${TYPE_URLS[type]} holds a ${resource.typeUrl}`);
        continue;
      }
      try {
        received.set(name, { version, resource: decodeResource(resource) });
      } catch (error) {
        problems.push(`${name}: cannot decode: ${String(error)}`);
      }
    }
    try {
      const refusal = this.#sink.update(type, [...received.values()], response.removedResources);
      for (const name of refusal?.refused ?? []) received.delete(name);
      if (refusal !== undefined) problems.push(refusal.problem);
    } catch (error) {
      received.clear();
      problems.push(`cannot apply: ${String(error)}`);
    }
    for (const [name, { version }] of received) held.set(name, version);
    for (const name of response.removedResources) held.delete(name);
    return problems.length === 0 ? undefined : problems.join('; ');
  }

  #subscribeNames(type: NamedType): DeltaDiscoveryRequest[] {
    const subscription = this.#types[type];
    const wanted = new Set(this.#sink.wanted(type));
    const more = [...wanted].filter((name) => !subscription.names.has(name));
    const less = [...subscription.names].filter((name) => !wanted.has(name));
    if (more.length === 0 && less.length === 0) return [];
    subscription.names = wanted;
    for (const name of less) subscription.held.delete(name);
    return [request(type, { resourceNamesSubscribe: more, resourceNamesUnsubscribe: less })];
  }
}

function request(type: ResourceType, fields: Partial<DeltaDiscoveryRequest>): DeltaDiscoveryRequest {
  return { typeUrl: TYPE_URLS[type], resourceNamesSubscribe: [], resourceNamesUnsubscribe: [], initialResourceVersions: {}, responseNonce: '', ...fields };
}
