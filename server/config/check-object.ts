import { analyzeReferences } from '#mesh-core/domain/resources/analyze-references.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { validateObject } from '#mesh-core/domain/resources/validate-object.ts';
import type { MeshSnapshot } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import type { PrometheusRule } from '#mesh-core/domain/resources/prometheus-rule.ts';
import { joinPath } from '#mesh-core/domain/resources/field-issue.ts';
import { findRuleProblems } from '#server/rules/define-group.ts';
import type { ManifestDocument } from './parse-manifest.ts';
import type { ConfigIssue } from './schemas.ts';

type Finding = Pick<ConfigIssue, 'path' | 'message' | 'expected' | 'code' | 'docs' | 'fix'>;

/** Everything there is to say about an object: what the API server would refuse, and what would probably not work. */
export function checkObject(value: unknown, snapshot: MeshSnapshot, document?: ManifestDocument): ConfigIssue[] {
  const { errors, warnings } = validateObject(value);
  // References are looked at only in an object whose fields are what they should be.
  const references = errors.length === 0 ? analyzeReferences(value as KubeObject, snapshot) : [];
  const issue = (severity: ConfigIssue['severity']) => (f: Finding): ConfigIssue => ({
    severity,
    path: f.path,
    message: f.message,
    ...(f.expected === undefined ? {} : { expected: f.expected }),
    ...(f.code === undefined ? {} : { code: f.code }),
    ...(f.docs === undefined ? {} : { docs: f.docs }),
    ...(f.fix === undefined ? {} : { fix: f.fix }),
    ...(document === undefined ? {} : document.locate(f.path)),
  });
  return [...some(errors).map(issue('error')), ...some([...warnings, ...references, ...(errors.length === 0 ? ruleFindings(value as KubeObject) : [])]).map(issue('warning'))];
}

/** What PromQL and templates say of rules: the API server, which knows neither, admits them. */
function ruleFindings(object: KubeObject): Finding[] {
  if (object.kind !== 'PrometheusRule') return [];
  const groups = (object as PrometheusRule).spec?.groups ?? [];
  return groups.flatMap((group, index) => findRuleProblems(group).map(({ path, message }) => ({ path: `${joinPath('spec.groups', index)}.${path}`, message, expected: 'an expression that can be evaluated' })));
}

/** Nobody reads more, and finding the places of thousands would take long. */
const MAX_FINDINGS = 100;

function some(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length <= MAX_FINDINGS) return findings;
  return [...findings.slice(0, MAX_FINDINGS), { path: '', message: `and ${findings.length - MAX_FINDINGS} more` }];
}

/** The worst of an object's findings, for lists. */
export function validationState(issues: readonly ConfigIssue[]): 'valid' | 'warning' | 'error' {
  return issues.some((i) => i.severity === 'error') ? 'error' : issues.length > 0 ? 'warning' : 'valid';
}
