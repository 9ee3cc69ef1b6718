import { joinPath } from '../field-issue.ts';
import type { IssueSink } from '../field-issue.ts';
import { isDnsLabel } from './dns-name.ts';

export interface ExportToContext {
  readonly namespace: string;
  /** A ServiceEntry may be exported to nobody (`~`). */
  readonly nobodyAllowed?: boolean;
  /** A rule for selected workloads only may not leave its namespace. */
  readonly ownNamespaceOnly?: boolean;
}

/** Checks `exportTo`: known forms, no repeats (`.` is the own namespace), `*` and `~` alone. */
export function checkExportTo(exportTo: readonly string[] | undefined, context: ExportToContext, path: string, issues: IssueSink): void {
  const seen = new Set<string>();
  for (const [index, entry] of (exportTo ?? []).entries()) {
    const place = joinPath(path, index);
    const namespace = entry === '.' ? context.namespace : entry;
    if (seen.has(namespace)) issues.error(place, `${JSON.stringify(entry)} repeats ${entry === '.' ? 'the own namespace' : 'an earlier entry'}`, { expected: 'every namespace once' });
    else if (entry === '~' && context.nobodyAllowed !== true) issues.error(place, '~ (nobody) is only for a ServiceEntry', { expected: '*, . or a namespace' });
    else if (entry !== '~' && entry !== '*' && !isDnsLabel(namespace)) issues.error(place, `${JSON.stringify(entry)} is not a namespace`, { expected: '*, . or a namespace' });
    else seen.add(namespace);
  }
  for (const alone of ['*', '~']) {
    if (seen.has(alone) && (exportTo?.length ?? 0) > 1) issues.error(path, `${alone} must stand alone`, { expected: `only ${alone}, or only namespaces` });
  }
  if (context.ownNamespaceOnly === true && seen.size > 0 && (seen.size > 1 || !seen.has(context.namespace))) {
    issues.error(path, 'a rule with a workloadSelector stays in its own namespace', { expected: "only '.'" });
  }
}
