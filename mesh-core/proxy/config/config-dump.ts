import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import { withoutKey } from '#mesh-core/domain/envoy/secret.ts';
import type { EnvoySecret } from '#mesh-core/domain/envoy/secret.ts';
import type { XdsNode } from '#mesh-core/wire/xds/discovery.ts';
import type { ConfigContents } from './config-store.ts';
import type { TypeState } from './xds-protocol.ts';

export interface ConfigDumpSources {
  readonly contents: ConfigContents;
  readonly node: XdsNode;
  /** The last accepted version per type. */
  readonly types: Readonly<Record<ResourceType, TypeState>>;
  /** The own certificate, which does not come over SDS. */
  readonly ownSecrets: readonly { readonly secret: EnvoySecret; readonly version: string; readonly at: number }[];
  /** Endpoints too, as Envoy's `?include_eds` asks. */
  readonly includeEndpoints: boolean;
}
type Json = Readonly<Record<string, unknown>>;

const ADMIN = 'type.googleapis.com/envoy.admin.v3.';

/**
 * The configuration of a proxy as `GET /config_dump` of Envoy gives it: fields of the dump by their proto names, the resources
 * within in proto3 JSON. Private keys are not in it. Source: envoy/admin/v3/config_dump_shared.proto.
 */
export function configDump({ contents, node, types, ownSecrets, includeEndpoints }: ConfigDumpSources): { readonly configs: readonly Json[] } {
  const { clusters, listeners, endpoints, routes, secrets } = contents;
  const dynamic = (type: ResourceType, field: string, resource: object): Json => {
    const receipt = contents.receiptOf(resource);
    return { ...(receipt === undefined ? {} : { version_info: receipt.version, last_updated: new Date(receipt.at).toISOString() }), [field]: { '@type': TYPE_URLS[type], ...resource } };
  };
  const warming = clusters.received.filter((cluster) => !clusters.active.includes(cluster));
  const configs: Json[] = [
    { '@type': `${ADMIN}BootstrapConfigDump`, bootstrap: { node } },
    {
      '@type': `${ADMIN}ClustersConfigDump`,
      version_info: types.cluster.version,
      dynamic_active_clusters: clusters.active.map((cluster) => dynamic('cluster', 'cluster', cluster)),
      ...(warming.length === 0 ? {} : { dynamic_warming_clusters: warming.map((cluster) => dynamic('cluster', 'cluster', cluster)) }),
    },
    ...(includeEndpoints ? [{ '@type': `${ADMIN}EndpointsConfigDump`, dynamic_endpoint_configs: endpoints.map((endpoint) => dynamic('endpoint', 'endpoint_config', endpoint)) }] : []),
    {
      '@type': `${ADMIN}ListenersConfigDump`,
      version_info: types.listener.version,
      dynamic_listeners: dynamicListeners(listeners, (listener) => dynamic('listener', 'listener', listener)),
    },
    { '@type': `${ADMIN}RoutesConfigDump`, dynamic_route_configs: routes.map((route) => dynamic('route', 'route_config', route)) },
    {
      '@type': `${ADMIN}SecretsConfigDump`,
      dynamic_active_secrets: [
        ...ownSecrets.map(({ secret, version, at }) => ({ name: secret.name, version_info: version, last_updated: new Date(at).toISOString(), secret: { '@type': TYPE_URLS.secret, ...withoutKey(secret) } })),
        ...secrets.map((secret) => {
          const receipt = contents.receiptOf(secret);
          return { name: secret.name, ...(receipt === undefined ? {} : { version_info: receipt.version, last_updated: new Date(receipt.at).toISOString() }), secret: { '@type': TYPE_URLS.secret, ...withoutKey(secret) } };
        }),
      ],
    },
  ];
  return { configs };
}

function dynamicListeners({ received, active }: ConfigContents['listeners'], dump: (listener: ConfigContents['listeners']['active'][number]) => Json): Json[] {
  const names = [...new Set([...active, ...received].map(({ name }) => name))];
  return names.map((name) => {
    const inForce = active.find((listener) => listener.name === name);
    const newest = received.find((listener) => listener.name === name);
    return {
      name,
      ...(inForce === undefined ? {} : { [newest === undefined ? 'draining_state' : 'active_state']: dump(inForce) }),
      ...(newest === undefined || newest === inForce ? {} : { warming_state: dump(newest) }),
    };
  });
}
