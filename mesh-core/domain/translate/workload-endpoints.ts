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

/** A WorkloadEntry's labels: those of its spec over those of its metadata. */
export function labelsOf(entry: WorkloadEntry): Readonly<Record<string, string>> {
  return { ...entry.metadata.labels, ...entry.spec?.labels };
}

/** Does a health check say that it must get no traffic? */
function isUnhealthy(entry: WorkloadEntry): boolean {
  return entry.status?.conditions?.some((condition) => condition.type === 'Healthy' && condition.status === 'False') ?? false;
}


function selected(entries: readonly WorkloadEntry[], namespace: string, selector: Readonly<Record<string, string>>): WorkloadEntry[] {
  return entries.filter((entry) => namespaceOf(entry) === namespace && !isUnhealthy(entry) && matchesLabels(selector, labelsOf(entry))).sort(compareByCreation);
}

function fromWorkloadEntry(entry: WorkloadEntry, port: MeshPort): MeshEndpoint[] {
  return toEndpoint(entry.spec ?? {}, { port, workload: workloadNameOf(entry), namespace: namespaceOf(entry), labels: labelsOf(entry) });
}

interface EndpointOwner {
  readonly port: MeshPort;
  readonly workload: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** No address (a remote network's gateway would stand in for it) or a Unix socket: nothing this mesh can dial. */
function toEndpoint(spec: WorkloadEntrySpec, { port, workload, namespace, labels }: EndpointOwner): MeshEndpoint[] {
  if (spec.address === undefined || spec.address === '' || spec.address.startsWith('unix:')) return [];
  const tlsMode = labels[TLS_MODE_LABEL];
  return [
    {
      address: spec.address,
      port: portAt(spec, port),
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
 * The port at the workload: the entry's port of the name that `targetPort` or the service port has, else its first port
 * (a sidecar has one inbound listener for the app), else the number.
 */
function portAt(spec: WorkloadEntrySpec, port: MeshPort): number {
  const ports = spec.ports ?? {};
  const named = typeof port.targetPort === 'string' ? ports[port.targetPort] : undefined;
  return named ?? ports[port.name] ?? Object.values(ports)[0] ?? (typeof port.targetPort === 'number' ? port.targetPort : port.number);
}
