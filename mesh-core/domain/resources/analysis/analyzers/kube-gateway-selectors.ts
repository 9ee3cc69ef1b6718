import type { KubeObject } from '../../kube-object.ts';
import { matchesLabels } from '../../label-selector.ts';
import type { TargetRef, WorkloadSelector } from '../../security.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name';
type Policy = KubeObject<{ readonly selector?: WorkloadSelector; readonly targetRef?: TargetRef }>;

/** IST0166: policies that select the workload of a Gateway API Gateway by labels. Source: k8sgateway/workloadselector.go. */
export const kubeGatewaySelectors: Analyzer = {
  name: 'k8sgateway.SelectorAnalyzer',
  kinds: ['AuthorizationPolicy', 'RequestAuthentication', 'Telemetry', 'WasmPlugin'],
  analyze(input, report) {
    const gateways = input.pods.filter(({ labels }) => labels[GATEWAY_NAME] !== undefined);
    for (const kind of ['AuthorizationPolicy', 'RequestAuthentication', 'Telemetry', 'WasmPlugin']) {
      for (const object of input.subjects<Policy>(kind)) {
        const { selector, targetRef } = object.spec ?? {};
        if (selector === undefined || targetRef !== undefined) continue;
        for (const pod of gateways) {
          if (pod.namespace === (object.metadata.namespace ?? '') && matchesLabels(selector.matchLabels, pod.labels)) report(object, messages.ineffectiveSelector(pod.labels[GATEWAY_NAME] ?? ''), { path: 'spec.selector' });
        }
      }
    }
  },
};
