import type { Labels } from '#server/timeseries/storage.ts';
import type { ActiveAlert } from './alert-state.ts';
import type { RuleSource } from './rule-definition.ts';
import type { RuleFileProblem } from './rule-sources.ts';

export type RuleHealth = 'unknown' | 'ok' | 'err';
export type AlertState = 'unknown' | 'inactive' | 'pending' | 'firing';

/** An alert that is pending or firing. Times are Unix ms. */
export type AlertStatus = Pick<ActiveAlert, 'labels' | 'annotations' | 'value' | 'activeAt'> & { readonly state: 'pending' | 'firing'; readonly keepFiringSince?: number };

interface CommonStatus {
  readonly name: string;
  readonly query: string;
  readonly labels: Labels;
  readonly health: RuleHealth;
  /** Empty when the last evaluation went well. */
  readonly lastError: string;
  readonly evaluationSeconds: number;
  /** Unix ms; absent before the first evaluation. */
  readonly lastEvaluation?: number;
}
export interface RecordingRuleStatus extends CommonStatus {
  readonly kind: 'recording';
}
export interface AlertingRuleStatus extends CommonStatus {
  readonly kind: 'alerting';
  readonly state: AlertState;
  readonly holdSeconds: number;
  readonly keepFiringSeconds: number;
  readonly annotations: Labels;
  readonly alerts: readonly AlertStatus[];
}
export type RuleStatus = RecordingRuleStatus | AlertingRuleStatus;

/** A group of rules and how its last evaluation went. */
export interface RuleGroupStatus {
  readonly name: string;
  readonly file: string;
  /** Absent for groups of another server. */
  readonly source?: RuleSource;
  readonly intervalSeconds: number;
  readonly limit: number;
  readonly evaluationSeconds: number;
  readonly lastEvaluation?: number;
  readonly rules: readonly RuleStatus[];
}

/** The rules of whoever evaluates them: this server, or the remote Prometheus it shows. */
export interface RulesBackend {
  /** By file and name. Rejects with QueryError when the remote server does not answer. */
  groups(): Promise<readonly RuleGroupStatus[]>;
  /** Rule files of which no rule can be used. */
  problems(): readonly RuleFileProblem[];
  /** False: the rules are another server's, and can only be looked at. */
  readonly evaluatedHere: boolean;
}

const RANK: Readonly<Record<AlertState, number>> = { unknown: 0, inactive: 1, pending: 2, firing: 3 };

/** The gravest state among the alerts of a rule. Source: rules/alerting.go (State). */
export function gravestState(states: readonly AlertState[], evaluated: boolean): AlertState {
  if (!evaluated) return 'unknown';
  return states.reduce<AlertState>((worst, state) => (RANK[state] > RANK[worst] ? state : worst), 'inactive');
}
