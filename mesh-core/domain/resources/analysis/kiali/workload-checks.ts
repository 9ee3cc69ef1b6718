import type { Service } from '../../core.ts';
import { matchesLabels, selectsWorkload } from '../../label-selector.ts';
import type { AuthorizationPolicy, AuthorizationPolicySpec } from '../../security.ts';
import type { AnalyzedPod } from '../analysis-input.ts';
import type { Report } from '../analysis-message.ts';
import { kia } from './codes.ts';
import { placeOf, type KialiMesh } from './kiali-mesh.ts';
import { policyNeedsHttp } from './layer-seven.ts';
import { hasSidecar, isRedirected } from './service-checks.ts';

const MODE_LABEL = 'istio.io/dataplane-mode';

/** Workloads: KIA1301, 1311 to 1317. Source: kiali business/checkers/{workloads,ambient}. */
export function checkWorkloads(mesh: KialiMesh, report: Report): void {
  const policies = mesh.input.all<AuthorizationPolicy>('AuthorizationPolicy');
  for (const pod of mesh.input.pods) {
    if (!policies.some((policy) => covers(mesh, policy, pod))) report(pod.object, kia('KIA1301'));
    checkAmbientMode(mesh, pod, policies, report);
  }
}

function covers(mesh: KialiMesh, policy: AuthorizationPolicy, { namespace, labels }: AnalyzedPod): boolean {
  return (placeOf(policy) === namespace || placeOf(policy) === mesh.settings.rootNamespace) && matchesLabels(policy.spec?.selector?.matchLabels, labels);
}

function checkAmbientMode(mesh: KialiMesh, pod: AnalyzedPod, policies: readonly AuthorizationPolicy[], report: Report): void {
  const { namespace, labels, object } = pod;
  const mode = labels[MODE_LABEL];
  const labelled = mode === 'ambient' || (mesh.isAmbient(namespace) && mode !== 'none');
  const sidecar = hasSidecar(object.spec);
  const redirected = isRedirected(object.metadata.annotations);
  const forSidecar = isLabelledForSidecar(mesh, pod);
  const usesWaypoint = mode !== 'none' && mesh.usesWaypoint(labels, namespace);
  const hasWaypoint = usesWaypoint && mesh.waypointExists(labels, namespace);
  if (labelled && forSidecar) report(object, kia('KIA1311'));
  if (usesWaypoint && !redirected && !labelled) report(object, kia('KIA1312'));
  if (usesWaypoint && !hasWaypoint) report(object, kia('KIA1313'));
  if (forSidecar && redirected) report(object, kia('KIA1314'));
  if (labelled && sidecar) report(object, kia('KIA1315'));
  if (sidecar && mesh.isAmbient(namespace)) report(object, kia('KIA1316'));
  const isGateway = labels['gateway.networking.k8s.io/gateway-name'] !== undefined || labels['istio.io/gateway-name'] !== undefined;
  if (isGateway || mode === 'none' || (!redirected && !labelled) || hasWaypoint) return;
  const concerned = policies.filter((policy) => placeOf(policy) === namespace && policyNeedsHttp(policy.spec) && isAbout(mesh, policy.spec, pod));
  if (concerned.length > 0) report(object, kia('KIA1317', concerned.map(({ metadata }) => metadata.name).toSorted().join(', ')));
}

/** Is a workload, or its namespace, labelled for injection? */
function isLabelledForSidecar(mesh: KialiMesh, { namespace, labels }: AnalyzedPod): boolean {
  const of = mesh.labelsOf(namespace);
  const on = of['istio-injection'] === 'enabled' || (of['istio.io/rev'] ?? '') !== '' || labels['sidecar.istio.io/inject'] === 'true' || labels['sidecar.istio.io/inject'] === 'enabled';
  return on && of['istio-injection'] !== 'disabled' && labels['sidecar.istio.io/inject'] !== 'false' && labels['sidecar.istio.io/inject'] !== 'none';
}

function isAbout(mesh: KialiMesh, spec: AuthorizationPolicySpec | undefined, { namespace, labels }: AnalyzedPod): boolean {
  const refs = [...(spec?.targetRef === undefined ? [] : [spec.targetRef]), ...(spec?.targetRefs ?? [])];
  if (refs.length === 0) return matchesLabels(spec?.selector?.matchLabels, labels);
  return refs.some(({ kind, group = '', name }) => kind === 'Service' && (group === '' || group === 'core') && selectsWorkload((mesh.service(namespace, name) as Service | undefined)?.spec?.selector, labels));
}
