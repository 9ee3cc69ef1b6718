import type { CanaryRolloutSpec } from './canary-rollout.ts';
import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import { isDnsLabel, wildcardDomainProblem } from './rules/dns-name.ts';
import { checkLabels } from './rules/label-rules.ts';

/** The rules for a CanaryRollout that its schema cannot say. */
export function validateCanaryRollout(spec: CanaryRolloutSpec, issues: IssueSink): void {
  const hostProblem = spec.host.startsWith('*') ? 'a rollout is of one service' : wildcardDomainProblem(spec.host);
  if (hostProblem !== undefined) issues.error('spec.host', hostProblem, { expected: 'a service name or its full host' });
  checkArms(spec, issues);
  checkSteps(spec, issues);
  const { analysis } = spec;
  for (const field of ['alpha', 'beta'] as const) {
    if (!(analysis[field] > 0 && analysis[field] < 1)) issues.error(`spec.analysis.${field}`, `${analysis[field]} is not a chance`, { expected: 'above 0 and below 1' });
  }
  for (const test of ['errors', 'latency'] as const) {
    const ratio = analysis[test]?.maxRatio;
    if (ratio !== undefined && ratio < 1) issues.error(`spec.analysis.${test}.maxRatio`, `${ratio} asks the canary to be better than stable`, { expected: '1 or more' });
  }
  const edges = analysis.latency?.edgesMs ?? [];
  for (const [index, edge] of edges.entries()) {
    const previous = edges[index - 1] ?? 0;
    if (!(edge > previous)) issues.error(joinPath('spec.analysis.latency.edgesMs', index), `${edge} is not above ${previous}`, { expected: 'rising edges above 0' });
  }
}

function checkArms({ stable, canary }: CanaryRolloutSpec, issues: IssueSink): void {
  for (const [name, arm] of [['stable', stable], ['canary', canary]] as const) {
    if (!isDnsLabel(arm.subset)) issues.error(`spec.${name}.subset`, `${JSON.stringify(arm.subset)} is not a subset name`, { expected: 'one DNS label, such as v2' });
    checkLabels(arm.labels, `spec.${name}.labels`, issues);
  }
  if (stable.subset === canary.subset) issues.error('spec.canary.subset', 'canary and stable are the same subset', { expected: 'two subsets' });
  const shared = Object.entries(stable.labels).every(([key, value]) => canary.labels[key] === undefined || canary.labels[key] === value);
  if (shared) issues.error('spec.canary.labels', 'a workload can have the labels of both canary and stable', { expected: 'a label with different values, such as version' });
}

function checkSteps({ steps }: CanaryRolloutSpec, issues: IssueSink): void {
  for (const [index, step] of steps.entries()) {
    const path = joinPath('spec.steps', index);
    const previous = steps[index - 1]?.weight ?? 0;
    if (!(step.weight > previous)) issues.error(`${path}.weight`, `${step.weight} is not above ${previous}`, { expected: 'shares that rise from step to step' });
    if (step.weight > 100) issues.error(`${path}.weight`, `${step.weight} is more than all`, { expected: 'at most 100' });
    if (step.maxSeconds !== undefined && step.maxSeconds < step.minSeconds) issues.error(`${path}.maxSeconds`, `${step.maxSeconds} is less than minSeconds`, { expected: `${step.minSeconds} or more` });
  }
}
