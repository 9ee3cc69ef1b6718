import { perResourceType } from '#mesh-core/domain/envoy/per-resource-type.ts';
import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import { withoutKey } from '#mesh-core/domain/envoy/secret.ts';
import type { EnvoySecret } from '#mesh-core/domain/envoy/secret.ts';
import { decodeResource } from '#mesh-core/wire/xds/resource-codec.ts';
import type { EncodedConfiguration } from './encode-configuration.ts';

/** What a proxy should have, by the control plane. */
export interface OfferedConfiguration {
  readonly proxyId: string;
  /** resourceVersion it was made from. */
  readonly version: string;
  readonly resources: Readonly<Record<ResourceType, readonly { readonly name: string; readonly version: string; readonly resource: unknown }[]>>;
}

/** Decodes a configuration for people; of secrets those that were asked for, without private keys. */
export function describeOffer(proxyId: string, { version, resources }: EncodedConfiguration): OfferedConfiguration {
  return {
    proxyId,
    version,
    resources: perResourceType((type) =>
      [...resources[type].values()].map((packed) => {
        const resource = decodeResource(packed);
        // Safe because what is offered as a secret was encoded as one.
        return { name: packed.name, version: packed.version, resource: type === 'secret' ? withoutKey(resource as EnvoySecret) : resource };
      }),
    ),
  };
}
