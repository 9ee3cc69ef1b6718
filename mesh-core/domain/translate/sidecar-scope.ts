import { isWildcardHost, mostSpecificHost } from '../resources/host-name.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import { matchesLabels } from '../resources/label-selector.ts';
import type { OutboundTrafficPolicy, Sidecar, SidecarEgress } from '../resources/sidecar.ts';
import { compareByCreation, isVisibleIn } from './config-order.ts';
import type { MeshSnapshot, ProxyNode } from './mesh-snapshot.ts';
import { declaredProtocol } from './port-protocol.ts';
import { addScopedServices, onPorts } from './scoped-services.ts';
import { registryOf } from './service-registry.ts';
import type { MeshService, ServiceRegistry } from './service-registry.ts';
import { importedHosts } from './sidecar-hosts.ts';
import { destinationsOf } from './virtual-service-destinations.ts';
import { resolveVirtualServices, virtualServicesFor } from './virtual-services.ts';
import type { ResolvedVirtualService } from './virtual-services.ts';
import { rememberReads } from './watch-reads.ts';

/** What one egress listener of a Sidecar lets its proxies call. */
export interface EgressScope {
  /** Absent: no Sidecar, everything is imported. */
  readonly listener?: SidecarEgress;
  /** In the order in which listeners are built; a hostname may appear once per address. */
  readonly services: readonly MeshService[];
  /** In the order in which they win. */
  readonly virtualServices: readonly ResolvedVirtualService[];
  /** The one VirtualService that speaks for a service: exact host before wildcard, longer before shorter, then by order. */
  readonly ownerOf: (hostname: string) => ResolvedVirtualService | undefined;
}
/** What a proxy sees of the mesh. */
export interface SidecarScope {
  readonly sidecar?: Sidecar;
  /** The last may be without a port: it stands for all ports that the others do not name. */
  readonly egress: readonly EgressScope[];
  /** One per hostname: all that some egress listener imports, and what their VirtualServices lead to. */
  readonly services: readonly MeshService[];
  readonly findService: (hostname: string) => MeshService | undefined;
  /** What becomes of hosts that nothing imports. */
  readonly outboundTrafficPolicy: OutboundTrafficPolicy & { readonly mode: 'ALLOW_ANY' | 'REGISTRY_ONLY' };
}

const EVERYTHING: readonly string[] = ['*/*'];

/** By namespace: with a selector before those without, each oldest first. */
type SidecarIndex = ReadonlyMap<string, readonly Sidecar[]>;
const indexes = rememberReads<MeshSnapshot, SidecarIndex>();
const scopes = rememberReads<MeshSnapshot, SidecarScope>();

/**
 * The scope of a proxy: that of the oldest Sidecar of its namespace that selects it, else of one without a selector, else
 * of the root namespace's, else everything that is exported to the namespace. Gateways always see everything. Proxies with
 * the same Sidecar share one scope. Source: istiod's getSidecarScope and initSidecarScopeInternalIndexes.
 */
export function sidecarScopeOf(snapshot: MeshSnapshot, node: Pick<ProxyNode, 'type' | 'namespace' | 'labels'>): SidecarScope {
  const sidecar = sidecarFor(snapshot, node);
  const key = `${node.type} ${node.namespace} ${sidecar === undefined ? '' : `${namespaceOf(sidecar)}/${sidecar.metadata.name}`}`;
  return scopes(snapshot, key, () => {
    const registry = registryOf(snapshot);
    return node.type === 'router' ? gatewayScope(snapshot, registry, node.namespace) : buildScope(snapshot, registry, sidecar, node.namespace);
  });
}

/**
 * The egress listener that routes for a port: the one of that number, else the one without a port.
 * Source: istiod's GetEgressListenerForRDS.
 */
export function egressAt({ egress }: SidecarScope, port: number): EgressScope | undefined {
  return egress.find(({ listener }) => listener?.port === undefined || listener.port.number === port);
}

function sidecarsOf(snapshot: MeshSnapshot): SidecarIndex {
  return indexes(snapshot, '', () => {
    const hasSelector = ({ spec }: Sidecar): number => (spec?.workloadSelector === undefined ? 1 : 0);
    return Map.groupBy(snapshot.sidecars.toSorted((a, b) => hasSelector(a) - hasSelector(b) || compareByCreation(a, b)), namespaceOf);
  });
}

/** The Sidecar that is a proxy's, as for its scope; undefined for gateways and where there is none. */
export function sidecarFor(snapshot: MeshSnapshot, { type, namespace, labels }: Pick<ProxyNode, 'type' | 'namespace' | 'labels'>): Sidecar | undefined {
  if (type === 'router') return undefined;
  const sidecars = sidecarsOf(snapshot);
  const own = sidecars.get(namespace)?.find(({ spec }) => matchesLabels(spec?.workloadSelector?.labels, labels));
  return own ?? sidecars.get(snapshot.mesh.rootNamespace)?.find(({ spec }) => spec?.workloadSelector === undefined);
}

function gatewayScope(snapshot: MeshSnapshot, registry: ServiceRegistry, namespace: string): SidecarScope {
  const services = addScopedServices([registry.visibleTo(namespace)]);
  return { egress: [], services, findService: finderOf(services), outboundTrafficPolicy: { mode: snapshot.mesh.outboundTrafficPolicy } };
}

function buildScope(snapshot: MeshSnapshot, registry: ServiceRegistry, sidecar: Sidecar | undefined, namespace: string): SidecarScope {
  const listeners = sidecar?.spec?.egress ?? [];
  const meshServices = virtualServicesFor(resolveVirtualServices(snapshot.virtualServices), 'mesh', namespace);
  const egress = listeners.length === 0 ? [egressScope(registry, undefined, meshServices, namespace)] : listeners.map((listener) => egressScope(registry, listener, meshServices, namespace));
  const services = addScopedServices(egress.flatMap((scope) => [scope.services, inferredServices(registry, scope, namespace)]));
  const policy = sidecar?.spec?.outboundTrafficPolicy;
  return {
    ...(sidecar === undefined ? undefined : { sidecar }),
    egress,
    services,
    findService: finderOf(services),
    // A policy that is there but says nothing has the enum's first value.
    outboundTrafficPolicy: policy === undefined ? { mode: snapshot.mesh.outboundTrafficPolicy } : { ...policy, mode: policy.mode ?? 'REGISTRY_ONLY' },
  };
}

function egressScope(registry: ServiceRegistry, listener: SidecarEgress | undefined, meshServices: readonly ResolvedVirtualService[], namespace: string): EgressScope {
  const hosts = listener?.hosts ?? EVERYTHING;
  const isAll = hosts.length === 1 && hosts[0] === '*/*';
  const imported = importedHosts(hosts, namespace);
  const virtualServices = isAll ? meshServices : meshServices.filter((service) => imported.takesVirtualService(service.namespace, service.hosts, service.semantics === 'gateway'));
  const visible = registry.visibleTo(namespace);
  const taken = isAll ? visible : visible.filter((service) => imported.takesService(service.namespace, service.hostname)).map((service) => withImportedAliases(service, imported.takesService));
  const port = boundPort(listener);
  const services = oneNamespacePerHost(port === undefined ? taken : taken.map((service) => onPorts(service, [port])).filter((service) => service !== undefined), namespace);
  return { ...(listener === undefined ? undefined : { listener }), services, virtualServices, ownerOf: ownerLookup(virtualServices) };
}

/** The port that imported services must have; an HTTP proxy port takes services of any port. */
function boundPort(listener: SidecarEgress | undefined): number | undefined {
  const number = listener?.port?.number ?? 0;
  return number === 0 || declaredProtocol(listener?.port?.protocol) === 'http-proxy' ? undefined : number;
}

function withImportedAliases(service: MeshService, takes: (namespace: string, hostname: string) => boolean): MeshService {
  if (service.aliases.length === 0) return service;
  const aliases = service.aliases.filter((alias) => takes(service.namespace, alias));
  return aliases.length === service.aliases.length ? service : { ...service, aliases };
}

/** Of the namespaces that claim a hostname one is taken: the proxy's own, else one with a Kubernetes Service, else the first. */
function oneNamespacePerHost(services: readonly MeshService[], namespace: string): readonly MeshService[] {
  const winners = new Map<string, MeshService>();
  for (const service of services) {
    const current = winners.get(service.hostname);
    const isBetter = current === undefined || service.namespace === namespace || (current.source !== 'service' && service.source === 'service' && current.namespace !== namespace);
    if (isBetter) winners.set(service.hostname, service);
  }
  return services.filter((service) => winners.get(service.hostname)?.namespace === service.namespace);
}

/** Services that imported VirtualServices lead to are seen too, though nothing imports them. */
function inferredServices(registry: ServiceRegistry, { listener, virtualServices }: EgressScope, namespace: string): MeshService[] {
  const port = boundPort(listener);
  return virtualServices.flatMap((virtualService) =>
    [...destinationsOf(virtualService.resource, namespace)].flatMap(([hostname, ports]) => {
      const service = claimFor(registry, hostname, namespace);
      if (service === undefined) return [];
      const trimmed = port === undefined ? (ports.has(0) ? service : onPorts(service, [...ports])) : onPorts(service, [port]);
      return trimmed === undefined ? [] : [trimmed];
    }),
  );
}

function claimFor(registry: ServiceRegistry, hostname: string, namespace: string): MeshService | undefined {
  const claims = registry.claims(hostname);
  const visible = claims.filter(({ visibility }) => isVisibleIn(visibility, namespace));
  return claims.find((claim) => claim.namespace === namespace) ?? visible.find(({ source }) => source === 'service') ?? visible[0];
}

function ownerLookup(virtualServices: readonly ResolvedVirtualService[]): EgressScope['ownerOf'] {
  const byHost = new Map<string, ResolvedVirtualService>();
  for (const virtualService of virtualServices) {
    for (const host of virtualService.hosts) if (!byHost.has(host)) byHost.set(host, virtualService);
  }
  const wildcards = [...byHost.keys()].filter(isWildcardHost);
  return (hostname) => byHost.get(hostname) ?? byHost.get(mostSpecificHost(wildcards, hostname) ?? '');
}

function finderOf(services: readonly MeshService[]): SidecarScope['findService'] {
  const byHost = new Map(services.map((service) => [service.hostname, service]));
  return (hostname) => byHost.get(hostname.toLowerCase());
}
