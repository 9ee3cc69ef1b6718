import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { histogramFraction as nativeFraction, histogramQuantile as nativeQuantile } from '#server/histogram/histogram-quantile.ts';
import { labelsFromEntries, labelsKey, labelValue, METRIC_NAME, withoutLabels } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import type { Span } from './ast.ts';
import { bucketFraction, bucketQuantile, type Bucket } from './classic-buckets.ts';
import { executionError, SAME_LABELSET, stepTime, type EvalContext } from './eval-context.ts';
import { formatOpenMetricsFloat, parseGoFloat } from './go-number.ts';
import { mergeEqualLabels } from './merge-equal-labels.ts';
import { StepMatrix } from './step-matrix.ts';

const BUCKET_LABEL: ReadonlySet<string> = new Set(['le']);

/** What a function gives for a native histogram and for the buckets of a classic one. */
interface HistogramFunction {
  native(histogram: FloatHistogram, labels: Labels, step: number): number;
  classic(buckets: Bucket[], labels: Labels, step: number): number;
}

/** histogram_quantile(q, v) for classic and native histograms; `spans` are those of q and of v. Source: promql/functions.go. */
export function histogramQuantile(q: StepMatrix, input: StepMatrix, spans: readonly [q: Span, input: Span], context: EvalContext): StepMatrix {
  noteQuantile(q, spans[0], context);
  return overHistograms(input, spans[1], context, quantileOver(q, spans[1], context));
}

/** histogram_quantiles(v, label, q…): one series for each quantile, with the quantile as a label. */
export function histogramQuantiles(input: StepMatrix, label: string, quantiles: readonly { readonly q: StepMatrix; readonly span: Span }[], inputSpan: Span, context: EvalContext): StepMatrix {
  const out = new StepMatrix(input.steps, input.rows);
  for (const { q, span } of quantiles) noteQuantile(q, span, context);
  const fixed = new Set<string>();
  for (const { q } of quantiles) {
    const rows = overHistograms(input, inputSpan, context, quantileOver(q, inputSpan, context, fixed));
    const stepsOf = Map.groupBy(Array.from({ length: q.steps }, (_, step) => step), (step) => formatOpenMetricsFloat(q.get(0, step)));
    for (const [text, steps] of stepsOf) {
      for (let row = 0; row < rows.rows; row++) {
        const target = out.addRow(labelsFromEntries([...Object.entries(rows.labels[row] ?? {}), [label, text]]), rows.dropName[row] === true);
        for (const step of steps) rows.copyCell(row, step, out, target);
      }
    }
  }
  // At more than one step the reference finds quantiles that were asked for twice here, else at the end of the query.
  const merged = input.steps === 1 && context.scope.delayedNameRemoval ? out : mergeEqualLabels(out);
  if (merged === undefined) throw executionError(SAME_LABELSET);
  return merged;
}

/** histogram_fraction(lower, upper, v) for classic and native histograms. */
export function histogramFraction(lower: StepMatrix, upper: StepMatrix, input: StepMatrix, span: Span, context: EvalContext): StepMatrix {
  return overHistograms(input, span, context, {
    native: (histogram, labels, step) => {
      const { value, note } = nativeFraction(lower.get(0, step), upper.get(0, step), histogram);
      if (note !== undefined) context.scope.annotations.fractionOfNaNs(shownName(labels, context), span);
      return value;
    },
    classic: (buckets, _, step) => bucketFraction(lower.get(0, step), upper.get(0, step), buckets),
  });
}

/** `fixed` holds the histograms whose buckets were made monotonic, and noted, already: by labels and step. */
function quantileOver(q: StepMatrix, span: Span, context: EvalContext, fixed = new Set<string>()): HistogramFunction {
  const { annotations } = context.scope;
  return {
    native: (histogram, labels, step) => {
      const { value, note } = nativeQuantile(q.get(0, step), histogram);
      if (note !== undefined) annotations.quantileOfNaNs(note === 'nan-result' ? 'nan' : 'skewed', shownName(labels, context), span);
      return value;
    },
    classic: (buckets, labels, step) => {
      const { value, forced } = bucketQuantile(q.get(0, step), buckets);
      if (forced === undefined) return value;
      const key = `${step} ${labelsKey(labels)}`;
      if (!fixed.has(key)) annotations.forcedMonotonicity(shownName(labels, context), span, stepTime(context, step), forced);
      fixed.add(key);
      return value;
    },
  };
}

/** Rows of the input by the histogram they belong to. */
interface Rows {
  /** Classic histograms by their labels without `le`, their buckets by rising upper bound. */
  readonly classic: ReadonlyMap<string, { readonly labels: Labels; readonly buckets: { readonly row: number; readonly upperBound: number }[] }>;
  /** Rows with native histograms, with the key of the classic histogram that would be the same one. */
  readonly native: readonly { readonly row: number; readonly key: string }[];
}

/** Native histograms first, then classic ones; what is both at the same step is neither. Source: promql/engine.go resetHistograms. */
function overHistograms(input: StepMatrix, span: Span, context: EvalContext, fn: HistogramFunction): StepMatrix {
  const { classic, native } = sortRows(input, span, context);
  const out = new StepMatrix(input.steps, classic.size + native.length);
  const conflicts = new Map<string, Set<number>>();
  for (const { row, key } of native) {
    context.scope.checkpoint();
    const labels = input.labels[row] ?? {};
    const buckets = classic.get(key)?.buckets ?? [];
    const target = out.addRow(labels, true);
    let found = false;
    for (let step = 0; step < input.steps; step++) {
      const histogram = input.histogramAt(row, step);
      if (histogram === undefined) continue;
      if (buckets.some((bucket) => input.isFloat(bucket.row, step))) {
        context.scope.annotations.mixedClassicNative(shownName(labels, context), span);
        conflicts.set(key, (conflicts.get(key) ?? new Set()).add(step));
        continue;
      }
      out.set(target, step, fn.native(histogram, labels, step));
      found = true;
    }
    if (!found) out.dropLastRow();
  }
  for (const [key, { labels, buckets: rows }] of classic) {
    context.scope.checkpoint();
    const conflict = conflicts.get(key);
    const target = out.addRow(labels, true);
    let found = false;
    for (let step = 0; step < input.steps; step++) {
      if (conflict?.has(step) === true) continue;
      const buckets: Bucket[] = [];
      for (const { row, upperBound } of rows) if (input.isFloat(row, step)) buckets.push({ upperBound, count: input.get(row, step) });
      if (buckets.length === 0) continue;
      out.set(target, step, fn.classic(buckets, labels, step));
      found = true;
    }
    if (!found) out.dropLastRow();
  }
  return out;
}

function sortRows(input: StepMatrix, span: Span, context: EvalContext): Rows {
  const classic = new Map<string, { labels: Labels; buckets: { row: number; upperBound: number }[] }>();
  const native: { row: number; key: string }[] = [];
  for (let row = 0; row < input.rows; row++) {
    const labels = input.labels[row] ?? {};
    const { floats, histograms } = kindsOf(input, row);
    if (histograms) native.push({ row, key: labelsKey(labels) });
    if (!floats) continue;
    const bound = labelValue(labels, 'le');
    const upperBound = parseGoFloat(bound);
    if (upperBound === undefined) {
      context.scope.annotations.badBucketLabel(shownName(labels, context), bound, span);
      continue;
    }
    const own = withoutLabels(labels, BUCKET_LABEL);
    const key = labelsKey(own);
    const histogram = classic.get(key);
    if (histogram === undefined) classic.set(key, { labels: own, buckets: [{ row, upperBound }] });
    else histogram.buckets.push({ row, upperBound });
  }
  for (const histogram of classic.values()) histogram.buckets.sort((a, b) => a.upperBound - b.upperBound || 0);
  return { classic, native };
}

function kindsOf(input: StepMatrix, row: number): { readonly floats: boolean; readonly histograms: boolean } {
  if (!input.hasHistograms) return { floats: input.hasAny(row), histograms: false };
  let floats = false;
  let histograms = false;
  for (let step = 0; step < input.steps; step++) {
    if (input.isFloat(row, step)) floats = true;
    else if (input.has(row, step)) histograms = true;
  }
  return { floats, histograms };
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
