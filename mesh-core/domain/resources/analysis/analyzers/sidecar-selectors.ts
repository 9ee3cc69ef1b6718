import { matchesLabels } from '../../label-selector.ts';
import type { Sidecar } from '../../sidecar.ts';
import { selectorText } from '../analysis-input.ts';
import type { AnalysisInput } from '../analysis-input.ts';
import type { Report } from '../analysis-message.ts';
import { isAmbientNamespace, isAmbientPod } from '../mesh-membership.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

/** IST0101 for selectors without a workload, IST0110 and IST0111 for Sidecars of the same workloads, IST0167 where workloads have no sidecar. Source: sidecar/selector.go. */
export const sidecarSelectors: Analyzer = {
  name: 'sidecar.SelectorAnalyzer',
  kinds: ['Sidecar'],
  analyze(input, report) {
    const [selective, general] = split(input.all<Sidecar>('Sidecar'));
    const ineffective = new Set<Sidecar>();
    const reportOnce = (object: Sidecar, reason: string): void => {
      if (!ineffective.has(object)) report(object, messages.ineffectivePolicy(reason));
      ineffective.add(object);
    };
    checkSelective(selective, input, report, reportOnce);
    for (const [namespace, objects] of Map.groupBy(general, ({ metadata }) => metadata.namespace ?? '')) {
      if (isAmbientNamespace(namespace, input)) for (const object of objects) reportOnce(object, 'namespace is in ambient mode, the policy has no impact');
      else if (objects.length > 1) for (const object of objects) report(object, messages.multipleSidecarsWithoutWorkloadSelectors(namesOf(objects), namespace), { path: 'spec.workloadSelector' });
    }
  },
};

function checkSelective(sidecars: readonly Sidecar[], input: AnalysisInput, report: Report, reportOnce: (object: Sidecar, reason: string) => void): void {
  for (const object of sidecars) {
    const labels = object.spec?.workloadSelector?.labels;
    const found = input.pods.some((pod) => pod.namespace === (object.metadata.namespace ?? '') && matchesLabels(labels, pod.labels));
    if (!found) report(object, messages.referencedResourceNotFound('selector', selectorText(labels)), { path: 'spec.workloadSelector.labels' });
  }
  for (const pod of input.pods) {
    const own = sidecars.filter(({ metadata, spec }) => (metadata.namespace ?? '') === pod.namespace && matchesLabels(spec?.workloadSelector?.labels, pod.labels));
    const ambient = isAmbientPod(pod);
    if (own.length < 2 && !ambient) continue;
    for (const object of own) {
      if (ambient) reportOnce(object, 'selected workload is in ambient mode, the policy has no impact');
      else report(object, messages.conflictingSidecarWorkloadSelectors(namesOf(own), pod.namespace, pod.name), { path: 'spec.workloadSelector' });
    }
  }
}

function split(sidecars: readonly Sidecar[]): readonly [selective: readonly Sidecar[], general: readonly Sidecar[]] {
  const isGeneral = ({ spec }: Sidecar): boolean => Object.keys(spec?.workloadSelector?.labels ?? {}).length === 0;
  return [sidecars.filter((object) => !isGeneral(object)), sidecars.filter(isGeneral)];
}

function namesOf(objects: readonly Sidecar[]): string[] {
  return objects.map(({ metadata }) => metadata.name).toSorted();
}
