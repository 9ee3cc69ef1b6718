import { createHash } from 'node:crypto';
import { PUSH_ORDER, TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { ProxyConfiguration, ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import { encodeResource } from '#mesh-core/wire/xds/resource-codec.ts';
import type { PackedResource } from '#mesh-core/wire/xds/resource-codec.ts';

/** What one proxy is to have, ready to send: per type, resources by name. */
export interface EncodedConfiguration {
  /** resourceVersion of the object store it was made from. */
  readonly version: string;
  /** When the change that led to it was stored (Unix ms): where convergence is measured from. */
  readonly changedAt: number;
  readonly resources: Readonly<Record<ResourceType, ReadonlyMap<string, PackedResource>>>;
}

/** Encodes a proxy's configuration. Throws when a resource does not fit its protobuf type: a defect of the translation. */
export function encodeConfiguration(configuration: ProxyConfiguration, version: string, changedAt: number): EncodedConfiguration {
  const of = (type: ResourceType, entries: readonly (readonly [string, unknown])[]): ReadonlyMap<string, PackedResource> =>
    new Map(entries.map(([name, json]) => [name, { typeUrl: TYPE_URLS[type], value: encodeResource(TYPE_URLS[type], json) }]));
  return {
    version,
    changedAt,
    resources: {
      cluster: of('cluster', configuration.cluster.map((c) => [c.name, c])),
      endpoint: of('endpoint', configuration.endpoint.map((e) => [e.clusterName, e])),
      listener: of('listener', configuration.listener.map((l) => [l.name, l])),
      route: of('route', configuration.route.map((r) => [r.name, r])),
    },
  };
}

/** The resources of a type that a subscription selects, in name order. */
export function selectResources(resources: ReadonlyMap<string, PackedResource>, wanted: { readonly wildcard: boolean; readonly names: readonly string[] }): readonly PackedResource[] {
  if (wanted.wildcard) return [...resources.values()];
  return wanted.names.flatMap((name) => resources.get(name) ?? []);
}

/**
 * Digest of a selection: the names that were asked for and the bytes that answer them. The names count too: a proxy that
 * asks for one more waits for an answer even when it does not exist.
 */
export function fingerprintOf(selection: readonly PackedResource[], wanted: { readonly wildcard: boolean; readonly names: readonly string[] }): string {
  const hash = createHash('sha256').update(wanted.wildcard ? '*' : wanted.names.join('\n'));
  for (const { value } of selection) hash.update(`|${value.length}|`).update(value);
  return hash.digest('base64url');
}

/** The type of a resource URL; undefined for a type that is not served. */
export function resourceTypeOf(typeUrl: string): ResourceType | undefined {
  return PUSH_ORDER.find((type) => TYPE_URLS[type] === typeUrl);
}
