import type { KubeObject } from '../../kube-object.ts';
import { matchesLabels, type Labels } from '../../label-selector.ts';
import type { DestinationRule, VirtualService } from '../../networking.ts';
import type { AuthorizationPolicy, RequestAuthentication, TargetRef } from '../../security.ts';
import type { Telemetry } from '../../telemetry.ts';
import type { Report } from '../analysis-message.ts';
import { kia, type KialiCode } from './codes.ts';
import { parseHost } from './host.ts';
import { placeOf, type KialiMesh } from './kiali-mesh.ts';
import { policyNeedsHttp, routesNeedWaypoint, ruleNeedsHttp, telemetryNeedsHttp } from './layer-seven.ts';

/** How a policy is attached. */
interface Attached {
  readonly selector?: { readonly matchLabels?: Labels };
  readonly targetRef?: TargetRef;
  readonly targetRefs?: readonly TargetRef[];
}

/** What needs a waypoint in ambient mode: KIA0109, 0110, 0210 to 0212, 1109 to 1117. Source: kiali business/checkers/ambient_policy_checker.go. */
export function checkAmbient(mesh: KialiMesh, report: Report): void {
  const { input } = mesh;
  const attached = (objects: readonly KubeObject<Attached>[], needsHttp: (object: KubeObject<Attached>) => boolean, withoutRefs: KialiCode, withoutWaypoint: KialiCode): void => {
    for (const object of objects) {
      if (!mesh.isAmbient(placeOf(object)) || !needsHttp(object)) continue;
      const { targetRef, targetRefs = [], selector } = object.spec ?? {};
      const refs = [...(targetRef === undefined ? [] : [targetRef]), ...targetRefs];
      if (refs.length === 0) report(object, kia(withoutRefs));
      if (lacksWaypoint(mesh, placeOf(object), refs, selector?.matchLabels ?? {})) report(object, kia(withoutWaypoint));
    }
  };
  attached(input.all<AuthorizationPolicy>('AuthorizationPolicy'), (object) => policyNeedsHttp((object as AuthorizationPolicy).spec), 'KIA0110', 'KIA0109');
  attached(input.all<RequestAuthentication>('RequestAuthentication'), () => true, 'KIA1115', 'KIA1110');
  attached(input.all<KubeObject<Attached>>('WasmPlugin'), () => true, 'KIA1116', 'KIA1111');
  attached(input.all<Telemetry>('Telemetry'), (object) => telemetryNeedsHttp((object as Telemetry).spec), 'KIA1117', 'KIA1112');
  for (const service of input.all<VirtualService>('VirtualService')) {
    if (routesNeedWaypoint(service.spec)) checkHosts(mesh, service, (service.spec?.hosts ?? []).map((host, i) => [host, `spec.hosts[${i}]`]), ['KIA1113', 'KIA1114', 'KIA1109'], report);
  }
  for (const rule of input.all<DestinationRule>('DestinationRule')) {
    if (ruleNeedsHttp(rule.spec)) checkHosts(mesh, rule, [[rule.spec?.host ?? '', 'spec.host']], ['KIA0211', 'KIA0212', 'KIA0210'], report);
  }
}

/** Services that are referred to decide; else the workloads that are selected; else the namespace. */
function lacksWaypoint(mesh: KialiMesh, namespace: string, refs: readonly TargetRef[], labels: Labels): boolean {
  const services = refs.flatMap(({ kind, group = '', name }) => (kind === 'Service' && (group === '' || group === 'core') ? (mesh.service(namespace, name) ?? []) : []));
  if (services.length > 0) return services.some(({ metadata }) => !mesh.usesWaypoint(metadata.labels, namespace));
  const selected = Object.keys(labels).length === 0 ? [] : mesh.pods(namespace).filter((pod) => matchesLabels(labels, pod.labels));
  const ambient = selected.filter((pod) => pod.labels['istio.io/dataplane-mode'] !== 'none');
  if (ambient.length > 0) return ambient.some((pod) => !mesh.usesWaypoint(pod.labels, namespace));
  // A selector that finds only workloads outside of ambient mode needs nothing.
  return selected.length === 0 && !mesh.usesWaypoint(undefined, namespace);
}

/** Host rules count where the service is: its namespace and its enrolment. Without such a service, where the rule itself is. */
function checkHosts(mesh: KialiMesh, object: KubeObject, hosts: readonly (readonly [string, string])[], [notEnrolled, elsewhere, noWaypoint]: readonly [KialiCode, KialiCode, KialiCode], report: Report): void {
  let resolved = false;
  for (const [text, path] of hosts) {
    const host = parseHost(text, placeOf(object), mesh.namespaces);
    const service = host.complete && mesh.isAmbient(host.namespace) ? mesh.service(host.namespace, host.service) : undefined;
    if (service === undefined) continue;
    resolved = true;
    if (host.namespace !== placeOf(object)) report(object, kia(elsewhere, text), { path });
    if (!mesh.usesWaypoint(service.metadata.labels, host.namespace)) report(object, kia(notEnrolled, text), { path });
  }
  if (!resolved && mesh.isAmbient(placeOf(object)) && !mesh.usesWaypoint(undefined, placeOf(object))) report(object, kia(noWaypoint), { path: hosts[0]?.[1] ?? '' });
}
