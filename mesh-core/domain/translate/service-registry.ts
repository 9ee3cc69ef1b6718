import { isWildcardHost, resolveShortName, serviceFqdn } from '../resources/host-name.ts';
import type { Service } from '../resources/core.ts';
import type { ServiceEntry } from '../resources/networking.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import { compareByCreation, isVisibleIn, visibilityOf } from './config-order.ts';
import type { Visibility } from './config-order.ts';
import type { MeshSnapshot } from './mesh-snapshot.ts';
import { protocolOf } from './port-protocol.ts';
import type { PortProtocol } from './port-protocol.ts';
import { endpointsOfEntry, endpointsOfService } from './workload-endpoints.ts';
import type { MeshEndpoint } from './workload-endpoints.ts';

export interface MeshPort {
  readonly number: number;
  readonly name: string;
  readonly protocol: PortProtocol;
  readonly targetPort?: number | string;
}
/** A service as clients see it, from a Kubernetes Service or a ServiceEntry. */
export interface MeshService {
  /** Full name, lower-case. */
  readonly hostname: string;
  readonly name: string;
  readonly namespace: string;
  readonly source: 'service' | 'service-entry';
  /** MESH_EXTERNAL: no automatic mTLS. */
  readonly external: boolean;
  readonly resolution: 'static' | 'dns' | 'dns-round-robin' | 'passthrough';
  readonly ports: readonly MeshPort[];
  /** Virtual addresses that clients may use as host. */
  readonly addresses: readonly string[];
  /** Labels a workload must have to be behind the service; absent = none are selected. */
  readonly selector?: Readonly<Record<string, string>>;
  readonly subjectAltNames: readonly string[];
  readonly visibility: Visibility;
  /** Healthy endpoints of one of the ports. */
  readonly endpointsOf: (port: MeshPort) => readonly MeshEndpoint[];
}
export interface ServiceRegistry {
  /** Sorted by hostname. */
  readonly services: readonly MeshService[];
  readonly find: (hostname: string, clientNamespace: string) => MeshService | undefined;
  /** One service per hostname: the one a proxy of the namespace uses. Sorted by hostname. */
  readonly visibleTo: (clientNamespace: string) => readonly MeshService[];
}

/**
 * The services of a snapshot with their endpoints. When several objects claim one host, a client gets the Kubernetes
 * Service first, then the one of its own namespace, then the oldest. Source: istiod's service registries and SidecarScope.
 */
export function indexServices(snapshot: MeshSnapshot): ServiceRegistry {
  const services = [
    ...snapshot.services.toSorted(compareByCreation).map((service) => fromService(service, snapshot)),
    ...snapshot.serviceEntries.toSorted(compareByCreation).flatMap((entry) => fromServiceEntry(entry, snapshot)),
  ];
  const byHost = new Map<string, MeshService[]>();
  for (const service of services) {
    const claims = byHost.get(service.hostname);
    if (claims === undefined) byHost.set(service.hostname, [service]);
    else claims.push(service);
  }
  const hostnames = [...byHost.keys()].sort();
  const find = (hostname: string, clientNamespace: string): MeshService | undefined => preferred(byHost.get(hostname.toLowerCase()) ?? [], clientNamespace);
  return {
    services: hostnames.flatMap((hostname) => byHost.get(hostname) ?? []),
    find,
    visibleTo: (clientNamespace) => hostnames.map((hostname) => find(hostname, clientNamespace)).filter((service) => service !== undefined),
  };
}

function preferred(claims: readonly MeshService[], clientNamespace: string): MeshService | undefined {
  const visible = claims.filter((claim) => isVisibleIn(claim.visibility, clientNamespace));
  return visible.find((claim) => claim.source === 'service') ?? visible.find((claim) => claim.namespace === clientNamespace) ?? visible[0];
}

function fromService(service: Service, snapshot: MeshSnapshot): MeshService {
  const namespace = namespaceOf(service);
  const { clusterIP, selector } = service.spec ?? {};
  const exportTo = service.metadata.annotations?.['networking.istio.io/exportTo']?.split(',').map((item) => item.trim());
  const ports = (service.spec?.ports ?? [])
    .filter((port) => port.protocol !== 'UDP')
    .map((port): MeshPort => ({
      number: port.port,
      name: port.name ?? '',
      protocol: protocolOf(port.appProtocol ?? port.name, port.port),
      ...(port.targetPort === undefined ? undefined : { targetPort: port.targetPort }),
    }));
  return {
    hostname: serviceFqdn(service.metadata.name, namespace),
    name: service.metadata.name,
    namespace,
    source: 'service',
    external: false,
    resolution: 'static',
    ports,
    addresses: clusterIP === undefined || clusterIP === '' || clusterIP === 'None' ? [] : [clusterIP],
    ...(selector === undefined ? undefined : { selector }),
    subjectAltNames: [],
    visibility: visibilityOf(exportTo, namespace),
    endpointsOf: memoise((port) => endpointsOfService(snapshot.workloadEntries, namespace, selector, port)),
  };
}

/** DYNAMIC_DNS looks up the Host of each request; passing it on to that host is the same to a caller. */
const RESOLUTIONS = { STATIC: 'static', DNS: 'dns', DNS_ROUND_ROBIN: 'dns-round-robin', NONE: 'passthrough', DYNAMIC_DNS: 'passthrough' } as const;

function fromServiceEntry(entry: ServiceEntry, snapshot: MeshSnapshot): MeshService[] {
  const namespace = namespaceOf(entry);
  const spec: NonNullable<ServiceEntry['spec']> & { readonly subjectAltNames?: readonly string[] } = entry.spec ?? {};
  const selector = spec.workloadSelector?.labels;
  const ports = (spec.ports ?? []).map((port): MeshPort => ({
    number: port.number,
    name: port.name,
    protocol: protocolOf(port.protocol, port.number),
    ...(port.targetPort === undefined ? undefined : { targetPort: port.targetPort }),
  }));
  const addresses = (spec.addresses ?? []).filter((address) => !address.includes('/'));
  return (spec.hosts ?? []).map((host) => {
    const hostname = resolveShortName(host, namespace).toLowerCase();
    return {
      hostname,
      name: hostname,
      namespace,
      source: 'service-entry',
      external: spec.location !== 'MESH_INTERNAL',
      resolution: RESOLUTIONS[spec.resolution ?? 'NONE'],
      ports,
      addresses,
      ...(selector === undefined ? undefined : { selector }),
      subjectAltNames: spec.subjectAltNames ?? [],
      visibility: visibilityOf(spec.exportTo, namespace),
      endpointsOf: memoise((port) => endpointsOfEntry(entry, isWildcardHost(hostname) ? undefined : hostname, snapshot.workloadEntries, port)),
    };
  });
}

function memoise(read: (port: MeshPort) => readonly MeshEndpoint[]): (port: MeshPort) => readonly MeshEndpoint[] {
  const known = new Map<MeshPort, readonly MeshEndpoint[]>();
  return (port) => {
    let endpoints = known.get(port);
    if (endpoints === undefined) {
      endpoints = read(port);
      known.set(port, endpoints);
    }
    return endpoints;
  };
}
