import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { StepRange } from './window.ts';

/**
 * What one metrics function found in some of the spans: parts of any shares of the spans put together give what all would.
 * Plain data: it passes between threads. Arrays have an entry for each time of the range.
 */
export interface MeasuredPart extends StepRange {
  /** By key of the labels. */
  readonly series: ReadonlyMap<string, SeriesPart>;
  /** Attributes of which not all values were counted, because there were too many. */
  readonly cut: ReadonlySet<string>;
}

export interface SeriesPart {
  readonly labels: readonly (readonly [name: string, value: AttributeValue])[];
  /** Measured spans at each time. */
  readonly counts: Float64Array;
  /** Of what is measured, at each time; the others are there as the function needs them. */
  readonly sums?: Float64Array;
  readonly least?: Float64Array;
  readonly most?: Float64Array;
  readonly buckets?: BucketCounts;
  /** The best example at each time: by value, then by trace id. */
  readonly exemplars: ReadonlyMap<number, Exemplar>;
}

/** Spans by bucket and time: those of bucket `at[i]` are at `i * times …`. */
export interface BucketCounts {
  /** Ascending. */
  readonly at: Float64Array;
  readonly counts: Float64Array;
}

export interface Exemplar {
  readonly traceId: string;
  readonly spanId: string;
  readonly timeUnixNano: string;
  readonly value: number;
}

/** Of more series than this the rarest are left out, so that no question can take all memory. */
const MOST_SERIES = 20_000;

/** No spans. */
export const NOTHING: MeasuredPart = { firstStep: 0n, count: 0, series: new Map(), cut: new Set() };

/** Puts parts together, over the times that they have, or over `range`, which must have them all. */
export function mergeParts(parts: readonly MeasuredPart[], range: StepRange = rangeOf(parts)): MeasuredPart {
  const [only] = parts;
  if (parts.length === 1 && only?.firstStep === range.firstStep && only.count === range.count) return only;
  const cut = new Set(parts.flatMap((p) => [...p.cut]));
  const places = new Map<string, Placed[]>();
  for (const part of parts) {
    const offset = Number(part.firstStep - range.firstStep);
    for (const [key, series] of part.series) {
      const placed = { series, offset };
      const known = places.get(key);
      if (known === undefined) places.set(key, [placed]);
      else known.push(placed);
    }
  }
  const series = new Map<string, SeriesPart>();
  for (const [key, placed] of fewEnough(places, cut)) series.set(key, mergeSeries(placed, range.count));
  return { ...range, series, cut };
}

interface Placed {
  readonly series: SeriesPart;
  readonly offset: number;
}

function rangeOf(parts: readonly MeasuredPart[]): StepRange {
  const some = parts.filter((p) => p.count > 0);
  const [first] = some;
  if (first === undefined) return NOTHING;
  const end = ({ firstStep, count }: StepRange): bigint => firstStep + BigInt(count);
  const firstStep = some.reduce((least, p) => (p.firstStep < least ? p.firstStep : least), first.firstStep);
  return { firstStep, count: Number(some.reduce((most, p) => (end(p) > most ? end(p) : most), end(first)) - firstStep) };
}

function fewEnough(places: ReadonlyMap<string, Placed[]>, cut: Set<string>): Iterable<[string, Placed[]]> {
  if (places.size <= MOST_SERIES) return places;
  for (const [name] of [...places.values()][0]?.[0]?.series.labels ?? []) cut.add(name);
  const total = (placed: readonly Placed[]): number => placed.reduce((sum, { series }) => sum + series.counts.reduce((a, b) => a + b, 0), 0);
  const counted = [...places].map(([key, placed]) => ({ key, placed, total: total(placed) }));
  return counted.sort((a, b) => b.total - a.total || (a.key < b.key ? -1 : 1)).slice(0, MOST_SERIES).map(({ key, placed }) => [key, placed]);
}

function mergeSeries(placed: readonly Placed[], count: number): SeriesPart {
  const [first] = placed;
  const fold = (of: (series: SeriesPart) => Float64Array | undefined, start: number, add: (a: number, b: number) => number): Float64Array => {
    const into = new Float64Array(count).fill(start);
    for (const { series, offset } of placed) {
      const from = of(series);
      for (let i = 0; i < (from?.length ?? 0); i++) into[offset + i] = add(into[offset + i] ?? 0, from?.[i] ?? 0);
    }
    return into;
  };
  const sum = (a: number, b: number): number => a + b;
  const exemplars = new Map<number, Exemplar>();
  for (const { series, offset } of placed) for (const [time, exemplar] of series.exemplars) offerExemplar(exemplars, offset + time, exemplar);
  return {
    labels: first?.series.labels ?? [],
    counts: fold((s) => s.counts, 0, sum),
    ...(first?.series.sums === undefined ? {} : { sums: fold((s) => s.sums, 0, sum) }),
    ...(first?.series.least === undefined ? {} : { least: fold((s) => s.least, Number.POSITIVE_INFINITY, Math.min) }),
    ...(first?.series.most === undefined ? {} : { most: fold((s) => s.most, Number.NEGATIVE_INFINITY, Math.max) }),
    ...(first?.series.buckets === undefined ? {} : { buckets: mergeBuckets(placed, count) }),
    exemplars,
  };
}

function mergeBuckets(placed: readonly Placed[], count: number): BucketCounts {
  const at = Float64Array.from(new Set(placed.flatMap(({ series }) => [...(series.buckets?.at ?? [])]))).sort();
  const placeOf = new Map(Array.from(at, (bucket, i) => [bucket, i]));
  const counts = new Float64Array(at.length * count);
  for (const { series, offset } of placed) {
    const { buckets } = series;
    if (buckets === undefined) continue;
    const times = series.counts.length;
    for (let i = 0; i < buckets.at.length; i++) {
      const to = (placeOf.get(buckets.at[i] ?? 0) ?? 0) * count + offset;
      for (let time = 0; time < times; time++) counts[to + time] = (counts[to + time] ?? 0) + (buckets.counts[i * times + time] ?? 0);
    }
  }
  return { at, counts };
}

/** Keeps it if it is better than what is there. */
function offerExemplar(exemplars: Map<number, Exemplar>, time: number, exemplar: Exemplar): void {
  const known = exemplars.get(time);
  if (known === undefined || exemplar.value > known.value || (exemplar.value === known.value && exemplar.traceId + exemplar.spanId < known.traceId + known.spanId)) exemplars.set(time, exemplar);
}
