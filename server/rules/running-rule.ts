import type { Labels } from '#server/timeseries/storage.ts';
import type { ActiveAlert, ActiveAlerts } from './alert-state.ts';
import type { RuleDefinition } from './rule-definition.ts';
import { gravestState, type RuleHealth, type RuleStatus } from './rule-status.ts';

/** A rule with all that is remembered of it from one evaluation to the next. */
export interface RunningRule {
  readonly definition: RuleDefinition;
  health: RuleHealth;
  lastError: string;
  evaluationSeconds: number;
  lastEvaluation: number | undefined;
  alerts: ActiveAlerts;
  /** Whether its alerts were looked up in the store after a start; only then are they written. */
  restored: boolean;
  /** Series of the last evaluation, by key: those that are gone get a staleness marker. */
  series: ReadonlyMap<string, Labels>;
}

/** A rule that was never evaluated. */
export function newRule(definition: RuleDefinition, restored: boolean): RunningRule {
  return { definition, health: 'unknown', lastError: '', evaluationSeconds: 0, lastEvaluation: undefined, alerts: new Map(), restored, series: new Map() };
}

/** A rule as it is shown. */
export function statusOf({ definition, health, lastError, evaluationSeconds, lastEvaluation, alerts }: RunningRule): RuleStatus {
  const { name, expr, labels } = definition;
  const common = { name, query: expr, labels, health, lastError, evaluationSeconds, ...(lastEvaluation === undefined ? {} : { lastEvaluation }) };
  if (definition.kind === 'recording') return { kind: 'recording', ...common };
  const all = [...alerts.values()];
  return {
    kind: 'alerting',
    ...common,
    state: gravestState(all.map(({ state }) => state), lastEvaluation !== undefined),
    holdSeconds: definition.holdMs / 1000,
    keepFiringSeconds: definition.keepFiringMs / 1000,
    annotations: definition.annotations,
    alerts: all.filter(isShown).map(({ labels: own, annotations, value, activeAt, state, keepFiringSince }) => ({ labels: own, annotations, value, activeAt, state, ...(keepFiringSince === undefined ? {} : { keepFiringSince }) })),
  };
}

function isShown(alert: ActiveAlert): alert is ActiveAlert & { readonly state: 'pending' | 'firing' } {
  return alert.state !== 'inactive';
}
