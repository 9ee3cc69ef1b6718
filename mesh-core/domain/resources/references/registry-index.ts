import type { MeshSnapshot } from '../../translate/mesh-snapshot.ts';
import { hostSubsetOf, isWildcardHost, mostSpecificHost, resolveShortName, serviceFqdn } from '../host-name.ts';
import { selectsWorkload } from '../label-selector.ts';
import type { Labels } from '../label-selector.ts';
import { namespaceOf } from '../kube-object.ts';
import type { DestinationRule } from '../networking.ts';

/** A host that clients can call. */
export interface KnownHost {
  readonly host: string;
  readonly namespace: string;
  readonly ports: readonly number[];
  /** Label sets of its endpoints; undefined where endpoints are not known one by one (DNS, pass-through). */
  readonly endpointLabels: readonly Labels[] | undefined;
}
export interface KnownWorkload {
  readonly namespace: string;
  readonly labels: Labels;
  readonly serviceAccount: string;
}
export interface RegistryIndex {
  /** The service that a client in `namespace` reaches by a full host, wildcards of ServiceEntries included. */
  findHost(host: string, namespace: string): KnownHost | undefined;
  readonly workloads: readonly KnownWorkload[];
  readonly namespaces: ReadonlySet<string>;
}

const indexes = new WeakMap<MeshSnapshot, RegistryIndex>();

/** The hosts and workloads of a snapshot, looked up often while a list of objects is analysed; made once per snapshot. */
export function registryIndex(snapshot: MeshSnapshot): RegistryIndex {
  let index = indexes.get(snapshot);
  if (index === undefined) {
    index = buildIndex(snapshot);
    indexes.set(snapshot, index);
  }
  return index;
}

/** May clients in `namespace` see an object with this `exportTo` that lives in `owner`? Absent means everybody. */
export function isExportedTo(exportTo: readonly string[] | undefined, owner: string, namespace: string): boolean {
  if (exportTo === undefined || exportTo.length === 0) return true;
  return exportTo.some((entry) => entry === '*' || entry === namespace || (entry === '.' && owner === namespace));
}

/** DestinationRules that a client in `namespace` may use for a full host. */
export function rulesForHost(snapshot: MeshSnapshot, host: string, namespace: string): DestinationRule[] {
  return snapshot.destinationRules.filter((rule) => {
    const ruleHost = resolveShortName(rule.spec?.host ?? '', namespaceOf(rule));
    return ruleHost !== '' && hostSubsetOf(host, ruleHost) && isExportedTo(rule.spec?.exportTo, namespaceOf(rule), namespace);
  });
}

function buildIndex(snapshot: MeshSnapshot): RegistryIndex {
  const workloads = snapshot.workloadEntries.map((entry): KnownWorkload => ({
    namespace: namespaceOf(entry),
    labels: entry.spec?.labels ?? entry.metadata.labels ?? {},
    serviceAccount: entry.spec?.serviceAccount ?? 'default',
  }));
  const hosts = new Map<string, (KnownHost & { readonly exportTo?: readonly string[] })[]>();
  const add = (host: KnownHost & { readonly exportTo?: readonly string[] }): void => void hosts.set(host.host, [...(hosts.get(host.host) ?? []), host]);
  const selected = (namespace: string, selector: Labels | undefined): Labels[] => workloads.filter((workload) => workload.namespace === namespace && selectsWorkload(selector, workload.labels)).map((workload) => workload.labels);
  for (const service of snapshot.services) {
    const namespace = namespaceOf(service);
    const ports = (service.spec?.ports ?? []).map(({ port }) => port);
    // Looked for when it is asked for: an index is made for every write, and few hosts are looked at.
    add({ host: serviceFqdn(service.metadata.name, namespace), namespace, ports, get endpointLabels() { return selected(namespace, service.spec?.selector); } });
  }
  for (const entry of snapshot.serviceEntries) {
    const namespace = namespaceOf(entry);
    const { hosts: names = [], ports = [], workloadSelector, endpoints, exportTo } = entry.spec ?? {};
    const endpointLabels = workloadSelector === undefined ? endpoints?.map(({ labels = {} }) => labels) : selected(namespace, workloadSelector.labels);
    for (const host of names) add({ host: resolveShortName(host, namespace), namespace, ports: ports.map(({ number }) => number), endpointLabels, ...(exportTo === undefined ? {} : { exportTo }) });
  }
  const wildcards = [...hosts.keys()].filter(isWildcardHost);
  const namespaces = new Set([...workloads.map(({ namespace }) => namespace), ...[...snapshot.services, ...snapshot.serviceEntries].map(namespaceOf)]);
  return {
    workloads,
    namespaces,
    findHost: (host, namespace) => {
      const candidates = hosts.get(host.toLowerCase()) ?? hosts.get(host) ?? hosts.get(mostSpecificHost(wildcards, host) ?? '') ?? [];
      return candidates.find((known) => isExportedTo(known.exportTo, known.namespace, namespace));
    },
  };
}
