import { issueCodes } from '#components/change/issue-words.ts';
import type { IssueLevel } from '#components/change/issue-words.ts';
import type { ConfigProblem } from '#server/config/schemas.ts';
import { kindLabel } from '../kind-label.ts';

export interface ProblemFilter {
  /** '' is every level. */
  readonly level: IssueLevel | '';
  /** IST… or KIA… code; '' for any. */
  readonly code: string;
  /** Words that must all be in an object's name or a message, in any case. */
  readonly text: string;
  /** Empty is all; objects without a namespace are in all. */
  readonly namespaces: readonly string[];
}
export type Grouping = 'code' | 'object';
export interface ProblemGroup {
  readonly key: string;
  readonly problems: readonly [ConfigProblem, ...ConfigProblem[]];
}

/** Problems that a filter lets through, in their order. */
export function filterProblems(problems: readonly ConfigProblem[], { level, code, text, namespaces }: ProblemFilter): readonly ConfigProblem[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return problems.filter(({ ref, issue }) => {
    if (level !== '' && issue.severity !== level) return false;
    if (code !== '' && !issueCodes(issue).includes(code)) return false;
    if (namespaces.length > 0 && ref.namespace !== undefined && !namespaces.includes(ref.namespace)) return false;
    const searched = `${kindLabel(ref)} ${ref.namespace ?? ''}/${ref.name} ${issueCodes(issue).join(' ')} ${issue.name ?? ''} ${issue.message} ${issue.path}`.toLowerCase();
    return words.every((word) => searched.includes(word));
  });
}

/** Problems by code or by object; groups come in the order of their first problem, so those with errors lead. */
export function groupProblems(problems: readonly ConfigProblem[], by: Grouping): readonly ProblemGroup[] {
  const keyOf = ({ ref, issue }: ConfigProblem): string => (by === 'code' ? (issue.code ?? '') : `${ref.group}/${ref.kind}/${ref.namespace ?? ''}/${ref.name}`);
  return [...Map.groupBy(problems, keyOf)].flatMap(([key, [first, ...more]]) => (first === undefined ? [] : [{ key, problems: [first, ...more] }]));
}

/** Codes that problems have, with how many have each; most first. */
export function codesOf(problems: readonly ConfigProblem[]): readonly { readonly code: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const { issue } of problems) for (const code of issueCodes(issue)) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count || a.code.localeCompare(b.code));
}

/** `ReferencedResourceNotFound` → `Referenced resource not found`; runs of capitals stay. */
export function codeTitle(name: string): string {
  const words = name.replaceAll(/([a-z\d])([A-Z])/g, '$1 $2').replaceAll(/([A-Z])([A-Z][a-z])/g, '$1 $2').split(' ');
  return words.map((word, index) => (index === 0 || /^[A-Z]{2,}$/.test(word) ? word : word.toLowerCase())).join(' ');
}
