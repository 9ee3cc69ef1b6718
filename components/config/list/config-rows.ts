import { issueCodes } from '#components/change/issue-words.ts';
import type { ConfigRow } from '#server/config/schemas.ts';
import { kindIdOf } from '../kind-label.ts';

export type StateFilter = 'all' | 'findings' | 'error';
export interface RowFilter {
  /** Id of a kind; '' is every kind but those that the mesh writes itself. */
  readonly kind: string;
  readonly state: StateFilter;
  /** IST… or KIA… code that a finding must have; '' for any. */
  readonly code?: string;
  /** Empty is all; objects without a namespace are in all. */
  readonly namespaces: readonly string[];
}

/** Kinds that workloads register by running: shown when asked for. */
const REGISTERED = new Set(['WorkloadEntry']);

/** Kinds that steer the mesh, first those that people change most. */
const STEERING = ['CanaryRollout', 'VirtualService', 'DestinationRule', 'AuthorizationPolicy', 'PeerAuthentication', 'Gateway', 'ServiceEntry', 'PrometheusRule'];

/** Rows of a filter: what steers the mesh first, then services and the rest; within a kind by namespace and name. */
export function filterConfigRows(rows: readonly ConfigRow[], { kind, state, code = '', namespaces }: RowFilter): readonly ConfigRow[] {
  const shown = rows.filter((row) => inNamespaces(row, namespaces) && (kind === '' ? !REGISTERED.has(row.kind) || row.issues.length > 0 : kindIdOf(row) === kind) && inState(row, state) && (code === '' || row.issues.some((issue) => issueCodes(issue).includes(code))));
  return shown.sort((a, b) => rank(a) - rank(b) || a.kind.localeCompare(b.kind) || (a.namespace ?? '').localeCompare(b.namespace ?? '') || a.name.localeCompare(b.name));
}

function rank({ kind }: ConfigRow): number {
  const at = STEERING.indexOf(kind);
  return at === -1 ? (kind === 'Service' ? STEERING.length : STEERING.length + 1) : at;
}

/** How many rows each kind has within the namespaces, and how many of them have findings; kinds by name. */
export function countKinds(rows: readonly ConfigRow[], namespaces: readonly string[]): readonly { readonly kind: string; readonly count: number; readonly findings: number }[] {
  const counts = new Map<string, { count: number; findings: number }>();
  for (const row of rows) {
    if (!inNamespaces(row, namespaces)) continue;
    const entry = counts.get(kindIdOf(row)) ?? { count: 0, findings: 0 };
    counts.set(kindIdOf(row), { count: entry.count + 1, findings: entry.findings + (row.issues.length === 0 ? 0 : 1) });
  }
  return [...counts].map(([kind, entry]) => ({ kind, ...entry })).sort((a, b) => a.kind.localeCompare(b.kind));
}

function inNamespaces({ namespace }: ConfigRow, namespaces: readonly string[]): boolean {
  return namespaces.length === 0 || namespace === undefined || namespaces.includes(namespace);
}

function inState({ validation, issues }: ConfigRow, state: StateFilter): boolean {
  return state === 'all' || (state === 'error' ? validation === 'error' : issues.length > 0);
}

/** The codes that rows within the namespaces have, with how many rows have each; most first. */
export function countCodes(rows: readonly ConfigRow[], namespaces: readonly string[]): readonly { readonly code: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    if (!inNamespaces(row, namespaces)) continue;
    for (const code of new Set(row.issues.flatMap(issueCodes))) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count || a.code.localeCompare(b.code));
}
