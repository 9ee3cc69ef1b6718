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
  analyze(input, report) {
    for (const object of input.all<Gateway>('Gateway')) {
      const selector = object.spec?.selector;
      const pods = input.pods.filter(({ labels }) => matchesLabels(selector, labels));
      if (pods.length === 0) {
        report(object, messages.referencedResourceNotFound('selector', selectorText(selector)), { path: 'spec.selector' });
        continue;
      }
      const ports = new Set(pods.flatMap((pod) => reachablePorts(pod, input)));
      for (const [index, server] of (object.spec?.servers ?? []).entries()) {
        const { port } = asMessage(server);
        if (port !== undefined && !ports.has(port.number)) report(object, messages.gatewayPortNotDefinedOnService(port.number, selectorText(selector)), { path: `spec.servers[${index}].port.number` });
      }
    }
  },
};

/** Ports of the Services in front of a workload, on either side of them. */
function reachablePorts(pod: AnalyzedPod, input: AnalysisInput): number[] {
  // A WorkloadEntry's gateway binds its ports itself, so only Kubernetes' Services limit what can be reached.
  const services = input.all<Service>('Service').filter(({ metadata, spec }) => (metadata.namespace ?? '') === pod.namespace && matchesLabels(spec?.selector, pod.labels));
  return services.flatMap(({ spec }) => (spec?.ports ?? []).filter(({ protocol = 'TCP' }) => protocol === 'TCP').flatMap(({ port, targetPort }) => (typeof targetPort === 'number' && targetPort !== 0 ? [port, targetPort] : [port])));
}
