import type { KubeObject } from '../../kube-object.ts';
import { matchesLabels } from '../../label-selector.ts';
import type { Telemetry } from '../../telemetry.ts';
import { selectorText } from '../analysis-input.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

/** IST0101 for selectors without a workload, IST0159 for Telemetries of the same one. Source: telemetry/selector.go. */
export const telemetrySelectors: Analyzer = {
  name: 'telemetry.SelectorAnalyzer',
  kinds: ['Telemetry'],
  analyze(input, report) {
    const selective = input.all<Telemetry>('Telemetry').filter(({ spec }) => Object.keys(spec?.selector?.matchLabels ?? {}).length > 0);
    for (const object of selective) {
      const labels = object.spec?.selector?.matchLabels;
      const found = input.pods.some((pod) => pod.namespace === (object.metadata.namespace ?? '') && matchesLabels(labels, pod.labels));
      if (!found) report(object, messages.referencedResourceNotFound('selector', selectorText(labels)), { path: 'spec.selector.matchLabels' });
    }
    for (const pod of input.pods) {
      const own = selective.filter(({ metadata, spec }) => (metadata.namespace ?? '') === pod.namespace && matchesLabels(spec?.selector?.matchLabels, pod.labels));
      if (own.length > 1) for (const object of own) report(object, messages.conflictingTelemetryWorkloadSelectors(namesOf(own), pod.namespace, pod.name), { path: 'spec.selector' });
    }
  },
};

/** IST0160: several Telemetries for a whole namespace. Source: telemetry/default_selector.go. */
export const telemetryDefaults: Analyzer = {
  name: 'telemetry.DefaultSelectorAnalyzer',
  kinds: ['Telemetry'],
  analyze(input, report) {
    const general = input.all<Telemetry>('Telemetry').filter(({ spec }) => spec?.selector === undefined);
    for (const [namespace, objects] of Map.groupBy(general, ({ metadata }) => metadata.namespace ?? '')) {
      if (objects.length > 1) for (const object of objects) report(object, messages.multipleTelemetriesWithoutWorkloadSelectors(namesOf(objects), namespace));
    }
  },
};

function namesOf(objects: readonly KubeObject[]): string[] {
  return objects.map(({ metadata }) => metadata.name).toSorted();
}
