import { perResourceType } from '#mesh-core/domain/envoy/per-resource-type.ts';
import { PUSH_ORDER, TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { DiscoveryRequest, DiscoveryResponse } from '#mesh-core/wire/xds/discovery.ts';
import { decodeResource } from '#mesh-core/wire/xds/resource-codec.ts';
import { isNamed, NACK_CODE, NAMED_TYPES, typeOfResponse, UNHEALTHY_CODE } from './xds-protocol.ts';
import type { ConfigSink, TypeState, XdsProtocol } from './xds-protocol.ts';

interface Subscription {
  version: string;
  nonce: string;
  names: readonly string[];
  lastError: string | undefined;
  /** Decoded resources by their bytes: what is pushed again unchanged keeps its identity. */
  decoded: Map<string, unknown>;
}

/** State of the world: each response holds all that is subscribed. Source: Envoy "xDS REST and gRPC protocol". */
export class SotwProtocol implements XdsProtocol<DiscoveryRequest, DiscoveryResponse> {
  readonly #sink: ConfigSink;
  readonly #log: Logger;
  readonly #types = perResourceType((): Subscription => ({ version: '', nonce: '', names: [], lastError: undefined, decoded: new Map() }));

  constructor(sink: ConfigSink, log: Logger) {
    this.#sink = sink;
    this.#log = log;
  }

  begin(): DiscoveryRequest[] {
    return PUSH_ORDER.flatMap((type) => {
      const subscription = this.#types[type];
      subscription.nonce = '';
      return isNamed(type) && subscription.names.length === 0 ? [] : [this.#request(type)];
    });
  }

  take(response: DiscoveryResponse): DiscoveryRequest[] {
    const type = typeOfResponse(response.typeUrl);
    if (type === undefined) return [];
    const subscription = this.#types[type];
    subscription.nonce = response.nonce;
    const problem = this.#apply(type, subscription, response);
    subscription.lastError = problem;
    if (problem === undefined) subscription.version = response.versionInfo;
    else this.#log.warn({ type, version: response.versionInfo, problem }, 'configuration refused; the last good one stays');
    return [this.#request(type, problem), ...NAMED_TYPES.flatMap((named) => this.#subscribeNames(named))];
  }

  health(healthy: boolean, message: string): DiscoveryRequest {
    return { typeUrl: TYPE_URLS.healthInformation, versionInfo: '', responseNonce: '', resourceNames: [], ...(healthy ? {} : { errorDetail: { code: UNHEALTHY_CODE, message } }) };
  }

  state(): Readonly<Record<ResourceType, TypeState>> {
    return perResourceType((type) => ({ version: this.#types[type].version, lastNonce: this.#types[type].nonce, lastError: this.#types[type].lastError }));
  }

  #apply(type: ResourceType, subscription: Subscription, { resources, versionInfo }: DiscoveryResponse): string | undefined {
    const decoded = new Map<string, unknown>();
    try {
      for (const resource of resources) {
        if (resource.typeUrl !== TYPE_URLS[type]) return `a response of ${TYPE_URLS[type]} holds a ${resource.typeUrl}`;
        const key = Buffer.from(resource.value).toString('latin1');
        decoded.set(key, subscription.decoded.get(key) ?? decodeResource(resource));
      }
    } catch (error) {
      return `cannot decode: ${String(error)}`;
    }
    // EDS, RDS and SDS may answer with a part of what is subscribed; keep what the other answers brought.
    subscription.decoded = !isNamed(type) || subscription.decoded.size > 10_000 ? decoded : new Map([...subscription.decoded, ...decoded]);
    try {
      return this.#sink.replace(type, [...decoded.values()].map((resource) => ({ version: versionInfo, resource })))?.problem;
    } catch (error) {
      return `cannot apply: ${String(error)}`;
    }
  }

  #subscribeNames(type: (typeof NAMED_TYPES)[number]): DiscoveryRequest[] {
    const subscription = this.#types[type];
    const wanted = this.#sink.wanted(type);
    if (wanted.length === subscription.names.length && wanted.every((name, i) => name === subscription.names[i])) return [];
    subscription.names = wanted;
    return [this.#request(type)];
  }

  #request(type: ResourceType, problem?: string): DiscoveryRequest {
    const { version, nonce, names } = this.#types[type];
    return {
      typeUrl: TYPE_URLS[type],
      versionInfo: version,
      responseNonce: nonce,
      resourceNames: isNamed(type) ? names : [],
      ...(problem === undefined ? {} : { errorDetail: { code: NACK_CODE, message: problem } }),
    };
  }
}
