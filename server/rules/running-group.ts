import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { QueryError } from '#server/promql/metrics-backend.ts';
import { labelsKey } from '#server/timeseries/labels.ts';
import { STALE_NAN, type Appender, type AppendResult, type Labels, type Sample } from '#server/timeseries/storage.ts';
import { alertSamples } from './alert-series.ts';
import { RuleEvaluationError } from './alert-state.ts';
import { AlertLimitError, evaluateAlerts, evaluateRecording, type EvaluationContext } from './evaluate-rule.ts';
import type { RuleQuery } from './query-rule.ts';
import { restoreAlerts } from './restore-alerts.ts';
import { groupKey, type GroupDefinition, type RuleDefinition } from './rule-definition.ts';
import type { RuleMetrics } from './rule-metrics.ts';
import type { RuleGroupStatus } from './rule-status.ts';
import { newRule, statusOf, type RunningRule } from './running-rule.ts';

/** What evaluating groups needs. */
export interface GroupSettings {
  readonly query: RuleQuery;
  readonly appender: Appender;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
  readonly metrics: RuleMetrics;
  readonly externalLabels: Labels;
  readonly externalUrl: () => string;
  /** Alerts whose `for` is shorter start anew after a restart. */
  readonly forGraceMs: number;
  /** Alerts that were last seen before this long start anew. */
  readonly outageToleranceMs: number;
}

/**
 * A group of rules while it is evaluated: its rules in order, what they gave last time, and how it went. One evaluation
 * at a time. Source: rules/group.go.
 */
export class RunningGroup {
  readonly definition: GroupDefinition;
  readonly #settings: GroupSettings;
  readonly #key: string;
  readonly #rules: readonly RunningRule[];
  #restoreAfter: number;
  /** Series of rules that are no longer there: they get a staleness marker. */
  #stale: readonly Labels[] = [];
  #lastTurn: number | undefined;
  #last: { readonly at: number; readonly seconds: number } | undefined;
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  /** `restore`: look for alerts of an earlier run after the second evaluation, when recorded series are there again. */
  constructor(definition: GroupDefinition, settings: GroupSettings, restore: boolean) {
    this.definition = definition;
    this.#settings = settings;
    this.#key = groupKey(definition);
    this.#rules = definition.rules.map((rule) => newRule(rule, !restore));
    this.#restoreAfter = restore ? 2 : 0;
    settings.metrics.started(this.#key, definition.intervalMs, definition.rules.length);
  }

  /** Takes over what the group remembered before its definition changed. Rules are matched by name and labels, in order. */
  takeOver(before: RunningGroup): void {
    const left = new Map<string, RunningRule[]>();
    for (const rule of before.#rules) left.set(identityOf(rule.definition), [...(left.get(identityOf(rule.definition)) ?? []), rule]);
    for (const rule of this.#rules) {
      const old = left.get(identityOf(rule.definition))?.shift();
      if (old === undefined) continue;
      rule.series = old.series;
      rule.alerts = old.alerts;
      rule.restored ||= old.restored;
    }
    this.#last = before.#last;
    this.#restoreAfter = before.#restoreAfter;
    if (before.#restoreAfter > 0) for (const rule of this.#rules) rule.restored = false;
    this.#stale = [...before.#stale, ...[...left.values()].flat().flatMap((rule) => [...rule.series.values()])];
  }

  /** Evaluates all rules for the turn at `time` (Unix ms). Never rejects: what fails is told by health, log and metrics. */
  evaluate(time: number): Promise<void> {
    const { intervalMs } = this.definition;
    const missed = this.#lastTurn === undefined ? 0 : Math.max(0, Math.round((time - this.#lastTurn) / intervalMs) - 1);
    this.#lastTurn = time;
    this.#settings.metrics.scheduled(this.#key, missed);
    this.#running = this.#evaluateAll(time).catch((error: unknown) => this.#settings.log.error({ group: this.#key, error: String(error) }, 'evaluating rules failed'));
    return this.#running;
  }

  /** Resolves when no evaluation runs any more; none starts another rule. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  /** Marks every series of this group stale: the group is gone. Rejects when the store refuses. */
  async markStale(time: number): Promise<void> {
    const series = [...this.#stale, ...this.#rules.flatMap((rule) => [...rule.series.values()])];
    await this.#appendStale(series, time - this.definition.queryOffsetMs);
  }

  status(): RuleGroupStatus {
    const { name, file, source, intervalMs, limit } = this.definition;
    return { name, file, source, intervalSeconds: intervalMs / 1000, limit, evaluationSeconds: this.#last?.seconds ?? 0, ...(this.#last === undefined ? {} : { lastEvaluation: this.#last.at }), rules: this.#rules.map(statusOf) };
  }

  async #evaluateAll(time: number): Promise<void> {
    const { clock, metrics } = this.#settings;
    const start = clock.now();
    let samples = 0;
    for (const rule of this.#rules) {
      if (this.#stopped) return;
      samples += await this.#evaluateRule(rule, time);
    }
    await this.#appendStale(this.#stale, time - this.definition.queryOffsetMs);
    this.#stale = [];
    const seconds = (clock.now() - start) / 1000;
    this.#last = { at: start, seconds };
    metrics.evaluatedGroup(this.#key, { seconds, ruleSeconds: this.#rules.reduce((sum, rule) => sum + rule.evaluationSeconds, 0), at: start, samples });
    if (this.#restoreAfter > 0 && --this.#restoreAfter === 0 && !this.#stopped) await this.#restore();
  }

  async #evaluateRule(rule: RunningRule, time: number): Promise<number> {
    const { clock, metrics, log } = this.#settings;
    const start = clock.now();
    let samples: readonly Sample[] = [];
    try {
      samples = await this.#samplesOf(rule, time);
      rule.health = 'ok';
      rule.lastError = '';
      await this.#write(rule, samples, time - this.definition.queryOffsetMs);
    } catch (error) {
      // A query that was stopped says nothing about the rule.
      if (error instanceof QueryError && error.errorType === 'canceled') return 0;
      rule.health = 'err';
      rule.lastError = error instanceof Error ? error.message : String(error);
      if (error instanceof AlertLimitError) rule.alerts = new Map();
      metrics.failedRule(this.#key);
      log.warn({ group: this.#key, rule: rule.definition.name, error: rule.lastError }, 'evaluating a rule failed');
    }
    rule.evaluationSeconds = (clock.now() - start) / 1000;
    rule.lastEvaluation = start;
    metrics.evaluatedRule(this.#key, rule.evaluationSeconds);
    return samples.length;
  }

  async #samplesOf(rule: RunningRule, time: number): Promise<readonly Sample[]> {
    const { definition } = rule;
    if (definition.problem !== undefined) throw new RuleEvaluationError(definition.problem);
    const { query, externalLabels, externalUrl } = this.#settings;
    const { queryOffsetMs, limit } = this.definition;
    const context: EvaluationContext = { at: time, queryOffsetMs, limit, query, externalLabels, externalUrl: externalUrl() };
    if (definition.kind === 'recording') return evaluateRecording(definition, context);
    rule.alerts = await evaluateAlerts(definition, rule.alerts, context);
    return rule.restored ? alertSamples(definition, rule.alerts, time - queryOffsetMs) : [];
  }

  async #write(rule: RunningRule, samples: readonly Sample[], time: number): Promise<void> {
    const series = new Map(samples.map(({ labels }) => [labelsKey(labels), labels]));
    const gone = [...rule.series].filter(([key]) => !series.has(key)).map(([, labels]) => labels);
    const result = samples.length === 0 ? undefined : await this.#settings.appender.append(samples);
    await this.#appendStale(gone, time);
    rule.series = series;
    const refused = result === undefined ? undefined : describeRefused(result);
    if (refused !== undefined) throw new RuleEvaluationError(refused);
  }

  async #appendStale(series: readonly Labels[], time: number): Promise<void> {
    // A series that another rule goes on writing refuses the marker, which is right.
    if (series.length > 0) await this.#settings.appender.append(series.map((labels) => ({ labels, timestamp: time, value: STALE_NAN })));
  }

  async #restore(): Promise<void> {
    const { query, clock, log, metrics, forGraceMs, outageToleranceMs } = this.#settings;
    const now = clock.now();
    for (const rule of this.#rules) {
      const { definition } = rule;
      try {
        if (definition.kind === 'alerting' && definition.holdMs >= forGraceMs && rule.alerts.size > 0) rule.alerts = await restoreAlerts(definition, rule.alerts, { query, now, forGraceMs, outageToleranceMs });
      } catch (error) {
        log.error({ group: this.#key, rule: definition.name, error: String(error) }, 'the pending time of alerts could not be restored: it starts anew');
      }
      rule.restored = true;
    }
    metrics.restored(this.#key, (clock.now() - now) / 1000);
  }
}

/** Source: rules/group.go (nameAndLabels). */
function identityOf({ name, labels }: RuleDefinition): string {
  return `${name}\u0000${labelsKey(labels)}`;
}

/** In the words of Prometheus' storage errors. */
function describeRefused({ duplicate, outOfOrder, tooOld, seriesLimit }: AppendResult): string | undefined {
  if (outOfOrder > 0) return `out of order sample: ${outOfOrder} dropped`;
  if (tooOld > 0) return `too old sample: ${tooOld} dropped`;
  if (duplicate > 0) return `duplicate sample for timestamp: ${duplicate} dropped`;
  return seriesLimit > 0 ? `the store takes no further series: ${seriesLimit} samples dropped` : undefined;
}
