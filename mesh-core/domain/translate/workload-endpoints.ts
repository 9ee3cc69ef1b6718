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

/** The healthy workloads of a Service: WorkloadEntries of its namespace with the labels of its selector. */
export function endpointsOfService(entries: readonly WorkloadEntry[], namespace: string, selector: Readonly<Record<string, string>> | undefined, port: MeshPort): MeshEndpoint[] {
  if (selector === undefined || Object.keys(selector).length === 0) return [];
  return selected(entries, namespace, selector).flatMap((entry) => fromWorkloadEntry(entry, port));
}

/**
 * The endpoints of a ServiceEntry: its own list, or the healthy WorkloadEntries that its selector picks, or, when DNS
 * resolves it and it has neither, its host (`fallbackHost`).
 */
export function endpointsOfEntry(entry: ServiceEntry, fallbackHost: string | undefined, workloads: readonly WorkloadEntry[], port: MeshPort): MeshEndpoint[] {
  const { spec } = entry;
  const namespace = namespaceOf(entry);
  const selector = spec?.workloadSelector?.labels;
  if (selector !== undefined) return selected(workloads, namespace, selector).flatMap((workload) => fromWorkloadEntry(workload, port));
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

const healthyEntries = new WeakMap<readonly WorkloadEntry[], ReadonlyMap<string, readonly WorkloadEntry[]>>();

function selected(entries: readonly WorkloadEntry[], namespace: string, selector: Readonly<Record<string, string>>): WorkloadEntry[] {
  return (healthyByNamespace(entries).get(namespace) ?? []).filter((entry) => matchesLabels(selector, labelsOf(entry)));
}

/** Oldest first; once per list, whatever the number of services. */
function healthyByNamespace(entries: readonly WorkloadEntry[]): ReadonlyMap<string, readonly WorkloadEntry[]> {
  let index = healthyEntries.get(entries);
  if (index === undefined) {
    index = Map.groupBy(entries.filter((entry) => !isUnhealthy(entry)).sort(compareByCreation), namespaceOf);
    healthyEntries.set(entries, index);
  }
  return index;
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
