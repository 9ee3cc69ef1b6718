import { exponentialBound } from './bucket-bounds.ts';
import { CUSTOM_BUCKETS_SCHEMA, type BucketSpan } from './float-histogram.ts';

/** The buckets of one sign: what the spans name and how many observations are in each. */
export interface Side {
  readonly spans: readonly BucketSpan[];
  readonly buckets: readonly number[];
}

/** Gathers spans and the indexes in them bucket by bucket, in rising order: neighbours come into one span. */
export class SpanBuilder {
  readonly spans: BucketSpan[] = [];
  #end = 0;
  #offset = 0;
  #length = 0;

  /** Takes the next bucket; true when it continues the span before, which it does when it is its neighbour and not to be `apart`. */
  add(index: number, apart = false): boolean {
    const joins = this.#length > 0 && index === this.#end && !apart;
    if (joins) {
      this.#length++;
    } else {
      this.#close();
      this.#offset = index - this.#end;
      this.#length = 1;
    }
    this.#end = index + 1;
    return joins;
  }

  finish(): BucketSpan[] {
    this.#close();
    this.#length = 0;
    return this.spans;
  }

  #close(): void {
    if (this.#length > 0) this.spans.push({ offset: this.#offset, length: this.#length });
  }
}

/** Whether two lists of spans are written the same way. (See `spansMatch` for those that mean the same.) */
export function sameSpans(a: readonly BucketSpan[], b: readonly BucketSpan[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i]?.offset !== b[i]?.offset || a[i]?.length !== b[i]?.length) return false;
  }
  return true;
}

/** Whether spans name the same buckets in the same runs; empty spans do not matter. Source: model/histogram/histogram.go `spansMatch`. */
export function spansMatch(a: readonly BucketSpan[], b: readonly BucketSpan[]): boolean {
  return sameSpans(a, b) || sameSpans(withoutEmptySpans(a), withoutEmptySpans(b));
}

function withoutEmptySpans(spans: readonly BucketSpan[]): BucketSpan[] {
  const out: BucketSpan[] = [];
  let carried = 0;
  for (const { offset, length } of spans) {
    if (length === 0) {
      carried += offset;
    } else {
      out.push({ offset: offset + carried, length });
      carried = 0;
    }
  }
  return out;
}

/** The index of each bucket that the spans name, at most `limit` of them. */
export function indexesOf(spans: readonly BucketSpan[], limit: number): number[] {
  const out: number[] = [];
  let index = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length && out.length < limit; i++) out.push(index++);
  }
  return out;
}

/** The bucket of `targetSchema` that holds bucket `index` of the finer `schema`. */
export function coarserIndex(index: number, schema: number, targetSchema: number): number {
  return ((index - 1) >> Math.min(31, schema - targetSchema)) + 1;
}

/** How many buckets at the start of the spans end at or below the zero threshold: they are part of the zero bucket. */
export function bucketsWithinZero(spans: readonly BucketSpan[], schema: number, zeroThreshold: number): number {
  if (zeroThreshold === 0 || schema === CUSTOM_BUCKETS_SCHEMA) return 0;
  let index = 0;
  let within = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++, index++, within++) {
      if (exponentialBound(index, schema) > zeroThreshold) return within;
    }
  }
  return within;
}

/**
 * Where the buckets of two layouts come together: `spans` of both, and for each bucket of `a` and of `b` its place in them.
 * The first `skip` buckets of `b` are left out (place -1). Spans of `a` stay apart where they were, as in the reference.
 * Source: model/histogram/float_histogram.go `addBuckets`.
 */
export function mergeLayouts(a: readonly BucketSpan[], b: readonly BucketSpan[], skip: number): { spans: BucketSpan[]; placeOfA: number[]; placeOfB: number[] } {
  const placeOfA: number[] = [];
  const placeOfB: number[] = [];
  const builder = new SpanBuilder();
  const indexesOfB = indexesOf(b, Infinity);
  let nextOfB = Math.min(skip, indexesOfB.length);
  for (let i = 0; i < nextOfB; i++) placeOfB.push(-1);
  let place = 0;
  let index = 0;
  for (const { offset, length } of a) {
    index += offset;
    // A new bucket right before a span is taken into it, unless it continues what is before.
    let attached = false;
    for (; nextOfB < indexesOfB.length && (indexesOfB[nextOfB] ?? 0) < index; nextOfB++) {
      const own = indexesOfB[nextOfB] ?? 0;
      attached = !builder.add(own) && own === index - 1;
      placeOfB.push(place++);
    }
    for (let i = 0; i < length; i++, index++) {
      builder.add(index, i === 0 && !attached);
      placeOfA.push(place);
      if (indexesOfB[nextOfB] === index) {
        placeOfB.push(place);
        nextOfB++;
      }
      place++;
    }
  }
  for (; nextOfB < indexesOfB.length; nextOfB++) {
    builder.add(indexesOfB[nextOfB] ?? 0);
    placeOfB.push(place++);
  }
  return { spans: builder.finish(), placeOfA, placeOfB };
}
