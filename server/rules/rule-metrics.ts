import { Counter, Gauge, Summary, type Registry } from 'prom-client';

/** What the evaluation of rules tells about itself; `group` is the key of a group. */
export interface RuleMetrics {
  started(group: string, intervalMs: number, rules: number): void;
  scheduled(group: string, missed: number): void;
  evaluatedRule(group: string, seconds: number): void;
  failedRule(group: string): void;
  evaluatedGroup(group: string, result: { readonly seconds: number; readonly ruleSeconds: number; readonly at: number; readonly samples: number }): void;
  restored(group: string, seconds: number): void;
  removed(group: string): void;
}

/** Registers the metrics under Prometheus' names. Source: rules/group.go (NewGroupMetrics). */
export function createRuleMetrics(registry: Registry): RuleMetrics {
  const registers = [registry];
  const labelNames = ['rule_group'];
  const counter = (name: string, help: string): Counter => new Counter({ name: `prometheus_${name}`, help, labelNames, registers });
  const gauge = (name: string, help: string): Gauge => new Gauge({ name: `prometheus_${name}`, help, labelNames, registers });
  const summary = (name: string, help: string, percentiles: number[]): Summary => new Summary({ name: `prometheus_${name}`, help, percentiles, maxAgeSeconds: 600, ageBuckets: 5, registers });
  const ruleDuration = summary('rule_evaluation_duration_seconds', 'The duration for a rule to execute.', [0.5, 0.9, 0.99]);
  const groupDuration = summary('rule_group_duration_seconds', 'The duration of rule group evaluations.', [0.01, 0.05, 0.5, 0.9, 0.99]);
  const missedTotal = counter('rule_group_iterations_missed_total', 'The total number of rule group evaluations missed due to slow rule group evaluation.');
  const scheduledTotal = counter('rule_group_iterations_total', 'The total number of scheduled rule group evaluations, whether executed or missed.');
  const evaluations = counter('rule_evaluations_total', 'The total number of rule evaluations.');
  const failures = counter('rule_evaluation_failures_total', 'The total number of rule evaluation failures.');
  const interval = gauge('rule_group_interval_seconds', 'The interval of a rule group.');
  const lastTime = gauge('rule_group_last_evaluation_timestamp_seconds', 'The timestamp of the last rule group evaluation in seconds.');
  const lastDuration = gauge('rule_group_last_duration_seconds', 'The duration of the last rule group evaluation.');
  const lastSum = gauge('rule_group_last_rule_duration_sum_seconds', 'The sum of time in seconds it took to evaluate each rule in the group regardless of concurrency.');
  const lastRestore = gauge('rule_group_last_restore_duration_seconds', 'The duration of the last alert rules alerts restoration using the `ALERTS_FOR_STATE` series.');
  const ruleCount = gauge('rule_group_rules', 'The number of rules.');
  const lastSamples = gauge('rule_group_last_evaluation_samples', 'The number of samples returned during the last rule group evaluation.');
  const labelled = [missedTotal, scheduledTotal, evaluations, failures, interval, lastTime, lastDuration, lastSum, lastRestore, ruleCount, lastSamples];
  return {
    started(group, intervalMs, rules) {
      for (const one of [missedTotal, scheduledTotal, evaluations, failures]) one.inc({ rule_group: group }, 0);
      interval.set({ rule_group: group }, intervalMs / 1000);
      ruleCount.set({ rule_group: group }, rules);
    },
    scheduled(group, missed) {
      scheduledTotal.inc({ rule_group: group }, 1 + missed);
      if (missed > 0) missedTotal.inc({ rule_group: group }, missed);
    },
    evaluatedRule(group, seconds) {
      evaluations.inc({ rule_group: group });
      ruleDuration.observe(seconds);
    },
    failedRule: (group) => failures.inc({ rule_group: group }),
    evaluatedGroup(group, { seconds, ruleSeconds, at, samples }) {
      groupDuration.observe(seconds);
      lastDuration.set({ rule_group: group }, seconds);
      lastSum.set({ rule_group: group }, ruleSeconds);
      lastTime.set({ rule_group: group }, at / 1000);
      lastSamples.set({ rule_group: group }, samples);
    },
    restored: (group, seconds) => lastRestore.set({ rule_group: group }, seconds),
    removed(group) {
      for (const one of labelled) one.remove({ rule_group: group });
    },
  };
}
