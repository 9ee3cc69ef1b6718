import { matchesLabels } from '../../label-selector.ts';
import type { AuthorizationPolicy } from '../../security.ts';
import { closeNames } from '../../schema/nearest-names.ts';
import { selectorText } from '../analysis-input.ts';
import type { AnalysisInput } from '../analysis-input.ts';
import { replaceFix } from '../analysis-message.ts';
import type { Report } from '../analysis-message.ts';
import { isAmbientPod, isInMesh } from '../mesh-membership.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

/** IST0127 for policies without a workload, IST0101 for namespaces that do not exist. Source: authz/authorizationpolicies.go. */
export const authorizationPolicies: Analyzer = {
  name: 'auth.AuthorizationPoliciesAnalyzer',
  kinds: ['AuthorizationPolicy'],
  analyze(input, report) {
    const pods = input.pods.filter((pod) => isInMesh(pod, input) || isAmbientPod(pod));
    for (const object of input.subjects<AuthorizationPolicy>('AuthorizationPolicy')) {
      const namespace = object.metadata.namespace ?? '';
      const meshWide = namespace === (input.meshConfig.rootNamespace ?? 'istio-system');
      const selector = object.spec?.selector;
      const selected = pods.some((pod) => (meshWide || pod.namespace === namespace) && matchesLabels(selector?.matchLabels, pod.labels));
      if (!selected && !(meshWide && selector === undefined)) report(object, messages.noMatchingWorkloadsFound(selectorText(selector?.matchLabels)), { path: 'spec.selector' });
      checkNamespaces(object, input, report);
    }
  },
};

function checkNamespaces(object: AuthorizationPolicy, input: AnalysisInput, report: Report): void {
  const names = input.all('Namespace').map(({ metadata }) => metadata.name);
  for (const [index, { from = [] }] of (object.spec?.rules ?? []).entries()) {
    for (const [fromIndex, { source }] of from.entries()) {
      for (const field of ['namespaces', 'notNamespaces'] as const) {
        for (const [position, wanted] of (source?.[field] ?? []).entries()) {
          if (names.some((name) => matchesName(name, wanted))) continue;
          const path = `spec.rules[${index}].from[${fromIndex}].source.${field}[${position}]`;
          const [near] = closeNames(wanted, names);
          const body = messages.referencedResourceNotFound('namespace', wanted);
          report(object, body, near === undefined ? { path, apart: true } : { path, apart: true, fix: replaceFix(`Use namespace ${near}`, ['spec', 'rules', index, 'from', fromIndex, 'source', field, position], near) });
        }
      }
    }
  }
}

/** `*`, `*suffix`, `prefix*`, or the name in any case. */
function matchesName(name: string, wanted: string): boolean {
  if (wanted.startsWith('*')) return name.endsWith(wanted.slice(1));
  if (wanted.endsWith('*')) return name.startsWith(wanted.slice(0, -1));
  return name.toLowerCase() === wanted.toLowerCase();
}
