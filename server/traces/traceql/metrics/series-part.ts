import type { AttributeValue } from '#server/traces/trace-backend.ts';

/** What one metrics function found in some of the spans: parts of any shares of the spans put together give what all would. Plain data. */
export interface MeasuredPart {
  /** By key of the labels. */
  readonly series: Map<string, SeriesPart>;
  /** Attributes of which `compare` counted only some values, because there were too many. */
  readonly cut: Set<string>;
}

export interface SeriesPart {
  readonly labels: readonly (readonly [name: string, value: AttributeValue])[];
  /** Measured spans at each time. */
  readonly counts: Float64Array;
  /** Of what is measured, at each time; the others are there as the function needs them. */
  readonly sums?: Float64Array;
  readonly least?: Float64Array;
  readonly most?: Float64Array;
  /** Spans by bucket and time. */
  readonly buckets?: Map<number, Float64Array>;
  /** The best example at each time: by value, then by trace id. */
  readonly exemplars: Map<number, Exemplar>;
}

export interface Exemplar {
  readonly traceId: string;
  readonly spanId: string;
  readonly timeUnixNano: string;
  readonly value: number;
}

/** Puts parts together. Their arrays may be used for the result. */
export function mergeParts(parts: readonly MeasuredPart[]): MeasuredPart {
  const series = new Map<string, SeriesPart>();
  for (const part of parts) {
    for (const [key, one] of part.series) {
      const known = series.get(key);
      if (known === undefined) series.set(key, one);
      else mergeSeries(known, one);
    }
  }
  return { series, cut: new Set(parts.flatMap((p) => [...p.cut])) };
}

function mergeSeries(into: SeriesPart, from: SeriesPart): void {
  fold(into.counts, from.counts, (a, b) => a + b);
  fold(into.sums, from.sums, (a, b) => a + b);
  fold(into.least, from.least, Math.min);
  fold(into.most, from.most, Math.max);
  for (const [bucket, counts] of from.buckets ?? []) {
    const known = into.buckets?.get(bucket);
    if (known === undefined) into.buckets?.set(bucket, counts);
    else fold(known, counts, (a, b) => a + b);
  }
  for (const [time, exemplar] of from.exemplars) offerExemplar(into.exemplars, time, exemplar);
}

/** Keeps it if it is better than what is there. */
export function offerExemplar(exemplars: Map<number, Exemplar>, time: number, exemplar: Exemplar): void {
  const known = exemplars.get(time);
  if (known === undefined || exemplar.value > known.value || (exemplar.value === known.value && exemplar.traceId + exemplar.spanId < known.traceId + known.spanId)) exemplars.set(time, exemplar);
}

function fold(into: Float64Array | undefined, from: Float64Array | undefined, of: (a: number, b: number) => number): void {
  if (into === undefined || from === undefined) return;
  for (let i = 0; i < into.length; i++) into[i] = of(into[i] ?? 0, from[i] ?? 0);
}
