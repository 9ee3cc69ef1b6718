import type { MeshSnapshot } from '../../translate/mesh-snapshot.ts';
import type { Service } from '../core.ts';
import { joinPath } from '../field-issue.ts';
import type { IssueSink } from '../field-issue.ts';
import { matchesLabels, selectsWorkload } from '../label-selector.ts';
import type { Gateway, GatewayServer, ServiceEntry } from '../networking.ts';
import { parseProtocol } from '../rules/protocol-name.ts';
import { namespaceOf } from '../kube-object.ts';
import { registryIndex } from './registry-index.ts';

type Labels = Readonly<Record<string, string>>;

/** Istio leaves the port names of the platform's own services alone (pkg/config/analysis: util.IsSystemNamespace). */
const SYSTEM_NAMESPACES: readonly string[] = ['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage', 'istio-system'];

/** A Gateway that no workload opens, or whose port and hosts another one has too. */
export function analyzeGateway(object: Gateway, snapshot: MeshSnapshot, issues: IssueSink): void {
  const selector = object.spec?.selector ?? {};
  const { workloads } = registryIndex(snapshot);
  if (!workloads.some((workload) => matchesLabels(selector, workload.labels))) {
    issues.warn('spec.selector', 'no running gateway has these labels, so no port is opened', { expected: 'labels such as istio: ingressgateway', code: 'KIA0302' });
  }
  const rivals = snapshot.gateways.filter(
    (other) => !(other.metadata.name === object.metadata.name && namespaceOf(other) === namespaceOf(object)) && sharesWorkload(selector, other.spec?.selector ?? {}, workloads),
  );
  for (const [index, server] of (object.spec?.servers ?? []).entries()) {
    const conflicting = rivals.filter((other) => (other.spec?.servers ?? []).some((theirs) => conflicts(server, theirs)));
    if (conflicting.length > 0) {
      const names = conflicting.map((other) => `${namespaceOf(other)}/${other.metadata.name}`).join(', ');
      issues.warn(joinPath('spec.servers', index), `port ${server.port.number} with these hosts is also opened by ${names}`, { expected: 'other hosts or another port', code: 'IST0145' });
    }
  }
}

/** Do both open ports on one workload: one that runs, or any that will, when the selectors are the same. */
function sharesWorkload(a: Labels, b: Labels, workloads: readonly { readonly labels: Labels }[]): boolean {
  const same = Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, value]) => b[key] === value);
  return same || workloads.some(({ labels }) => matchesLabels(a, labels) && matchesLabels(b, labels));
}

function conflicts(a: GatewayServer, b: GatewayServer): boolean {
  if (a.port.number !== b.port.number || (a.bind ?? '') !== (b.bind ?? '')) return false;
  return a.hosts.some((host) => b.hosts.includes(host));
}

/** A Service without workloads, or with port names that do not tell the protocol. */
export function analyzeService(object: Service, snapshot: MeshSnapshot, issues: IssueSink): void {
  const { selector, ports = [] } = object.spec ?? {};
  const namespace = namespaceOf(object);
  if (selector !== undefined && !registryIndex(snapshot).workloads.some((workload) => workload.namespace === namespace && selectsWorkload(selector, workload.labels))) {
    issues.warn('spec.selector', 'no running workload has these labels: requests get 503', { expected: 'labels of a workload', code: 'KIA0004' });
  }
  if (SYSTEM_NAMESPACES.includes(namespace) || object.spec?.type === 'ExternalName' || object.metadata.labels?.['gateway.istio.io/managed'] !== undefined) return;
  for (const [index, { name = '', appProtocol, protocol = 'TCP' }] of ports.entries()) {
    const told = parseProtocol(appProtocol ?? '') ?? parseProtocol(name) ?? parseProtocol(name.startsWith('grpc-web') ? 'grpc-web' : (name.split('-')[0] ?? ''));
    if (told === undefined && protocol === 'TCP') issues.warn(joinPath('spec.ports', index), 'the port does not tell its protocol, so it is taken for HTTP or TCP by trial', { expected: 'a name such as http or grpc-api, or appProtocol', code: 'IST0118' });
  }
}

/** A ServiceEntry whose selector picks nothing, or whose host and port another one has with another protocol. */
export function analyzeServiceEntry(object: ServiceEntry, snapshot: MeshSnapshot, issues: IssueSink): void {
  const { hosts = [], ports = [], workloadSelector } = object.spec ?? {};
  const namespace = namespaceOf(object);
  const labels = workloadSelector?.labels;
  if (labels !== undefined && !registryIndex(snapshot).workloads.some((workload) => workload.namespace === namespace && selectsWorkload(labels, workload.labels))) {
    issues.warn('spec.workloadSelector', 'no running workload has these labels', { expected: 'labels of a workload', code: 'KIA0004' });
  }
  const others = snapshot.serviceEntries.filter((other) => !(other.metadata.name === object.metadata.name && namespaceOf(other) === namespace));
  for (const [index, port] of ports.entries()) {
    const rival = others.find((other) => (other.spec?.hosts ?? []).some((host) => hosts.includes(host)) && (other.spec?.ports ?? []).some((theirs) => theirs.number === port.number && (theirs.protocol ?? '').toUpperCase() !== (port.protocol ?? '').toUpperCase()));
    if (rival !== undefined) issues.warn(joinPath('spec.ports', index), `${namespaceOf(rival)}/${rival.metadata.name} has port ${port.number} of the host with another protocol`, { expected: 'the same protocol', code: 'IST0177' });
  }
}
