import { labelsFromEntries, labelsKey, labelValue, METRIC_NAME, withoutLabels } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import type { Span } from './ast.ts';
import { bucketFraction, bucketQuantile, type Bucket } from './classic-buckets.ts';
import { stepTime, type EvalContext } from './eval-context.ts';
import { formatGoFloat, parseGoFloat } from './go-number.ts';
import { StepMatrix } from './step-matrix.ts';

const BUCKET_LABEL: ReadonlySet<string> = new Set(['le']);

/** The buckets of one classic histogram: rows of the input, by rising upper bound. */
interface ClassicHistogram {
  readonly labels: Labels;
  readonly buckets: { readonly row: number; readonly upperBound: number }[];
}

/** histogram_quantile(q, v) for classic histograms; `spans` are those of q and of v. */
export function histogramQuantile(q: StepMatrix, input: StepMatrix, spans: readonly [q: Span, input: Span], context: EvalContext): StepMatrix {
  noteQuantile(q, spans[0], context);
  return overHistograms(input, spans[1], context, (histogram, buckets, step) => quantileAt(q.get(0, step), histogram, buckets, step, spans[1], context));
}

/** histogram_quantiles(v, label, q…): one series for each quantile, with the quantile as a label. */
export function histogramQuantiles(input: StepMatrix, label: string, quantiles: readonly { readonly q: StepMatrix; readonly span: Span }[], inputSpan: Span, context: EvalContext): StepMatrix {
  const out = new StepMatrix(input.steps, input.rows);
  for (const { q, span } of quantiles) {
    noteQuantile(q, span, context);
    const rows = overHistograms(input, inputSpan, context, (histogram, buckets, step) => quantileAt(q.get(0, step), histogram, buckets, step, inputSpan, context));
    const text = openMetricsFloat(q.get(0, 0));
    for (let row = 0; row < rows.rows; row++) {
      const target = rows.copyRow(row, out);
      out.labels[target] = labelsFromEntries([...Object.entries(rows.labels[row] ?? {}), [label, text]]);
    }
  }
  return out;
}

/** histogram_fraction(lower, upper, v) for classic histograms. */
export function histogramFraction(lower: StepMatrix, upper: StepMatrix, input: StepMatrix, span: Span, context: EvalContext): StepMatrix {
  return overHistograms(input, span, context, (_, buckets, step) => bucketFraction(lower.get(0, step), upper.get(0, step), buckets));
}

function quantileAt(q: number, histogram: ClassicHistogram, buckets: readonly Bucket[], step: number, span: Span, context: EvalContext): number {
  const { value, forced } = bucketQuantile(q, buckets);
  if (forced !== undefined) context.scope.annotations.forcedMonotonicity(shownName(histogram.labels, context), span, stepTime(context, step), forced);
  return value;
}

function overHistograms(input: StepMatrix, span: Span, context: EvalContext, valueOf: (histogram: ClassicHistogram, buckets: Bucket[], step: number) => number): StepMatrix {
  const histograms = collect(input, span, context);
  const out = new StepMatrix(input.steps, histograms.length);
  for (const histogram of histograms) {
    context.scope.checkpoint();
    const row = out.addRow(histogram.labels, true);
    let found = false;
    for (let step = 0; step < input.steps; step++) {
      const buckets: Bucket[] = [];
      for (const bucket of histogram.buckets) {
        if (input.has(bucket.row, step)) buckets.push({ upperBound: bucket.upperBound, count: input.get(bucket.row, step) });
      }
      if (buckets.length === 0) continue;
      out.set(row, step, valueOf(histogram, buckets, step));
      found = true;
    }
    if (!found) out.dropLastRow();
  }
  return out;
}

function collect(input: StepMatrix, span: Span, context: EvalContext): ClassicHistogram[] {
  const histograms = new Map<string, ClassicHistogram>();
  for (let row = 0; row < input.rows; row++) {
    const labels = input.labels[row] ?? {};
    const bound = labelValue(labels, 'le');
    const upperBound = parseGoFloat(bound);
    if (upperBound === undefined) {
      context.scope.annotations.badBucketLabel(shownName(labels, context), bound, span);
      continue;
    }
    const own = withoutLabels(labels, BUCKET_LABEL);
    const key = labelsKey(own);
    const histogram = histograms.get(key);
    if (histogram === undefined) histograms.set(key, { labels: own, buckets: [{ row, upperBound }] });
    else histogram.buckets.push({ row, upperBound });
  }
  for (const histogram of histograms.values()) histogram.buckets.sort((a, b) => a.upperBound - b.upperBound || 0);
  return [...histograms.values()];
}

/** Annotations name the metric only while its name is still known for sure. */
function shownName(labels: Labels, { scope }: EvalContext): string {
  return scope.delayedNameRemoval ? labelValue(labels, METRIC_NAME) : '';
}

function noteQuantile(q: StepMatrix, span: Span, { scope }: EvalContext): void {
  for (let step = 0; step < q.steps; step++) {
    const value = q.get(0, step);
    if (!(value >= 0 && value <= 1)) scope.annotations.invalidQuantile(value, span);
  }
}

/** OpenMetrics writes whole numbers with a point. */
function openMetricsFloat(value: number): string {
  const text = formatGoFloat(value);
  return Number.isInteger(value) ? `${text}.0` : text;
}
