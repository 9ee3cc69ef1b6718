import { createHash } from 'node:crypto';
import { PUSH_ORDER, TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { ProxyConfiguration, ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import type { ProxylessConfiguration } from '#mesh-core/domain/translate/proxyless-grpc.ts';
import { encodeResource } from '#mesh-core/wire/xds/resource-codec.ts';
import { Interned } from './interned.ts';
import { NO_RESOURCES } from './resource-index.ts';
import type { ResourceIndex, VersionedResource } from './resource-index.ts';

/** What one proxy is to have, ready to send: per type, resources by name. */
export interface EncodedConfiguration {
  /** resourceVersion of the object store it was made from. */
  readonly version: string;
  /** When the change that led to it was stored (Unix ms): where convergence is measured from. */
  readonly changedAt: number;
  readonly resources: Readonly<Record<ResourceType, ResourceIndex>>;
}

/**
 * Encodes configurations, each distinct resource once: a resource that translation hands out again (the same object) or that
 * has the bytes of one that some proxy holds is that one. So a push costs the encoding of what is new, not of what is held.
 */
export class ResourceEncoder {
  readonly #byJson = new WeakMap<object, VersionedResource>();
  readonly #byList = new WeakMap<readonly object[], ResourceIndex>();
  readonly #byVersion = new Interned<VersionedResource>();
  /** The last indexes of a type: those with the same resources are one, so that what is worked out for one proxy serves all that have them. */
  readonly #recent = new Map<ResourceType, readonly { readonly resources: readonly VersionedResource[]; readonly index: ResourceIndex }[]>();

  /**
   * Encodes a proxy's configuration; `secrets` are looked up as they are asked for. Throws when a resource does not fit its
   * protobuf type: a defect of the translation.
   */
  encode(configuration: ProxyConfiguration | ProxylessConfiguration, secrets: ResourceIndex, version: string, changedAt: number): EncodedConfiguration {
    return {
      version,
      changedAt,
      resources: {
        cluster: this.#index('cluster', configuration.cluster, (c) => c.name),
        endpoint: this.#index('endpoint', configuration.endpoint, (e) => e.clusterName),
        listener: this.#index<{ readonly name: string }>('listener', configuration.listener, (l) => l.name),
        route: this.#index('route', configuration.route, (r) => r.name),
        secret: secrets,
      },
    };
  }

  /** One resource. Throws as `encode` does. */
  one(type: ResourceType, name: string, json: object): VersionedResource {
    const known = this.#byJson.get(json);
    if (known !== undefined) return known;
    const value = encodeResource(TYPE_URLS[type], json);
    const version = createHash('sha256').update(value).digest('base64url').slice(0, 22);
    const resource = this.#byVersion.of(`${type}|${name}|${version}`, () => ({ typeUrl: TYPE_URLS[type], value, name, version }));
    this.#byJson.set(json, resource);
    return resource;
  }

  #index<T extends object>(type: ResourceType, list: readonly T[], nameOf: (one: T) => string): ResourceIndex {
    const known = this.#byList.get(list);
    if (known !== undefined) return known;
    const resources = list.map((json) => this.one(type, nameOf(json), json));
    const index = this.#sameIndex(type, resources) ?? new Map(resources.map((resource) => [resource.name, resource]));
    const recent = [{ resources, index }, ...(this.#recent.get(type) ?? []).filter((other) => other.index !== index)];
    this.#recent.set(type, recent.slice(0, REMEMBERED_INDEXES));
    this.#byList.set(list, index);
    return index;
  }

  #sameIndex(type: ResourceType, resources: readonly VersionedResource[]): ResourceIndex | undefined {
    return this.#recent.get(type)?.find((known) => known.resources.length === resources.length && known.resources.every((resource, i) => resource === resources[i]))?.index;
  }
}

/** Enough for the kinds of proxies of a namespace; each comparison ends at the first difference. */
const REMEMBERED_INDEXES = 32;

/** One proxy's configuration, encoded by itself. */
export function encodeConfiguration(configuration: ProxyConfiguration, version: string, changedAt: number): EncodedConfiguration {
  return new ResourceEncoder().encode(configuration, NO_RESOURCES, version, changedAt);
}

/** The type of a resource URL; undefined for a type that is not served. */
export function resourceTypeOf(typeUrl: string): ResourceType | undefined {
  return PUSH_ORDER.find((type) => TYPE_URLS[type] === typeUrl);
}
