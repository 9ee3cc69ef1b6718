import type { Status } from '#components/status/status.ts';
import type { ConfigIssue } from '#server/config/schemas.ts';

export type IssueLevel = ConfigIssue['severity'];
export const ISSUE_LEVELS: readonly IssueLevel[] = ['error', 'warning', 'info'];

const STATUS_OF: Readonly<Record<IssueLevel, Status>> = { error: 'failing', warning: 'degraded', info: 'idle' };
const WORDS: Readonly<Record<IssueLevel, string>> = { error: 'Error', warning: 'Warning', info: 'Note' };

/** How a level looks and what it is called. */
export function levelStatus(level: IssueLevel): { readonly status: Status; readonly label: string } {
  return { status: STATUS_OF[level], label: WORDS[level] };
}

/** The look of several findings: of the gravest; healthy without any, or with notes alone. */
export function issueStatus(issues: readonly Pick<ConfigIssue, 'severity'>[]): Status {
  return issues.some(({ severity }) => severity === 'error') ? 'failing' : issues.some(({ severity }) => severity === 'warning') ? 'degraded' : 'healthy';
}

/** `2 errors, 1 note`; empty for no findings. */
export function countWords(issues: readonly Pick<ConfigIssue, 'severity'>[]): string {
  return ISSUE_LEVELS.flatMap((level) => {
    const count = issues.filter(({ severity }) => severity === level).length;
    return count === 0 ? [] : [`${count} ${WORDS[level].toLowerCase()}${count === 1 ? '' : 's'}`];
  }).join(', ');
}

/** Istio's and Kiali's codes of a finding; none for a rule that neither has a code for. */
export function issueCodes({ code, also = [] }: Pick<ConfigIssue, 'code' | 'also'>): readonly string[] {
  return [...(code === undefined ? [] : [code]), ...also.map((other) => other.code)].filter((each) => /^(IST|KIA)\d/.test(each));
}
