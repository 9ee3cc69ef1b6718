import type { AnalysisFix } from './analysis/analysis-message.ts';

/** One finding about one field of an object: an error refuses the object, a warning only tells. */
export interface FieldIssue {
  /** `spec.http[0].route[1].weight`; keys that are no plain word stand as `metadata.labels["a/b"]`. Empty: the whole object. */
  readonly path: string;
  readonly message: string;
  /** What would be accepted, in a few words. */
  readonly expected?: string;
  /** Istio's analysis code (`IST0130`), Kiali's check code (`KIA1104`), or a word for the structural rule (`unknown-field`). */
  readonly code?: string;
  /** Page that explains the code. */
  readonly docs?: string;
  /** A change that would settle it. */
  readonly fix?: AnalysisFix;
}

/** Extends a field path by one step: a number is a list index, a string a field name or a map key. */
export function joinPath(path: string, step: string | number): string {
  if (typeof step === 'number') return `${path}[${step}]`;
  if (!/^[A-Za-z_][\w-]*$/.test(step)) return `${path}[${JSON.stringify(step)}]`;
  return path === '' ? step : `${path}.${step}`;
}

/** Where the rules of one validation put what they find. */
export interface IssueSink {
  error(path: string, message: string, detail?: Omit<FieldIssue, 'path' | 'message'>): void;
  warn(path: string, message: string, detail?: Omit<FieldIssue, 'path' | 'message'>): void;
}
/** A sink that keeps errors only. istiod loses the warnings of policies inside subsets and ports, and so do we, to say what it says. */
export function errorsOf(issues: IssueSink): IssueSink {
  return { error: (path, message, detail) => issues.error(path, message, detail), warn: () => undefined };
}
export interface IssueList extends IssueSink {
  readonly errors: FieldIssue[];
  readonly warnings: FieldIssue[];
}

/** An empty list of findings, filled in the order in which the rules run. */
export function createIssueList(): IssueList {
  const errors: FieldIssue[] = [];
  const warnings: FieldIssue[] = [];
  return {
    errors,
    warnings,
    error: (path, message, detail) => void errors.push({ path, message, ...detail }),
    warn: (path, message, detail) => void warnings.push({ path, message, ...detail }),
  };
}
