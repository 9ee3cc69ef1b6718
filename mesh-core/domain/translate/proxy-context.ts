import { expandGatewayApi } from '../gateway-api/expand-gateway-api.ts';
import { destinationRuleLookup } from './destination-rule.ts';
import type { DestinationRuleLookup } from './destination-rule.ts';
import type { MeshSnapshot, ProxyNode } from './mesh-snapshot.ts';
import { clientVisibleMode } from './mutual-tls-mode.ts';
import type { EffectiveMutualTls } from './mutual-tls-mode.ts';
import { indexServices } from './service-registry.ts';
import type { MeshService, ServiceRegistry } from './service-registry.ts';

/** What translation for one proxy looks things up in. */
export interface ProxyContext {
  readonly snapshot: MeshSnapshot;
  readonly node: ProxyNode;
  readonly registry: ServiceRegistry;
  /** One per hostname, sorted by it. */
  readonly services: readonly MeshService[];
  readonly findService: (hostname: string) => MeshService | undefined;
  readonly destinationRuleOf: DestinationRuleLookup;
  readonly clientVisibleModeOf: (namespace: string) => EffectiveMutualTls;
}

const registries = new WeakMap<MeshSnapshot, ServiceRegistry>();

/** Prepares the lookups for a proxy, with what Gateway API objects mean in it. The service index is built once per snapshot, whatever the number of proxies. */
export function proxyContext(given: MeshSnapshot, node: ProxyNode): ProxyContext {
  const snapshot = expandGatewayApi(given);
  let registry = registries.get(snapshot);
  if (registry === undefined) {
    registry = indexServices(snapshot);
    registries.set(snapshot, registry);
  }
  const services = registry.visibleTo(node.namespace);
  const byHost = new Map(services.map((service) => [service.hostname, service]));
  const modes = new Map<string, EffectiveMutualTls>();
  return {
    snapshot,
    node,
    registry,
    services,
    findService: (hostname) => byHost.get(hostname.toLowerCase()),
    destinationRuleOf: destinationRuleLookup(snapshot.destinationRules, node, snapshot.mesh.rootNamespace),
    clientVisibleModeOf: (namespace) => {
      const mode = modes.get(namespace) ?? clientVisibleMode(snapshot.peerAuthentications, { namespace, rootNamespace: snapshot.mesh.rootNamespace });
      modes.set(namespace, mode);
      return mode;
    },
  };
}
