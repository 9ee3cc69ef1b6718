import type { MergedMessage } from '#mesh-core/domain/resources/analysis/merge-messages.ts';
import { docsOf } from '#mesh-core/domain/resources/analysis/analysis-message.ts';
import type { FieldIssue } from '#mesh-core/domain/resources/field-issue.ts';
import { joinPath } from '#mesh-core/domain/resources/field-issue.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { PrometheusRule } from '#mesh-core/domain/resources/prometheus-rule.ts';
import { validateObject } from '#mesh-core/domain/resources/validate-object.ts';
import { unsupportedParts } from '#mesh-core/domain/status/unsupported-parts.ts';
import { findRuleProblems } from '#server/rules/define-group.ts';
import type { ConfigIssue } from './schemas.ts';

/** Istio's code for what validation says, where the rule has none of its own. */
const SCHEMA_CODE = 'IST0106';

/** What there is to say about an object by itself: what the API server would refuse, what it would warn of, and what proxies do not obey. */
export function checkObject(value: unknown): readonly ConfigIssue[] {
  const { errors, warnings } = validateObject(value);
  if (errors.length > 0) return [...firstFindings(errors.map((error): ConfigIssue => ({ ...issueOf(withCode(error, value)), severity: 'error', refuses: true }))), ...firstFindings(warnings.map((warning): ConfigIssue => ({ ...issueOf(warning), severity: 'warning' })))];
  // Safe because validation found no error.
  const object = value as KubeObject;
  const unsupported = unsupportedParts(object).map((part) => ({ ...part, code: 'not-supported' }));
  return firstFindings([...warnings, ...ruleFindings(object), ...unsupported].map((warning): ConfigIssue => ({ ...issueOf(warning), severity: 'warning' })));
}

/** What analysis says, as the console tells it. */
export function issueOfMessage({ level, path, message, code, name, docs, fix, also }: MergedMessage): ConfigIssue {
  const severity = level === 'Error' ? 'error' : level === 'Warning' ? 'warning' : 'info';
  return { severity, path, message, code, name, docs, ...(also === undefined ? {} : { also }), ...(fix === undefined ? {} : { fix }) };
}

function issueOf({ path, message, expected, code, docs, fix }: FieldIssue): Omit<ConfigIssue, 'severity'> {
  return { path, message, ...(expected === undefined ? {} : { expected }), ...(code === undefined ? {} : { code }), ...(docs === undefined ? {} : { docs }), ...(fix === undefined ? {} : { fix }) };
}

/** What Istio's webhook would refuse has Istio's code, with the page that explains it. */
function withCode(error: FieldIssue, value: unknown): FieldIssue {
  const istio = typeof value === 'object' && value !== null && 'apiVersion' in value && typeof value.apiVersion === 'string' && /\.istio\.io\//.test(value.apiVersion);
  return istio && !/^(IST|KIA)\d/.test(error.code ?? '') ? { ...error, code: SCHEMA_CODE, docs: docsOf(SCHEMA_CODE) } : error;
}

/** What PromQL and templates say of rules: the API server, which knows neither, admits them. */
function ruleFindings(object: KubeObject): readonly FieldIssue[] {
  if (object.kind !== 'PrometheusRule') return [];
  const groups = (object as PrometheusRule).spec?.groups ?? [];
  return groups.flatMap((group, index) => findRuleProblems(group).map(({ path, message }) => ({ path: `${joinPath('spec.groups', index)}.${path}`, message, expected: 'an expression that can be evaluated' })));
}

/** Nobody reads more, and finding the places of thousands would take long. */
const MAX_FINDINGS = 100;

/** The first findings of many, and how many more there are. */
export function firstFindings(findings: readonly ConfigIssue[]): readonly ConfigIssue[] {
  const [first] = findings;
  if (first === undefined || findings.length <= MAX_FINDINGS) return findings;
  return [...findings.slice(0, MAX_FINDINGS), { severity: first.severity, path: '', message: `and ${findings.length - MAX_FINDINGS} more` }];
}

/** The worst of an object's findings, for lists; notes leave it valid. */
export function validationState(issues: readonly ConfigIssue[]): 'valid' | 'warning' | 'error' {
  return issues.some((i) => i.severity === 'error') ? 'error' : issues.some((i) => i.severity === 'warning') ? 'warning' : 'valid';
}
