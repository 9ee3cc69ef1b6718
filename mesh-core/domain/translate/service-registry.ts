import { isWildcardHost, resolveShortName, serviceFqdn } from '../resources/host-name.ts';
import type { Service } from '../resources/core.ts';
import type { ServiceEntry, WorkloadEntry } from '../resources/networking.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import { compareText, visibilityOf } from './config-order.ts';
import type { Visibility } from './config-order.ts';
import type { MeshSnapshot } from './mesh-snapshot.ts';
import { declaredProtocol, kubernetesProtocol } from './port-protocol.ts';
import type { PortProtocol } from './port-protocol.ts';
import { resolveAliases } from './service-aliases.ts';
import { noteRead, rememberReads, withoutNoting } from './watch-reads.ts';
import { endpointsOfEntry, endpointsOfWorkloads, selectedWorkloads } from './workload-endpoints.ts';
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
  /** `passthrough`: a headless Service, or a ServiceEntry without resolution. `alias`: another name of `externalName`. */
  readonly resolution: 'static' | 'dns' | 'dns-round-robin' | 'dynamic-dns' | 'passthrough' | 'alias';
  readonly ports: readonly MeshPort[];
  /** Virtual addresses that clients may use as host. */
  readonly addresses: readonly string[];
  /** Ranges of addresses (`10.0.0.0/8`) that belong to it. */
  readonly ranges: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Labels a workload must have to be behind the service; absent = none are selected. */
  readonly selector?: Readonly<Record<string, string>>;
  readonly subjectAltNames: readonly string[];
  readonly visibility: Visibility;
  readonly externalName?: string;
  /** Full names of the ExternalName Services that stand for it. */
  readonly aliases: readonly string[];
  /** Healthy endpoints of one of the ports. */
  readonly endpointsOf: (port: MeshPort) => readonly MeshEndpoint[];
}
export interface ServiceRegistry {
  /** Oldest first; several may claim one hostname. */
  readonly services: readonly MeshService[];
  /** What a proxy of the namespace may see: private to it, exported to it, public; each oldest first. */
  readonly visibleTo: (clientNamespace: string) => readonly MeshService[];
  /** All that claim a hostname, whoever may see them; oldest first. */
  readonly claims: (hostname: string) => readonly MeshService[];
}

const registries = rememberReads<MeshSnapshot, ServiceRegistry>();

/** The services of a snapshot; indexed once per snapshot. */
export function registryOf(snapshot: MeshSnapshot): ServiceRegistry {
  return registries(snapshot, '', () => indexServices(snapshot));
}

/** The services of a snapshot with their endpoints. Source: istiod's service registries, PushContext.initServiceRegistry. */
export function indexServices(snapshot: MeshSnapshot): ServiceRegistry {
  const created = [
    ...snapshot.services.flatMap((object) => fromService(object, snapshot).map((service) => ({ at: object.metadata.creationTimestamp ?? '', service }))),
    ...snapshot.serviceEntries.flatMap((entry) => fromServiceEntry(entry, snapshot).map((service) => ({ at: entry.metadata.creationTimestamp ?? '', service }))),
  ];
  const key = ({ name, namespace }: MeshService): string => `${name}.${namespace}`;
  const sorted = created.sort((a, b) => compareText(a.at, b.at) || compareText(key(a.service), key(b.service)) || compareText(a.service.source, b.service.source));
  const services = resolveAliases(sorted.map(({ service }) => service));
  const byHost = Map.groupBy(services, ({ hostname }) => hostname);
  const isPrivate = ({ visibility, namespace }: MeshService, client: string): boolean => namespace === client && visibility !== 'public' && visibility.includes(client);
  const visible = new Map<string, readonly MeshService[]>();
  const open = services.filter(({ visibility }) => visibility === 'public');
  return {
    services,
    visibleTo: (client) => {
      const known = visible.get(client);
      if (known !== undefined) return known;
      const limited = services.filter(({ visibility }) => visibility !== 'public' && visibility.includes(client));
      const list = [...limited.filter((service) => isPrivate(service, client)), ...limited.filter((service) => !isPrivate(service, client)), ...open];
      visible.set(client, list);
      return list;
    },
    claims: (hostname) => byHost.get(hostname) ?? [],
  };
}

/** Services made of an object and the workloads that it selects: the same as long as these are, in whatever snapshot. */
interface MadeOf {
  readonly workloads: readonly WorkloadEntry[];
  readonly services: readonly MeshService[];
}
const madeOf = new WeakMap<Service | ServiceEntry, MadeOf>();

function remembered(object: Service | ServiceEntry, workloads: readonly WorkloadEntry[], make: () => readonly MeshService[]): readonly MeshService[] {
  const known = madeOf.get(object);
  if (known !== undefined && known.workloads.length === workloads.length && known.workloads.every((workload, i) => workload === workloads[i])) return known.services;
  const services = make();
  madeOf.set(object, { workloads, services });
  return services;
}

function fromService(service: Service, snapshot: MeshSnapshot): readonly MeshService[] {
  const { selector = {} } = service.spec ?? {};
  // Noted where endpoints are asked for.
  const workloads = Object.keys(selector).length === 0 ? [] : withoutNoting(() => selectedWorkloads(snapshot.workloadEntries, namespaceOf(service), selector));
  return remembered(service, workloads, () => [serviceOf(service, workloads)]);
}

function serviceOf(service: Service, workloads: readonly WorkloadEntry[]): MeshService {
  const namespace = namespaceOf(service);
  const { clusterIP, selector, type, externalName } = service.spec ?? {};
  const exportTo = service.metadata.annotations?.['networking.istio.io/exportTo']?.split(',').map((item) => item.trim());
  const isAlias = type === 'ExternalName' && externalName !== undefined && externalName !== '';
  return {
    hostname: serviceFqdn(service.metadata.name, namespace),
    name: service.metadata.name,
    namespace,
    source: 'service',
    external: isAlias,
    resolution: isAlias ? 'alias' : clusterIP === 'None' ? 'passthrough' : 'static',
    ports: (service.spec?.ports ?? []).map(({ targetPort, ...port }) => ({ number: port.port, name: port.name ?? '', protocol: kubernetesProtocol(port), ...(targetPort === undefined ? undefined : { targetPort }) })),
    addresses: clusterIP === undefined || clusterIP === '' || clusterIP === 'None' ? [] : [clusterIP],
    ranges: [],
    labels: service.metadata.labels ?? {},
    ...(selector === undefined ? undefined : { selector }),
    subjectAltNames: [],
    visibility: visibilityOf(exportTo, namespace),
    ...(isAlias ? { externalName: externalName.toLowerCase() } : undefined),
    aliases: [],
    endpointsOf: noted(`Service ${namespace}/${service.metadata.name}`, serviceFqdn(service.metadata.name, namespace), (port) => endpointsOfWorkloads(workloads, port)),
  };
}

const RESOLUTIONS = { STATIC: 'static', DNS: 'dns', DNS_ROUND_ROBIN: 'dns-round-robin', NONE: 'passthrough', DYNAMIC_DNS: 'dynamic-dns' } as const;
/** A range of one address is that address. */
const SINGLE_ADDRESS = /^(?:[\d.]+\/32|[\da-fA-F:]+\/128)$/;

function fromServiceEntry(entry: ServiceEntry, snapshot: MeshSnapshot): readonly MeshService[] {
  const workloads = withoutNoting(() => selectedWorkloads(snapshot.workloadEntries, namespaceOf(entry), entry.spec?.workloadSelector?.labels));
  return remembered(entry, workloads, () => servicesOfEntry(entry, workloads));
}

function servicesOfEntry(entry: ServiceEntry, workloads: readonly WorkloadEntry[]): MeshService[] {
  const namespace = namespaceOf(entry);
  const spec = entry.spec ?? {};
  const selector = spec.workloadSelector?.labels;
  const ports = (spec.ports ?? []).map((port): MeshPort => ({
    number: port.number,
    name: port.name,
    protocol: declaredProtocol(port.protocol),
    ...(port.targetPort === undefined || port.targetPort === 0 ? undefined : { targetPort: port.targetPort }),
  }));
  const declared = (spec.addresses ?? []).map((address) => (SINGLE_ADDRESS.test(address) ? address.slice(0, address.indexOf('/')) : address));
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
      addresses: declared.filter((address) => !address.includes('/')),
      ranges: declared.filter((address) => address.includes('/')),
      labels: entry.metadata.labels ?? {},
      ...(selector === undefined ? undefined : { selector }),
      subjectAltNames: spec.subjectAltNames ?? [],
      visibility: visibilityOf(spec.exportTo, namespace),
      aliases: [],
      endpointsOf: noted(`ServiceEntry ${namespace}/${entry.metadata.name}`, hostname, (port) => endpointsOfEntry(entry, isWildcardHost(hostname) ? undefined : hostname, workloads, port)),
    };
  });
}

/** Endpoints by port, each list made once. Whoever asks depends on the workloads of this service, and not on those of others. */
function noted(owner: string, hostname: string, read: (port: MeshPort) => readonly MeshEndpoint[]): MeshService['endpointsOf'] {
  const known = new Map<string, readonly MeshEndpoint[]>();
  const endpointsOf: MeshService['endpointsOf'] = (port) => {
    // As long as the service's object and its workloads are the same, so is this function.
    noteRead(`endpoints of ${owner} ${hostname}`, endpointsOf, (snapshot) => registryOf(snapshot).claims(hostname).find((claim) => claim.endpointsOf === endpointsOf)?.endpointsOf);
    const key = `${port.number} ${port.name} ${port.targetPort ?? ''}`;
    let endpoints = known.get(key);
    if (endpoints === undefined) {
      endpoints = read(port);
      known.set(key, endpoints);
    }
    return endpoints;
  };
  return endpointsOf;
}
