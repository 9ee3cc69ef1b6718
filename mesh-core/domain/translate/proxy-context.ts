import { expandGatewayApi } from '../gateway-api/expand-gateway-api.ts';
import { compareText } from './config-order.ts';
import { destinationRuleLookup } from './destination-rule.ts';
import type { DestinationRuleLookup } from './destination-rule.ts';
import type { MeshSnapshot, ProxyNode } from './mesh-snapshot.ts';
import { clientVisibleMode } from './mutual-tls-mode.ts';
import type { EffectiveMutualTls } from './mutual-tls-mode.ts';
import { registryOf } from './service-registry.ts';
import type { MeshService, ServiceRegistry } from './service-registry.ts';
import { sidecarFor, sidecarScopeOf } from './sidecar-scope.ts';
import type { SidecarScope } from './sidecar-scope.ts';
import { lazily, watchedSnapshot } from './watch-reads.ts';

/** What translation for one proxy looks things up in. */
export interface ProxyContext {
  readonly snapshot: MeshSnapshot;
  readonly node: ProxyNode;
  /** All services of the mesh, whoever may see them. */
  readonly registry: ServiceRegistry;
  readonly scope: SidecarScope;
  /** The Sidecar of the scope: what a proxy serves depends on it, and not on what else it sees. */
  readonly sidecar: SidecarScope['sidecar'];
  /** Connections are captured (interception mode REDIRECT): original destinations are known, names and ports are istiod's. */
  readonly isIntercepted: boolean;
  /** Those in scope, one per hostname, sorted by it. */
  readonly services: readonly MeshService[];
  readonly findService: (hostname: string) => MeshService | undefined;
  readonly destinationRuleOf: DestinationRuleLookup;
  readonly clientVisibleModeOf: (namespace: string) => EffectiveMutualTls;
}

const sortedServices = new WeakMap<SidecarScope, readonly MeshService[]>();

/** Prepares the lookups for a proxy, with what Gateway API objects mean in it. What does not depend on the proxy is built once per snapshot. */
export function proxyContext(given: MeshSnapshot, node: ProxyNode): ProxyContext {
  return contextOfExpanded(expandGatewayApi(given), node);
}

/**
 * The same for a snapshot that holds what its Gateway API objects mean: the one of another context. Lookups are made when they
 * are first used, so that only who uses them depends on what they are made of.
 */
export function contextOfExpanded(expanded: MeshSnapshot, node: ProxyNode): ProxyContext {
  const snapshot = watchedSnapshot(expanded);
  const scope = lazily(() => sidecarScopeOf(snapshot, node));
  const destinationRuleOf = lazily(() => destinationRuleLookup(snapshot.destinationRules, node, snapshot.mesh.rootNamespace));
  const modes = new Map<string, EffectiveMutualTls>();
  return {
    snapshot,
    node,
    get registry() {
      return registryOf(snapshot);
    },
    get scope() {
      return scope();
    },
    get sidecar() {
      return sidecarFor(snapshot, node);
    },
    isIntercepted: node.interception === 'REDIRECT',
    get services() {
      return servicesOf(scope());
    },
    get findService() {
      return scope().findService;
    },
    get destinationRuleOf() {
      return destinationRuleOf();
    },
    clientVisibleModeOf: (namespace) => {
      const { peerAuthentications, mesh } = snapshot;
      const mode = modes.get(namespace) ?? clientVisibleMode(peerAuthentications, { namespace, rootNamespace: mesh.rootNamespace });
      modes.set(namespace, mode);
      return mode;
    },
  };
}

function servicesOf(scope: SidecarScope): readonly MeshService[] {
  let services = sortedServices.get(scope);
  if (services === undefined) {
    services = scope.services.toSorted((a, b) => compareText(a.hostname, b.hostname));
    sortedServices.set(scope, services);
  }
  return services;
}
