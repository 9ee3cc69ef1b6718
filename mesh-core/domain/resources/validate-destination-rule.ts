import { asMessage } from './as-message.ts';
import { errorsOf, joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import type { DestinationRuleSpec } from './networking.ts';
import { isDnsLabel, wildcardDomainProblem } from './rules/dns-name.ts';
import { checkExportTo } from './rules/export-to.ts';
import { checkLabels, checkSelectorLabels } from './rules/label-rules.ts';
import { checkTrafficPolicy } from './validate-traffic-policy.ts';

/** istiod's rules for a DestinationRule. Source: istio/istio pkg/config/validation/validation.go (ValidateDestinationRule). */
export function validateDestinationRule(spec: DestinationRuleSpec, namespace: string, issues: IssueSink): void {
  const { host = '' } = asMessage(spec);
  const hostProblem = wildcardDomainProblem(host);
  if (hostProblem !== undefined) issues.error('spec.host', hostProblem, { expected: 'a service name or a host' });
  checkTrafficPolicy(spec.trafficPolicy, namespace, 'spec.trafficPolicy', issues);
  const names = new Set<string>();
  for (const [index, subset] of (spec.subsets ?? []).entries()) {
    const path = joinPath('spec.subsets', index);
    const { name = '' } = asMessage(subset);
    if (names.has(name)) issues.error(`${path}.name`, `duplicate subset names: ${name}`, { expected: 'a name of its own for every subset' });
    names.add(name);
    if (!isDnsLabel(name)) issues.error(`${path}.name`, `subset name is invalid: ${JSON.stringify(name)}`, { expected: 'one DNS label, such as v2' });
    checkLabels(subset.labels, `${path}.labels`, issues);
    checkTrafficPolicy(subset.trafficPolicy, namespace, `${path}.trafficPolicy`, errorsOf(issues));
  }
  checkExportTo(spec.exportTo, { namespace, ownNamespaceOnly: spec.workloadSelector !== undefined }, 'spec.exportTo', issues);
  if (spec.workloadSelector !== undefined) checkSelectorLabels(spec.workloadSelector.matchLabels, 'spec.workloadSelector', issues);
}
