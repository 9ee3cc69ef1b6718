import type { KubeObject } from '../../kube-object.ts';
import { matchesLabels, type Labels } from '../../label-selector.ts';
import type { DestinationRule, VirtualService } from '../../networking.ts';
import type { AuthorizationPolicy, PeerAuthentication, RequestAuthentication } from '../../security.ts';
import type { Sidecar } from '../../sidecar.ts';
import { removeFix } from '../analysis-message.ts';
import type { Report } from '../analysis-message.ts';
import { kia } from './codes.ts';
import { namesOf, placeOf, type KialiMesh } from './kiali-mesh.ts';

/** An object with the labels it selects workloads by. */
interface Selecting {
  readonly object: KubeObject;
  readonly labels: Labels;
}

/** Selectors and exportTo of all kinds that have them: KIA0002 to KIA0005. Source: kiali business/checkers/common. */
export function checkSelectors(mesh: KialiMesh, report: Report): void {
  const { input } = mesh;
  const peers = input.all<PeerAuthentication>('PeerAuthentication').map((object) => ({ object, labels: object.spec?.selector?.matchLabels ?? {} }));
  const requests = input.all<RequestAuthentication>('RequestAuthentication').map((object) => ({ object, labels: object.spec?.selector?.matchLabels ?? {} }));
  const policies = input.all<AuthorizationPolicy>('AuthorizationPolicy').map((object) => ({ object, labels: object.spec?.selector?.matchLabels ?? {} }));
  const sidecars = input.all<Sidecar>('Sidecar').map((object) => ({ object, labels: object.spec?.workloadSelector?.labels ?? {} }));
  reportWithoutWorkload(mesh, [...peers, ...requests, ...policies], 'spec.selector.matchLabels', report);
  reportWithoutWorkload(mesh, sidecars, 'spec.workloadSelector.labels', report);
  // Several RequestAuthentications for a workload are taken together, so they are no mistake.
  reportSeveral(mesh, peers, 'spec.selector', report);
  reportSeveral(mesh, sidecars, 'spec.workloadSelector', report);
  for (const object of [...input.all<VirtualService>('VirtualService'), ...input.all<DestinationRule>('DestinationRule')]) {
    if (mesh.isAmbient(placeOf(object))) continue;
    for (const [i, namespace] of (object.spec?.exportTo ?? []).entries()) {
      if (namespace !== '.' && namespace !== '*' && !mesh.namespaces.has(namespace)) report(object, kia('KIA0005', namespace), { path: `spec.exportTo[${i}]`, fix: removeFix(`Do not export to ${namespace}`, ['spec', 'exportTo', i]) });
    }
  }
}

function reportWithoutWorkload(mesh: KialiMesh, selecting: readonly Selecting[], path: string, report: Report): void {
  for (const { object, labels } of selecting) {
    // A policy of the root namespace is for workloads of all namespaces.
    const namespace = placeOf(object) === mesh.settings.rootNamespace ? undefined : placeOf(object);
    if (Object.keys(labels).length > 0 && !mesh.hasWorkload(labels, namespace)) report(object, kia('KIA0004'), { path });
  }
}

function reportSeveral(mesh: KialiMesh, selecting: readonly Selecting[], path: string, report: Report): void {
  for (const [namespace, inNamespace] of Map.groupBy(selecting, ({ object }) => placeOf(object))) {
    const bare = inNamespace.filter(({ labels }) => Object.keys(labels).length === 0);
    if (bare.length > 1) for (const { object } of bare) report(object, kia('KIA0002', namesOf(bare.filter((other) => other.object !== object).map((other) => other.object))), { path });
    const selective = inNamespace.filter(({ labels }) => Object.keys(labels).length > 0);
    const shared = new Map<KubeObject, Set<KubeObject>>();
    for (const pod of mesh.pods(namespace)) {
      const selected = selective.filter(({ labels }) => matchesLabels(labels, pod.labels));
      if (selected.length < 2) continue;
      for (const { object } of selected) shared.set(object, new Set([...(shared.get(object) ?? []), ...selected.map((other) => other.object).filter((other) => other !== object)]));
    }
    for (const [object, others] of shared) report(object, kia('KIA0003', namesOf([...others])), { path });
  }
}
