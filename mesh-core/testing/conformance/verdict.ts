import type { FieldIssue } from '../../domain/resources/field-issue.ts';
import type { ValidationResult } from '../../domain/resources/validate-object.ts';

/** What a case expects; fields that are absent were not checked by Istio's own test. */
export interface Verdict {
  readonly valid: boolean;
  readonly warning?: boolean;
  readonly errorContains?: string;
  readonly warningContains?: string;
}

/** How a result differs from the expected verdict; undefined when it does not. */
export function disagreement(result: ValidationResult, expect: Verdict): string | undefined {
  const { errors, warnings } = result;
  if ((errors.length === 0) !== expect.valid) return `Istio says ${expect.valid ? 'valid' : 'invalid'}; found ${texts(errors)}`;
  if (expect.errorContains !== undefined && !contains(errors, expect.errorContains)) return `the error should say ${JSON.stringify(expect.errorContains)}; found ${texts(errors)}`;
  if (expect.warning !== undefined && (warnings.length > 0) !== expect.warning) return `Istio ${expect.warning ? 'warns' : 'does not warn'}; found ${texts(warnings)}`;
  if (expect.warningContains !== undefined && !contains(warnings, expect.warningContains)) return `the warning should say ${JSON.stringify(expect.warningContains)}; found ${texts(warnings)}`;
  return undefined;
}

/** Both a path and a message are part of what an API server answers. */
function contains(issues: readonly FieldIssue[], piece: string): boolean {
  return issues.some(({ path, message }) => `${path}: ${message}`.includes(piece));
}

function texts(issues: readonly FieldIssue[]): string {
  return JSON.stringify(issues.map(({ path, message }) => `${path}: ${message}`));
}
