import type { Service } from '../../core.ts';
import { matchesLabels, selectsWorkload, type Labels } from '../../label-selector.ts';
import type { WorkloadGroup } from '../../networking.ts';
import type { Report } from '../analysis-message.ts';
import { closestFix } from './closest-name.ts';
import { kia } from './codes.ts';
import { namesOf, placeOf, type KialiMesh } from './kiali-mesh.ts';
import { serviceAccountsOf } from './service-accounts.ts';

/** What the name of a port may begin with. Source: kiali kubernetes/istio.go. */
const PROTOCOLS = ['grpc', 'grpc-web', 'http', 'http2', 'https', 'mongo', 'redis', 'tcp', 'tls', 'udp', 'mysql'];
const APP_PROTOCOLS: ReadonlySet<string> = new Set([...PROTOCOLS, 'kubernetes.io/h2c', 'kubernetes.io/ws', 'kubernetes.io/wss']);

interface Deployment {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels };
  readonly spec?: { readonly template?: { readonly spec?: { readonly containers?: readonly { readonly ports?: readonly { readonly name?: string; readonly containerPort?: number }[] }[] } } };
}

/** Services and workload groups: KIA0601, 0602, 0701, 1701, 1702. Source: kiali business/checkers/{services,workloadgroups}. */
export function checkServices(mesh: KialiMesh, report: Report): void {
  // Safe: analysis is given the Deployments of a cluster as they are.
  const deployments = mesh.input.all('Deployment') as readonly unknown[] as readonly Deployment[];
  for (const service of mesh.input.all<Service>('Service')) {
    const ports = service.spec?.ports ?? [];
    if (isInMesh(mesh, service)) {
      for (const [i, { name = '', appProtocol, protocol }] of ports.entries()) {
        if (protocol === 'UDP') continue;
        if (appProtocol !== undefined) {
          if (!APP_PROTOCOLS.has(appProtocol.toLowerCase())) report(service, kia('KIA0602', appProtocol), { path: `spec.ports[${i}].appProtocol`, apart: true, ...closestFix(appProtocol, APP_PROTOCOLS, ['spec', 'ports', i, 'appProtocol']) });
        } else if (!PROTOCOLS.some((known) => name.toLowerCase() === known || name.startsWith(`${known}-`))) report(service, kia('KIA0601', name === '' ? 'the port has no name' : name), { path: `spec.ports[${i}].name`, apart: true });
      }
    }
    const labels = service.metadata.labels ?? {};
    if (placeOf(service) === mesh.settings.rootNamespace || labels['gateway.networking.k8s.io/gateway-name'] !== undefined || labels['gateway.istio.io/managed'] !== undefined) continue;
    const deployment = deployments.find((candidate) => candidate.metadata.namespace === service.metadata.namespace && selectsWorkload(service.spec?.selector, candidate.metadata.labels));
    if (deployment !== undefined) reportUnexposed(service, deployment, report);
  }
}

/** Do the service's pods take part in the mesh: with a sidecar, in ambient mode, or as WorkloadEntries? */
function isInMesh(mesh: KialiMesh, service: Service): boolean {
  return mesh.pods(placeOf(service)).some(({ labels, object }) => selectsWorkload(service.spec?.selector, labels) && (object.kind === 'WorkloadEntry' || hasSidecar(object.spec) || isRedirected(object.metadata.annotations)));
}

/** Has a pod a sidecar container? */
export function hasSidecar(spec: unknown): boolean {
  const { containers = [], initContainers = [] } = (spec ?? {}) as { readonly containers?: readonly { readonly name?: string }[]; readonly initContainers?: readonly { readonly name?: string }[] };
  return [...containers, ...initContainers].some(({ name }) => name === 'istio-proxy');
}

/** Is the traffic of a pod redirected to ztunnel? */
export function isRedirected(annotations: Labels | undefined): boolean {
  return annotations?.['ambient.istio.io/redirection'] === 'enabled';
}

function reportUnexposed(service: Service, deployment: Deployment, report: Report): void {
  const exposed = (deployment.spec?.template?.spec?.containers ?? []).flatMap(({ ports = [] }) => ports);
  for (const [i, { port, targetPort }] of (service.spec?.ports ?? []).entries()) {
    const found = typeof targetPort === 'string' && targetPort !== '' ? exposed.some(({ name }) => name === targetPort) : exposed.some(({ containerPort }) => containerPort === (typeof targetPort === 'number' && targetPort > 0 ? targetPort : port));
    if (!found) report(service, kia('KIA0701', `port ${port} of ${deployment.metadata.name}`), { path: `spec.ports[${i}]`, apart: true });
  }
}

/** Workload groups. */
export function checkWorkloadGroups(mesh: KialiMesh, report: Report): void {
  const groups = mesh.input.all<WorkloadGroup>('WorkloadGroup');
  const accounts = serviceAccountsOf(mesh);
  for (const group of groups) {
    const { template, metadata } = group.spec ?? {};
    const account = template?.serviceAccount ?? '';
    if (account !== '' && !accounts.includes(`${mesh.settings.trustDomain}/ns/${placeOf(group)}/sa/${account}`)) report(group, kia('KIA1701', account), { path: 'spec.template.serviceAccount' });
    if (metadata === undefined) continue;
    const labels = metadata.labels ?? {};
    const same = groups.filter((other) => other !== group && other.spec?.metadata !== undefined && placeOf(other) === placeOf(group) && matchesLabels(labels, other.spec.metadata.labels) && matchesLabels(other.spec.metadata.labels, labels));
    if (same.length > 0) report(group, kia('KIA1702', namesOf(same)), { path: 'spec.metadata.labels' });
  }
}
