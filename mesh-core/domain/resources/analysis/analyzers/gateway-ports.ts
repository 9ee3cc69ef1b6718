import { asMessage } from '../../as-message.ts';
import type { Service } from '../../core.ts';
import { matchesLabels } from '../../label-selector.ts';
import type { Gateway } from '../../networking.ts';
import { selectorText } from '../analysis-input.ts';
import type { AnalysisInput, AnalyzedPod } from '../analysis-input.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

/** IST0162: a Gateway's port that no Service of its workloads has; IST0101 when it has no workloads. Source: gateway/gateway.go. */
export const gatewayPorts: Analyzer = {
  name: 'gateway.IngressGatewayPortAnalyzer',
  kinds: ['Gateway'],
  analyze(input, report) {
    for (const object of input.subjects<Gateway>('Gateway')) {
      const selector = object.spec?.selector;
      const pods = input.pods.filter(({ labels }) => matchesLabels(selector, labels));
      if (pods.length === 0) {
        report(object, messages.referencedResourceNotFound('selector', selectorText(selector)), { path: 'spec.selector' });
        continue;
      }
      const services = pods.flatMap((pod) => servicesOf(pod, input));
      // Outside Kubernetes a gateway's ports are reached as they are, unless somebody put a Service before them.
      if (services.length === 0 && pods.every((pod) => pod.object.kind === 'WorkloadEntry')) continue;
      const ports = new Set(services.flatMap(portsOf));
      for (const [index, server] of (object.spec?.servers ?? []).entries()) {
        const { port } = asMessage(server);
        if (port !== undefined && !ports.has(port.number)) report(object, messages.gatewayPortNotDefinedOnService(port.number, selectorText(selector)), { path: `spec.servers[${index}].port.number` });
      }
    }
  },
};

function servicesOf(pod: AnalyzedPod, input: AnalysisInput): readonly Service[] {
  return input.all<Service>('Service').filter(({ metadata, spec }) => (metadata.namespace ?? '') === pod.namespace && matchesLabels(spec?.selector, pod.labels));
}

/** Ports of a Service, on either side of it. */
function portsOf({ spec }: Service): number[] {
  return (spec?.ports ?? []).filter(({ protocol = 'TCP' }) => protocol === 'TCP').flatMap(({ port, targetPort }) => (typeof targetPort === 'number' && targetPort !== 0 ? [port, targetPort] : [port]));
}
