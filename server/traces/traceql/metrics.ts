import type { Segment } from '#server/traces/segment/segment.ts';
import type { TraceMetricsAnswer } from '#server/traces/trace-questions.ts';
import type { MetricsOperand, MetricsQuery, MetricsStage, Pipeline, TraceQl } from './ast.ts';
import type { Mask } from './evaluate/column.ts';
import { createEvaluator } from './evaluate.ts';
import { finishStage, type Series } from './metrics/finish.ts';
import { isDuration, measureSegment } from './metrics/measure.ts';
import { type MeasuredPart, mergeParts, NOTHING } from './metrics/series-part.ts';
import { applySecond, combineOperands, constantOf, type Operand } from './metrics/series-operations.ts';
import type { StartBounds } from './metrics/step-indexes.ts';
import { type MetricsWindow, metricsSteps } from './metrics/window.ts';

export type { MetricsWindow } from './metrics/window.ts';

/** Of each metrics function in a query, in order of the text, what some of the spans gave. Plain data: it passes between threads. */
export type MetricsPart = readonly MeasuredPart[];

/** Most series of an answer; the others are left out, and it is said so. */
const MAX_SERIES = 1_000;

/** What is known of a segment, or how to get it, so that it need not be found out again. */
export interface MeasureHints {
  /** The rows (1) that count of what a pipeline leaves; by default all of them. */
  readonly rowsOf?: (pipeline: Pipeline) => Mask;
  readonly bounds?: StartBounds;
}

/** What a metrics query finds in one segment: of spans that its pipeline leaves and that start in the window. The query must have passed check.ts; every trace must be whole in its segment. */
export function measureMetrics(query: TraceQl, segment: Segment, window: MetricsWindow, { rowsOf = (pipeline) => createEvaluator(segment).rows(pipeline), bounds }: MeasureHints = {}): MetricsPart {
  return queriesOf(query).map(({ pipeline, stage }) => measureSegment(rowsOf(pipeline), stage, segment, window, bounds));
}

/** The memory that a part takes, roughly: without end for one of so many series that keeping it would push out too much else. */
export function metricsBytes(part: MetricsPart): number {
  let bytes = 200;
  for (const { series } of part) {
    for (const [key, { counts, sums, least, most, buckets, exemplars }] of series) {
      bytes += 400 + key.length * 2 + exemplars.size * 300;
      for (const array of [counts, sums, least, most, buckets?.at, buckets?.counts]) bytes += array === undefined ? 0 : array.byteLength + 100;
    }
  }
  return bytes > MOST_KEPT ? Infinity : bytes;
}
const MOST_KEPT = 65_536;

/** Parts of other segments put together. */
export function mergeMetrics(query: TraceQl, parts: readonly MetricsPart[]): MetricsPart {
  return queriesOf(query).map((_, i) => mergeParts(parts.flatMap((part) => part[i] ?? [])));
}

/** The answer from all parts. */
export function finishMetrics(query: TraceQl, parts: readonly MetricsPart[], window: MetricsWindow): TraceMetricsAnswer {
  const steps = metricsSteps(window);
  const stages = queriesOf(query);
  const measured = stages.map((_, i) => mergeParts(parts.flatMap((part) => part[i] ?? []), steps));
  const finished = new Map(stages.map(({ stage }, i) => [stage, finishStage(stage, measured[i] ?? NOTHING, window.stepNano, isDuration(stage.of))]));
  const { metrics } = query;
  const body = metrics === undefined ? [] : metrics.kind === 'metrics' ? (finished.get(metrics) ?? []) : operandOf(metrics, finished);
  const series = applySecond(typeof body === 'number' ? [] : body, query.second ?? []);
  const given = series.slice(0, MAX_SERIES);
  return {
    timesUnixNano: Array.from({ length: steps.count }, (_, i) => String((steps.firstStep + BigInt(i)) * window.stepNano)),
    series: withExemplars(given, window.exemplars),
    exact: measured.every((part) => part.cut.size === 0),
    notes: [
      ...(series.length > MAX_SERIES ? [`Of ${series.length} series the first ${MAX_SERIES} are given: group by less, or keep the highest with topk().`] : []),
      ...[...new Set(measured.flatMap((part) => [...part.cut]))].map((name) => `${name} has so many values that not all of them were counted.`),
    ],
  };
}

/** The metrics functions of a query with their pipelines, in order. */
function queriesOf(query: TraceQl): readonly Pick<MetricsQuery, 'pipeline' | 'stage'>[] {
  const { metrics, pipeline } = query;
  if (metrics === undefined) return [];
  return metrics.kind === 'metrics' ? [{ pipeline, stage: metrics }] : queriesIn(metrics);
}

function queriesIn(node: MetricsOperand): readonly MetricsQuery[] {
  if (node.kind === 'metrics-query') return [node];
  return node.kind === 'metrics-arithmetic' ? [...queriesIn(node.left), ...queriesIn(node.right)] : [];
}

function operandOf(node: MetricsOperand, finished: ReadonlyMap<MetricsStage, readonly Series[]>): Operand {
  if (node.kind === 'metrics-query') return finished.get(node.stage) ?? [];
  if (node.kind !== 'metrics-arithmetic') return constantOf(node) ?? Number.NaN;
  return combineOperands(node.operator, operandOf(node.left, finished), operandOf(node.right, finished));
}

/** Few enough examples, taken evenly from all series and times. */
function withExemplars(series: readonly Series[], most: number): Series[] {
  const total = series.reduce((sum, one) => sum + one.exemplars.length, 0);
  const share = total <= most ? 1 : most / total;
  let seen = 0;
  return series.map((one) => ({
    ...one,
    exemplars: one.exemplars
      .toSorted((a, b) => (BigInt(a.timeUnixNano) < BigInt(b.timeUnixNano) ? -1 : 1))
      .filter(() => Math.floor(++seen * share) > Math.floor((seen - 1) * share)),
  }));
}
