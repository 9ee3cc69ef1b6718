import { labelsKey } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import type { AlertingDefinition } from './rule-definition.ts';

/** What an evaluation says of one label set: the condition holds, with these texts. */
export interface AlertCandidate {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly value: number;
}

/** One alert of a rule. Times are Unix ms. */
export interface ActiveAlert extends AlertCandidate {
  readonly state: 'pending' | 'firing' | 'inactive';
  /** Since when the condition holds. */
  readonly activeAt: number;
  readonly firedAt?: number;
  readonly resolvedAt?: number;
  /** Since when it fires only because of `keep_firing_for`. */
  readonly keepFiringSince?: number;
}
/** Alerts by their labels. */
export type ActiveAlerts = ReadonlyMap<string, ActiveAlert>;

/** How long a resolved alert is remembered. */
const RESOLVED_RETENTION_MS = 15 * 60_000;

/** A rule gave one label set twice, or more than it may. */
export class RuleEvaluationError extends Error {
  override readonly name = 'RuleEvaluationError';
}

/** The candidates by their labels. Throws RuleEvaluationError when two have the same. */
export function indexCandidates(candidates: readonly AlertCandidate[]): ReadonlyMap<string, AlertCandidate> {
  const byKey = new Map(candidates.map((candidate) => [labelsKey(candidate.labels), candidate]));
  if (byKey.size < candidates.length) throw new RuleEvaluationError('vector contains metrics with the same labelset after applying alert labels');
  return byKey;
}

/**
 * The alerts of a rule after the evaluation at `at` (Unix ms): new ones are pending, held ones fire, ended ones are
 * inactive for a while. `active` is how many are pending or firing. Pure. Source: rules/alerting.go (Eval).
 */
export function advanceAlerts(rule: Pick<AlertingDefinition, 'holdMs' | 'keepFiringMs'>, before: ActiveAlerts, candidates: ReadonlyMap<string, AlertCandidate>, at: number): { readonly alerts: ActiveAlerts; readonly active: number } {
  const alerts = new Map<string, ActiveAlert>();
  let active = 0;
  for (const [key, candidate] of candidates) if (!isActive(before.get(key))) alerts.set(key, { ...candidate, state: 'pending', activeAt: at });
  for (const [key, alert] of before) {
    const candidate = candidates.get(key);
    if (candidate !== undefined) {
      if (isActive(alert)) alerts.set(key, { ...alert, value: candidate.value, annotations: candidate.annotations });
      continue;
    }
    const ended = endAlert(rule, alert, at);
    if (ended !== undefined) alerts.set(key, ended);
  }
  for (const [key, alert] of alerts) {
    if (alert.state === 'inactive') continue;
    active++;
    alerts.set(key, settle(rule, candidates.has(key) ? without(alert, 'keepFiringSince') : alert, at));
  }
  return { alerts, active };
}

function isActive(alert: ActiveAlert | undefined): boolean {
  return alert !== undefined && alert.state !== 'inactive';
}

/** An alert whose condition no longer holds; undefined when it is forgotten. */
function endAlert({ keepFiringMs }: Pick<AlertingDefinition, 'keepFiringMs'>, alert: ActiveAlert, at: number): ActiveAlert | undefined {
  if (alert.state === 'firing' && keepFiringMs > 0) {
    const since = alert.keepFiringSince ?? at;
    if (at - since < keepFiringMs) return { ...alert, keepFiringSince: since };
  }
  if (alert.state === 'pending' || (alert.resolvedAt !== undefined && at - alert.resolvedAt > RESOLVED_RETENTION_MS)) return undefined;
  return alert.state === 'inactive' ? alert : { ...alert, state: 'inactive', resolvedAt: at };
}

/** Pending or firing by how long it holds; a longer `for` puts a firing one back. */
function settle({ holdMs }: Pick<AlertingDefinition, 'holdMs'>, alert: ActiveAlert, at: number): ActiveAlert {
  const held = at - alert.activeAt >= holdMs;
  if (held && alert.state === 'pending') return { ...alert, state: 'firing', firedAt: at };
  if (!held && alert.state === 'firing') return { ...without(without(alert, 'firedAt'), 'keepFiringSince'), state: 'pending' };
  return alert;
}

function without(alert: ActiveAlert, field: 'firedAt' | 'keepFiringSince'): ActiveAlert {
  if (alert[field] === undefined) return alert;
  const { [field]: _, ...rest } = alert;
  return rest;
}

/** When a pending alert became active, as it goes on after a stop. Times in Unix ms. Source: rules/group.go (RestoreForState). */
export function restoredActiveAt({ holdMs, activeAt, downAt, now, graceMs }: { readonly holdMs: number; readonly activeAt: number; readonly downAt: number; readonly now: number; readonly graceMs: number }): number {
  const remaining = holdMs - (downAt - activeAt);
  // It was firing: it fires again at the next evaluation.
  if (remaining <= 0) return activeAt;
  // Who was about to fire waits for the grace period: what clears the alert may have happened while nobody looked.
  if (remaining < graceMs) return now + graceMs - holdMs;
  return activeAt + (now - downAt);
}
