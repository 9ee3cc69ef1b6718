import { formatGoG } from '#server/promql/go-number.ts';
import { compactHistogram } from './compact-histogram.ts';
import { CUSTOM_BUCKETS_SCHEMA, type FloatHistogram } from './float-histogram.ts';

/** Whole counts are kept with small gaps filled, as Prometheus stores them; others compact. */
const MAX_EMPTY_BUCKETS_OF_WHOLE_COUNTS = 2;

export type ConvertedHistogram = { readonly ok: true; readonly histogram: FloatHistogram } | { readonly ok: false; readonly message: string };

/**
 * Gathers the samples of one classic histogram at one time, in any order, and makes a native histogram with custom buckets
 * of it. What does not fit together is said by `convert`. Source: Prometheus util/convertnhcb.
 */
export class ClassicHistogramSamples {
  readonly #bounds: number[] = [];
  readonly #counts: number[] = [];
  #count: number | undefined;
  #sum = 0;
  #problem: string | undefined;

  /** Takes the `_bucket` sample of an upper bound; counts are cumulative. A bound that is there already is left as it is. */
  setBucketCount(bound: number, count: number): void {
    if (this.#problem !== undefined) return;
    if (Number.isNaN(bound)) return this.#fail('bucket boundary must not be NaN');
    if (count < 0) return this.#fail(`bucket count must be non-negative: le=${formatGoG(bound)}, count=${formatGoG(count)}`);
    let at = this.#bounds.length;
    while (at > 0 && (this.#bounds[at - 1] ?? -Infinity) >= bound) at--;
    if (this.#bounds[at] === bound) return;
    const before = this.#counts[at - 1];
    const after = this.#counts[at];
    if (before !== undefined && count < before) return this.#fail(`count is not cumulative: ${formatGoG(count)} < ${formatGoG(before)}`);
    if (after !== undefined && count > after) return this.#fail(`count is not cumulative: ${formatGoG(count)} > ${formatGoG(after)}`);
    this.#bounds.splice(at, 0, bound);
    this.#counts.splice(at, 0, count);
  }

  /** Takes the `_count` sample. */
  setCount(count: number): void {
    if (this.#problem !== undefined) return;
    if (count < 0) return this.#fail(`count must be non-negative: count=${formatGoG(count)}`);
    this.#count = count;
  }

  /** Takes the `_sum` sample. */
  setSum(sum: number): void {
    this.#sum = sum;
  }

  /** The histogram. Without a `_count` the highest bucket has it; without a +Inf bucket the count is that of it. */
  convert(): ConvertedHistogram {
    if (this.#problem !== undefined) return { ok: false, message: this.#problem };
    const count = this.#count ?? this.#counts.at(-1) ?? 0;
    const cumulative = this.#bounds.at(-1) === Infinity ? this.#counts : [...this.#counts, count];
    const highest = cumulative.at(-1) ?? 0;
    if (count !== highest) return { ok: false, message: `count mismatch: count=${formatGoG(count)} != le=+Inf count=${formatGoG(highest)}` };
    const histogram: FloatHistogram = {
      counterResetHint: 'unknown',
      schema: CUSTOM_BUCKETS_SCHEMA,
      zeroThreshold: 0,
      zeroCount: 0,
      count,
      sum: this.#sum,
      positiveSpans: [{ offset: 0, length: cumulative.length }],
      negativeSpans: [],
      positiveBuckets: cumulative.map((value, at) => value - (cumulative[at - 1] ?? 0)),
      negativeBuckets: [],
      customValues: this.#bounds.filter((bound) => bound !== Infinity),
    };
    return { ok: true, histogram: compactHistogram(histogram, cumulative.every(Number.isInteger) ? MAX_EMPTY_BUCKETS_OF_WHOLE_COUNTS : 0) };
  }

  #fail(message: string): void {
    this.#problem = message;
  }
}

/** What a sample of a classic histogram tells of it, by the end of its name, and the name of the histogram. */
export function classicSampleOf(metricName: string): { readonly part: 'bucket' | 'count' | 'sum'; readonly name: string } | undefined {
  const match = /^(.*)_(bucket|count|sum)$/s.exec(metricName);
  if (match === null) return undefined;
  const part = match[2] === 'bucket' ? 'bucket' : match[2] === 'count' ? 'count' : 'sum';
  return { part, name: match[1] ?? '' };
}
