import type { Labels } from '#server/timeseries/storage.ts';

/** The object a group of rules comes from, for links to it. */
export interface RuleSource {
  readonly kind: 'PrometheusRule' | 'ConfigMap';
  readonly namespace: string;
  readonly name: string;
}

interface CommonDefinition {
  readonly name: string;
  /** As Prometheus prints it; as it was written when it cannot be parsed. */
  readonly expr: string;
  /** Those of the group with those of the rule over them. */
  readonly labels: Labels;
  /** Why it cannot be evaluated: its PromQL or a template cannot be parsed. */
  readonly problem: string | undefined;
}
export interface RecordingDefinition extends CommonDefinition {
  readonly kind: 'recording';
}
export interface AlertingDefinition extends CommonDefinition {
  readonly kind: 'alerting';
  /** `for` and `keep_firing_for`. */
  readonly holdMs: number;
  readonly keepFiringMs: number;
  readonly annotations: Labels;
}
export type RuleDefinition = RecordingDefinition | AlertingDefinition;

/** A group of rules ready to be evaluated. */
export interface GroupDefinition {
  readonly name: string;
  /** Where it was read from: names it together with `name`. */
  readonly file: string;
  readonly source: RuleSource;
  readonly intervalMs: number;
  readonly queryOffsetMs: number;
  /** 0 is no limit. */
  readonly limit: number;
  readonly rules: readonly RuleDefinition[];
}

/** What tells a group from all others. Source: rules/group.go (GroupKey). */
export function groupKey({ file, name }: Pick<GroupDefinition, 'file' | 'name'>): string {
  return `${file};${name}`;
}

/** Whether two definitions are the same, so that a running group can go on. */
export function sameGroup(a: GroupDefinition, b: GroupDefinition): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
