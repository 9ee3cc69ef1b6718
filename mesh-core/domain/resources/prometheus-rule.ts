import type { KubeObject } from './kube-object.ts';

/** Rules as the Prometheus operator has them (monitoring.coreos.com/v1): the groups of a Prometheus rule file. Durations are Prometheus' (`1m30s`). */
export interface PrometheusRuleSpec {
  readonly groups?: readonly RuleGroupSpec[];
}
/** Rules that are evaluated one after the other at the same moments. */
export interface RuleGroupSpec {
  readonly name: string;
  /** Time between evaluations. */
  readonly interval?: string;
  /** How far in the past expressions are evaluated. */
  readonly query_offset?: string;
  /** Most alerts or series a rule may give; 0 is no limit. */
  readonly limit?: number;
  /** Added to the labels of every rule, which win. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Thanos' field; kept, without effect. */
  readonly partial_response_strategy?: string;
  readonly rules?: readonly RuleSpec[];
}
/** A recording rule (`record`) or an alerting rule (`alert`). */
export interface RuleSpec {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string | number;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
export type PrometheusRule = KubeObject<PrometheusRuleSpec>;
