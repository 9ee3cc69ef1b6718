import { formatHistogram } from '#server/histogram/format-histogram.ts';
import type { VectorElement } from '#server/promql/metrics-backend.ts';
import { labelsFromEntries, labelsKey, METRIC_NAME } from '#server/timeseries/labels.ts';
import type { Labels, Sample } from '#server/timeseries/storage.ts';
import { ALERT_NAME } from './alert-series.ts';
import { advanceAlerts, indexCandidates, RuleEvaluationError, type ActiveAlerts, type AlertCandidate } from './alert-state.ts';
import type { RuleQuery } from './query-rule.ts';
import type { AlertingDefinition, RecordingDefinition } from './rule-definition.ts';
import { expandTemplate, type AlertTemplateData } from './template/expand-template.ts';
import { templateSample, type TemplateContext } from './template/prometheus-functions.ts';
import { TemplateError } from './template/template-error.ts';
import { GoHistogram, type GoStruct, type TemplateValue } from './template/template-value.ts';

/** When and how a rule is evaluated. Times in Unix ms. */
export interface EvaluationContext {
  readonly at: number;
  readonly queryOffsetMs: number;
  /** Most series or alerts; 0 is no limit. */
  readonly limit: number;
  readonly query: RuleQuery;
  readonly externalLabels: Labels;
  readonly externalUrl: string;
}

/** Templates that ask for ever more are ended. */
const MAX_QUERIES = 50;

/** The series a recording rule writes. Rejects with QueryError or RuleEvaluationError. Source: rules/recording.go (Eval). */
export async function evaluateRecording(rule: RecordingDefinition, { at, queryOffsetMs, limit, query }: EvaluationContext): Promise<readonly Sample[]> {
  const rows = await query(rule.expr, at - queryOffsetMs);
  const samples = rows.map(({ metric, value, histogram }): Sample => {
    const labels = labelsFromEntries([...Object.entries(metric), [METRIC_NAME, rule.name], ...Object.entries(rule.labels)]);
    return { labels, timestamp: at - queryOffsetMs, value: value[1], ...(histogram === undefined ? {} : { histogram }) };
  });
  if (new Set(samples.map(({ labels }) => labelsKey(labels))).size < samples.length) throw new RuleEvaluationError('vector contains metrics with the same labelset after applying rule labels');
  if (limit > 0 && samples.length > limit) throw new RuleEvaluationError(`exceeded limit of ${limit} with ${samples.length} series`);
  return samples;
}

/** The alerts of a rule after this evaluation. Rejects as `evaluateRecording`, and with AlertLimitError. Source: rules/alerting.go (Eval). */
export async function evaluateAlerts(rule: AlertingDefinition, before: ActiveAlerts, context: EvaluationContext): Promise<ActiveAlerts> {
  const rows = await context.query(rule.expr, context.at - context.queryOffsetMs);
  const answers = new Map<string, readonly GoStruct[] | Error>();
  const candidates: AlertCandidate[] = [];
  for (const row of rows) candidates.push(await describeAlert(rule, row, context, answers));
  const { alerts, active } = advanceAlerts(rule, before, indexCandidates(candidates), context.at);
  if (context.limit > 0 && active > context.limit) throw new AlertLimitError(`exceeded limit of ${context.limit} with ${active} alerts`);
  return alerts;
}

/** More alerts than the group allows: all of the rule are forgotten. */
export class AlertLimitError extends RuleEvaluationError {}

/** A template asked for a query that was not run yet. */
class PendingQuery extends Error {
  readonly promql: string;
  constructor(promql: string) {
    super(promql);
    this.promql = promql;
  }
}

/**
 * Labels and texts of the alert of one series. Templates run without waiting; where one asks for a query, the query is
 * run and the template once more with its answer.
 */
async function describeAlert(rule: AlertingDefinition, row: VectorElement, { at, query, externalLabels, externalUrl }: EvaluationContext, answers: Map<string, readonly GoStruct[] | Error>): Promise<AlertCandidate> {
  const data: AlertTemplateData = { labels: row.metric, externalLabels, externalUrl, value: valueOf(row) };
  const context: TemplateContext = {
    now: at / 1000,
    externalUrl,
    query: (promql) => {
      const answer = answers.get(promql);
      if (answer === undefined) throw new PendingQuery(promql);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const expand = async (text: string): Promise<string> => {
    for (;;) {
      try {
        return expandTemplate(rule.name, text, data, context);
      } catch (error) {
        if (error instanceof TemplateError) return `<error expanding template: ${error.message}>`;
        if (!(error instanceof PendingQuery)) throw error;
        if (answers.size >= MAX_QUERIES) return `<error expanding template: the templates of one rule may run ${MAX_QUERIES} queries>`;
        answers.set(error.promql, await runQuery(error.promql, at, query));
      }
    }
  };
  const expandAll = async (texts: Labels): Promise<[string, string][]> => {
    const out: [string, string][] = [];
    for (const [name, text] of Object.entries(texts)) out.push([name, await expand(text)]);
    return out;
  };
  const own = Object.entries(row.metric).filter(([name]) => name !== METRIC_NAME);
  return {
    labels: labelsFromEntries([...own, ...(await expandAll(rule.labels)), [ALERT_NAME, rule.name]]),
    annotations: Object.fromEntries(await expandAll(rule.annotations)),
    value: row.histogram === undefined ? row.value[1] : 0,
  };
}

async function runQuery(promql: string, at: number, query: RuleQuery): Promise<readonly GoStruct[] | Error> {
  try {
    return (await query(promql, at)).map((row) => templateSample(row.metric, valueOf(row)));
  } catch (cause) {
    // Told by the template that asked: it may sit in a branch that another alert does not take.
    return new Error(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function valueOf({ value, histogram }: VectorElement): TemplateValue {
  return histogram === undefined ? value[1] : new GoHistogram(histogram, formatHistogram(histogram));
}
