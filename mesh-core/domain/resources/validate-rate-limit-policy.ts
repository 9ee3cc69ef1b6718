import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import type { RateLimitPolicySpec } from './rate-limit-policy.ts';
import { corsHeaderNameProblem } from './rules/header-rules.ts';
import { checkSelectorLabels } from './rules/label-rules.ts';
import { stringMatchProblem, stringMatchRegexProblem } from './rules/regex-rules.ts';

/** The rules for a RateLimitPolicy that its schema cannot say. */
export function validateRateLimitPolicy(spec: RateLimitPolicySpec, issues: IssueSink): void {
  if (spec.selector !== undefined) checkSelectorLabels(spec.selector.matchLabels, 'spec.selector', issues);
  const limits = spec.limits ?? [];
  if (limits.length === 0) issues.warn('spec.limits', 'there is no limit, so nothing is limited', { expected: 'a limit' });
  for (const [index, { match, key, requests, burst }] of limits.entries()) {
    const path = joinPath('spec.limits', index);
    const report = (place: string, problem: string | undefined): void => {
      if (problem !== undefined) issues.error(place, problem, { expected: 'exact, prefix, regex (RE2), or {} for "is present"' });
    };
    report(`${path}.match.path`, stringMatchRegexProblem(match?.path));
    for (const [name, value] of Object.entries(match?.headers ?? {})) report(joinPath(`${path}.match.headers`, name), corsHeaderNameProblem(name) ?? stringMatchProblem(value));
    if (key?.header !== undefined) report(`${path}.key.header`, corsHeaderNameProblem(key.header));
    if (burst !== undefined && burst < requests) issues.error(`${path}.burst`, `${burst} is less than the ${requests} requests of an interval`, { expected: `${requests} or more` });
  }
}
