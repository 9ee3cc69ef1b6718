import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { KubeObject, ObjectMeta } from '#mesh-core/domain/resources/kube-object.ts';
import type { Service, ServicePort } from '#mesh-core/domain/resources/core.ts';
import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import { selectsWorkload } from '#mesh-core/domain/resources/label-selector.ts';
import { labelsOf } from '#mesh-core/domain/translate/workload-endpoints.ts';

/** An address behind a service with its port for each port of the service. */
interface Backend {
  readonly entry: WorkloadEntry;
  readonly address: string;
  readonly ready: boolean;
  readonly ports: readonly EndpointPort[];
}
interface EndpointPort {
  readonly name?: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol?: string;
}

/** Does the Service pick this workload? */
export function picks(service: Service, entry: WorkloadEntry): boolean {
  return entry.metadata.namespace === service.metadata.namespace && selectsWorkload(service.spec?.selector, labelsOf(entry));
}

/**
 * The Endpoints object of a Service, from the workloads it picks: one subset per set of ports, those whose health check fails as not ready.
 * A Service without a selector has none. Source: Kubernetes, "Service", Endpoints.
 */
export function endpointsOf(service: Service, entries: readonly WorkloadEntry[]): readonly KubeObject[] {
  if (!hasSelector(service)) return [];
  const groups = Map.groupBy(backends(service, entries).filter(({ address }) => isIP(address) !== 0), ({ ports }) => JSON.stringify(ports));
  const subsets = [...groups.values()].map((members) => {
    const of = (ready: boolean): object[] => members.filter((member) => member.ready === ready).map(({ address, entry }) => ({ ip: address, targetRef: reference(entry) }));
    const [addresses, notReadyAddresses] = [of(true), of(false)];
    return { ...(addresses.length === 0 ? {} : { addresses }), ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }), ports: members[0]?.ports ?? [] };
  });
  const metadata = metadataOf('Endpoints', service, entries, service.metadata.name, service.metadata.labels ?? {});
  return [Object.assign({ apiVersion: 'v1', kind: 'Endpoints', metadata }, subsets.length === 0 ? {} : { subsets })];
}

/** The EndpointSlices of a Service: one per address family and set of ports. Source: Kubernetes, "EndpointSlices". */
export function endpointSlicesOf(service: Service, entries: readonly WorkloadEntry[]): readonly KubeObject[] {
  if (!hasSelector(service)) return [];
  const groups = Map.groupBy(backends(service, entries), ({ address, ports }) => JSON.stringify([addressType(address), ports]));
  return [...groups].map(([key, members]) => {
    const labels = { ...service.metadata.labels, 'endpointslice.kubernetes.io/managed-by': 'binnacle', 'kubernetes.io/service-name': service.metadata.name };
    const owner = { apiVersion: 'v1', kind: 'Service', name: service.metadata.name, uid: service.metadata.uid ?? '', controller: true, blockOwnerDeletion: true };
    const metadata = Object.assign(metadataOf('EndpointSlice', service, entries, `${service.metadata.name}-${digest(key).slice(0, 5)}`, labels), { ownerReferences: [owner] });
    const endpoints = members.map(({ address, ready, entry }) => ({ addresses: [address], conditions: { ready, serving: ready, terminating: false }, targetRef: reference(entry), ...zoneOf(entry) }));
    return Object.assign({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata }, { addressType: addressType(members[0]?.address ?? ''), endpoints, ports: members[0]?.ports ?? [] });
  });
}

function hasSelector(service: Service): boolean {
  return Object.keys(service.spec?.selector ?? {}).length > 0;
}

function backends(service: Service, entries: readonly WorkloadEntry[]): readonly Backend[] {
  return entries.filter((entry) => picks(service, entry)).flatMap((entry) => {
    const address = entry.spec?.address ?? '';
    if (address === '' || address.startsWith('unix:')) return [];
    const ready = entry.status?.conditions?.some(({ type, status }) => type === 'Healthy' && status === 'False') !== true;
    return [{ entry, address, ready, ports: (service.spec?.ports ?? []).map((port) => portAt(entry, port)) }];
  });
}

/** As the mesh itself dials it: the entry's port of that name, else its only one, else the target port. */
function portAt(entry: WorkloadEntry, port: ServicePort): EndpointPort {
  const own = entry.spec?.ports ?? {};
  const named = typeof port.targetPort === 'string' ? own[port.targetPort] : undefined;
  const number = named ?? own[port.name ?? ''] ?? Object.values(own)[0] ?? (typeof port.targetPort === 'number' ? port.targetPort : port.port);
  return { ...(port.name === undefined ? {} : { name: port.name }), port: number, protocol: port.protocol ?? 'TCP', ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }) };
}

function addressType(address: string): 'IPv4' | 'IPv6' | 'FQDN' {
  const family = isIP(address);
  return family === 4 ? 'IPv4' : family === 6 ? 'IPv6' : 'FQDN';
}

function reference(entry: WorkloadEntry): object {
  return { kind: 'WorkloadEntry', namespace: entry.metadata.namespace, name: entry.metadata.name, uid: entry.metadata.uid };
}

function zoneOf(entry: WorkloadEntry): object {
  const zone = entry.spec?.locality?.split('/')[1];
  return zone === undefined || zone === '' ? {} : { zone };
}

/** Its version is that of the newest object it is made from; its id is made from the Service's. */
function metadataOf(kind: string, service: Service, entries: readonly WorkloadEntry[], name: string, labels: Readonly<Record<string, string>>): ObjectMeta {
  const { namespace, uid = '', creationTimestamp } = service.metadata;
  const versions = [service, ...entries.filter((entry) => picks(service, entry))].map((object) => Number(object.metadata.resourceVersion ?? 0));
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: uuidOf(`${kind}/${name}/${uid}`),
    resourceVersion: String(Math.max(...versions)),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  };
}

/** A stable unique id for what is not stored. */
export function uuidOf(text: string): string {
  return digest(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
