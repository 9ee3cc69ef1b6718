import { matchesLabels } from '../resources/label-selector.ts';
import type { ServiceEntry, WorkloadEntry, WorkloadEntrySpec } from '../resources/networking.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import { compareByCreation } from './config-order.ts';
import type { MeshPort } from './service-registry.ts';

/** One address behind a service port. */
export interface MeshEndpoint {
  /** IP address, or a DNS name for services that are resolved by DNS. */
  readonly address: string;
  readonly port: number;
  readonly workload: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  /** Its proxy takes mutual TLS. */
  readonly mutualTls: boolean;
  readonly weight: number;
  /** `region/zone/subzone`; empty = not told. */
  readonly locality: string;
}

const TLS_MODE_LABEL = 'security.istio.io/tlsMode';
const AUTO_REGISTRATION_ANNOTATION = 'istio.io/autoRegistrationGroup';

/** The endpoints that workloads are at a port. */
export function endpointsOfWorkloads(workloads: readonly WorkloadEntry[], port: MeshPort): MeshEndpoint[] {
  return workloads.flatMap((entry) => fromWorkloadEntry(entry, port));
}

/**
 * The endpoints of a ServiceEntry: its own list, or the healthy WorkloadEntries that its selector picks (`workloads`), or, when DNS
 * resolves it and it has neither, its host (`fallbackHost`).
 */
export function endpointsOfEntry(entry: ServiceEntry, fallbackHost: string | undefined, workloads: readonly WorkloadEntry[], port: MeshPort): MeshEndpoint[] {
  const { spec } = entry;
  const namespace = namespaceOf(entry);
  if (spec?.workloadSelector?.labels !== undefined) return endpointsOfWorkloads(workloads, port);
  const inline = (spec?.endpoints ?? []).flatMap((endpoint) => toEndpoint(endpoint, { port, workload: '', namespace, labels: endpoint.labels ?? {} }));
  const isDns = spec?.resolution === 'DNS' || spec?.resolution === 'DNS_ROUND_ROBIN';
  if (inline.length > 0 || !isDns || fallbackHost === undefined) return inline;
  return toEndpoint({ address: fallbackHost }, { port, workload: '', namespace, labels: {} });
}

/** The name of the workload a WorkloadEntry stands for: its group when it registered itself, else its own name. */
export function workloadNameOf(entry: WorkloadEntry): string {
  return entry.metadata.annotations?.[AUTO_REGISTRATION_ANNOTATION] ?? entry.metadata.name;
}

/** A WorkloadEntry's labels: those of its metadata over those of its spec. Source: istiod's ConvertWorkloadEntry. */
export function labelsOf(entry: WorkloadEntry): Readonly<Record<string, string>> {
  return { ...entry.spec?.labels, ...entry.metadata.labels };
}

/** Does a health check say that it must get no traffic? */
function isUnhealthy(entry: WorkloadEntry): boolean {
  return entry.status?.conditions?.some((condition) => condition.type === 'Healthy' && condition.status === 'False') ?? false;
}

/** Healthy entries of a namespace, oldest first, and those of them with a label (`key=value`). */
interface NamespaceEntries {
  readonly all: readonly WorkloadEntry[];
  readonly byLabel: ReadonlyMap<string, readonly WorkloadEntry[]>;
}
const healthyEntries = new WeakMap<readonly WorkloadEntry[], ReadonlyMap<string, NamespaceEntries>>();
const NO_ENTRIES: NamespaceEntries = { all: [], byLabel: new Map() };

/** The healthy WorkloadEntries of a namespace that a selector picks, oldest first; an absent selector picks none, an empty one of a ServiceEntry all. */
export function selectedWorkloads(entries: readonly WorkloadEntry[], namespace: string, selector: Readonly<Record<string, string>> | undefined): readonly WorkloadEntry[] {
  if (selector === undefined) return [];
  const { all, byLabel } = healthyByNamespace(entries).get(namespace) ?? NO_ENTRIES;
  // Those with the rarest of the labels are few, however many there are.
  const candidates = Object.entries(selector).map(([key, value]) => byLabel.get(`${key}=${value}`) ?? []).sort((a, b) => a.length - b.length)[0] ?? all;
  return candidates.filter((entry) => matchesLabels(selector, labelsOf(entry)));
}

/** Once per list, whatever the number of services. */
function healthyByNamespace(entries: readonly WorkloadEntry[]): ReadonlyMap<string, NamespaceEntries> {
  let index = healthyEntries.get(entries);
  if (index === undefined) {
    const byNamespace = Map.groupBy(entries.filter((entry) => !isUnhealthy(entry)).sort(compareByCreation), namespaceOf);
    index = new Map([...byNamespace].map(([namespace, all]) => [namespace, { all, byLabel: indexByLabel(all) }]));
    healthyEntries.set(entries, index);
  }
  return index;
}

function indexByLabel(entries: readonly WorkloadEntry[]): ReadonlyMap<string, readonly WorkloadEntry[]> {
  const byLabel = new Map<string, WorkloadEntry[]>();
  for (const entry of entries) {
    for (const [key, value] of Object.entries(labelsOf(entry))) {
      const label = `${key}=${value}`;
      const known = byLabel.get(label);
      if (known === undefined) byLabel.set(label, [entry]);
      else known.push(entry);
    }
  }
  return byLabel;
}

function fromWorkloadEntry(entry: WorkloadEntry, port: MeshPort): MeshEndpoint[] {
  const hasOnePort = entry.metadata.annotations?.[AUTO_REGISTRATION_ANNOTATION] !== undefined;
  return toEndpoint(entry.spec ?? {}, { port, workload: workloadNameOf(entry), namespace: namespaceOf(entry), labels: labelsOf(entry), hasOnePort });
}

interface EndpointOwner {
  readonly port: MeshPort;
  readonly workload: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** It registered itself: its proxy takes everything at one port. */
  readonly hasOnePort?: boolean;
}

/** No address (a remote network's gateway would stand in for it) or a Unix socket: nothing this mesh can dial. */
function toEndpoint(spec: WorkloadEntrySpec, { port, workload, namespace, labels, hasOnePort = false }: EndpointOwner): MeshEndpoint[] {
  if (spec.address === undefined || spec.address === '' || spec.address.startsWith('unix:')) return [];
  const tlsMode = labels[TLS_MODE_LABEL];
  return [
    {
      address: spec.address,
      port: portAt(spec, port, hasOnePort),
      workload,
      namespace,
      labels,
      serviceAccount: spec.serviceAccount ?? '',
      mutualTls: tlsMode === undefined ? (spec.serviceAccount ?? '') !== '' : tlsMode === 'istio',
      weight: Math.max(1, spec.weight ?? 1),
      locality: spec.locality ?? '',
    },
  ];
}

/**
 * The port at the workload: the entry's port of the name that `targetPort` or the service port has, else `targetPort`,
 * else the service's number. A proxy that takes everything at one port is met there. Source: istiod's convertWorkloadInstanceToServiceInstance.
 */
function portAt(spec: WorkloadEntrySpec, port: MeshPort, hasOnePort: boolean): number {
  const ports = spec.ports ?? {};
  const named = typeof port.targetPort === 'string' ? ports[port.targetPort] : undefined;
  const only = hasOnePort ? Object.values(ports)[0] : undefined;
  return named ?? ports[port.name] ?? only ?? (typeof port.targetPort === 'number' ? port.targetPort : port.number);
}
