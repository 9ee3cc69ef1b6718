import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { DeltasAnswer, HeatmapRegion } from '#server/traces/trace-questions.ts';
import { hashOfSpan, HASHES, hashOfTrace, STORED_SAMPLE } from '#server/traces/derived/span-hash.ts';
import { sampleRows, type SpanSample } from '#server/traces/derived/span-sample.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { timesAt } from '#server/traces/segment/span-at.ts';
import type { Matched } from './matched.ts';
import { summaryOf, traceTable } from './trace-table.ts';
import { valueKey } from './value-key.ts';

/** Spans of each side that are looked at: about a hundredth of them, within these bounds. */
const LEAST_SAMPLE = 500;
const MOST_SAMPLE = 5000;
/** As many of the sample that is stored are taken for enough. */
const LEAST_STORED = 200;
/** A key that fewer spans have says nothing. */
const LEAST_SEEN = 5;
/** A key of which nearly every value is another one is an id or a time, once this many were seen. */
const UNIQUE_SHARE = 0.9;
const UNIQUE_FROM = 20;
const WELL_KNOWN = /^(service\.(name|version)|deployment\.environment(\.name)?|error\.type|(http|db|rpc|messaging)\..+)$/;
/** Is this the key of an id or a time, which differs on every span and explains nothing? */
export function isIdOrTime(key: string): boolean {
  return HIDDEN.test(key);
}
const HIDDEN = /(^|[._-])((trace|span|request|correlation)[._-]?id|traceparent|timestamp|date|time)$/i;

/** A number for the spans in the region, and one for the others. */
export interface Sides {
  readonly inside: number;
  readonly outside: number;
}

/** How many of a segment's spans are inside of the region, and outside. */
export function countSides({ segment, rows, spans }: Matched, region: HeatmapRegion): Sides {
  const isInside = regionTest(segment, region);
  const { firstRow } = segment;
  let inside = 0;
  let trace = 0;
  for (const row of rows()) {
    while (row >= (firstRow[trace + 1] ?? Infinity)) trace += 1;
    if (isInside(row, trace)) inside += 1;
  }
  return { inside, outside: spans - inside };
}

/** Sums them up. */
export function addSides(all: readonly Sides[]): Sides {
  return { inside: all.reduce((sum, s) => sum + s.inside, 0), outside: all.reduce((sum, s) => sum + s.outside, 0) };
}

/** Up to which hash spans of a side are looked at, so that about as many are as a sample has: all when they are few. */
export function sampleBounds({ inside, outside }: Sides): Sides {
  const boundOf = (spans: number): number => {
    if (spans <= LEAST_SAMPLE) return HASHES;
    const bound = (Math.min(MOST_SAMPLE, Math.max(LEAST_SAMPLE, spans / 100)) / spans) * HASHES;
    // Somewhat fewer will do where they need not be looked for.
    return (spans / HASHES) * STORED_SAMPLE >= LEAST_STORED ? Math.min(bound, STORED_SAMPLE) : bound;
  };
  return { inside: boundOf(inside), outside: boundOf(outside) };
}

/** Rows of each side whose hash is below its bound. Hashes are of the trace's id and of which of its spans it is: which are looked at does not depend on where spans lie. `among`: rows that have all of them, rising. */
export function sampledRows({ segment, rows, has }: Matched, region: HeatmapRegion, bounds: Sides, among: ArrayLike<number> | undefined): { readonly inside: number[]; readonly outside: number[] } {
  const isInside = regionTest(segment, region);
  const { firstRow, traceIds } = segment;
  const most = Math.max(bounds.inside, bounds.outside);
  const sampled = { inside: [] as number[], outside: [] as number[] };
  let trace = 0;
  let ofTrace = hashOfTrace(traceIds, 0);
  const candidates = among ?? rows();
  for (let i = 0; i < candidates.length; i++) {
    const row = candidates[i] ?? 0;
    if (among !== undefined && !has(row)) continue;
    if (row >= (firstRow[trace + 1] ?? Infinity)) {
      while (row >= (firstRow[trace + 1] ?? Infinity)) trace += 1;
      ofTrace = hashOfTrace(traceIds, trace);
    }
    const hash = hashOfSpan(ofTrace, row - (firstRow[trace] ?? 0));
    if (hash >= most) continue;
    const side = isInside(row, trace) ? 'inside' : 'outside';
    if (hash < bounds[side]) sampled[side].push(row);
  }
  return sampled;
}

/** Values of every field by how many of some spans have them. */
export type FieldCounts = ReadonlyMap<string, { readonly key: string; readonly spans: number; readonly values: ReadonlyMap<unknown, { readonly value: AttributeValue; readonly spans: number }> }>;

/** Counts the values of all attributes (and the intrinsics worth comparing) of some rows, segment by segment. */
export class FieldCounter {
  readonly counts = new Map<string, { readonly key: string; spans: number; readonly values: Map<unknown, { readonly value: AttributeValue; spans: number }> }>();

  /** Of some rows of a segment, rising. */
  addRows(segment: Segment, rows: ArrayLike<number>): void {
    if (rows.length > 0) this.addSample(sampleRows(segment, Uint32Array.from(rows)), rows);
  }

  /** Values are looked up once for each code, as a text has to be read from its column for that. `rows`: those of the sample to count, rising. */
  addSample({ rows: sampled, fields }: SpanSample, rows: ArrayLike<number>): void {
    const places = placesOf(rows, sampled);
    for (const { field, key, codes, first, distinct, valueOf } of places.length === 0 ? [] : fields) {
      const counts = new Uint32Array(distinct + 1);
      for (const place of places) {
        const to = first === undefined ? place + 1 : (first[place + 1] ?? 0);
        for (let i = first === undefined ? place : (first[place] ?? 0); i < to; i++) counts[codes[i] ?? 0] = (counts[codes[i] ?? 0] ?? 0) + 1;
      }
      for (let code = 1; code <= distinct; code++) {
        const spans = counts[code] ?? 0;
        if (spans > 0) this.#add(field, key, valueOf(code).value, spans);
      }
    }
  }

  addCounts(part: FieldCounts): void {
    for (const [field, { key, values }] of part) for (const { value, spans } of values.values()) this.#add(field, key, value, spans);
  }

  #add(field: string, key: string, value: AttributeValue, spans: number): void {
    let known = this.counts.get(field);
    if (known === undefined) this.counts.set(field, (known = { key, spans: 0, values: new Map() }));
    known.spans += spans;
    const count = known.values.get(valueKey(value));
    if (count === undefined) known.values.set(valueKey(value), { value, spans });
    else count.spans += spans;
  }
}

/** Where each of some numbers is in others; both rise, and what is not there is left out. */
function placesOf(wanted: ArrayLike<number>, all: Uint32Array): number[] {
  const places: number[] = [];
  for (let i = 0, place = 0; i < wanted.length; i++) {
    while (place < all.length && (all[place] ?? 0) < (wanted[i] ?? 0)) place += 1;
    if (all[place] === wanted[i]) places.push(place);
  }
  return places;
}

/** Adds counts up. */
export function mergeFieldCounts(parts: readonly FieldCounts[]): FieldCounts {
  const counter = new FieldCounter();
  for (const part of parts) counter.addCounts(part);
  return counter.counts;
}

/**
 * Ranks fields by how much the shares of their values differ between two samples, after HyperDX's event deltas
 * (packages/common-utils/src/core/eventDeltas.ts): the score is the greatest difference of a value's share among the
 * spans that have the field. Of a field that one side lacks it is the greatest share of several values or, also for a
 * single value, the share of the other side's spans that have the field: a mark that only slow spans bear is a finding.
 * Ids, times and fields of which nearly every value is another are left out.
 */
export function rankDeltas(inside: FieldCounts, outside: FieldCounts, sampled: Sides, limit: number): DeltasAnswer['attributes'] {
  const ranked = [...new Set([...inside.keys(), ...outside.keys()])].flatMap((field) => {
    const a = inside.get(field);
    const b = outside.get(field);
    const key = a?.key ?? b?.key ?? '';
    const present = { inside: a?.spans ?? 0, outside: b?.spans ?? 0 };
    const seen = present.inside + present.outside;
    const keys = new Set([...(a?.values.keys() ?? []), ...(b?.values.keys() ?? [])]);
    if (seen < LEAST_SEEN || HIDDEN.test(key) || (seen > UNIQUE_FROM && keys.size / seen > UNIQUE_SHARE)) return [];
    const values = [...keys].map((k) => ({
      value: a?.values.get(k)?.value ?? b?.values.get(k)?.value ?? null,
      inside: share(a?.values.get(k)?.spans ?? 0, present.inside),
      outside: share(b?.values.get(k)?.spans ?? 0, present.outside),
    }));
    const difference = Math.max(...values.map((v) => Math.abs(v.inside - v.outside)));
    const oneSided = present.inside === 0 || present.outside === 0;
    const presence = Math.max(share(present.inside, sampled.inside), share(present.outside, sampled.outside));
    const score = oneSided ? Math.min(1, Math.max(values.length > 1 ? difference : 0, sampled.inside > 0 && sampled.outside > 0 ? presence : 0)) : difference;
    if (score <= 0) return [];
    values.sort((x, y) => Math.abs(y.inside - y.outside) - Math.abs(x.inside - x.outside) || y.inside - x.inside || (String(valueKey(x.value)) < String(valueKey(y.value)) ? -1 : 1));
    return { field, score: score + (WELL_KNOWN.test(key) ? 0.1 : 0), values: values.slice(0, MOST_VALUES), present };
  });
  return ranked.sort((x, y) => y.score - x.score || (x.field < y.field ? -1 : 1)).slice(0, limit);
}
/** More bars than this nobody reads. */
const MOST_VALUES = 20;

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function regionTest(segment: Segment, region: HeatmapRegion): (row: number, trace: number) => boolean {
  const { of, fromUnixNano, toUnixNano, minDurationNano, maxDurationNano } = region;
  if (segment.wideTimes.size > 0) return exactRegionTest(segment, region);
  // Bounds that a number does not hold are further off than any time that is not wide.
  const bound = (text: string | undefined, base: bigint, open: number): number => (text === undefined ? open : Number(BigInt(text) - base));
  const [from, to] = [bound(fromUnixNano, segment.baseUnixNano, -Infinity), bound(toUnixNano, segment.baseUnixNano, Infinity)];
  const [least, most] = [bound(minDurationNano, 0n, -Infinity), bound(maxDurationNano, 0n, Infinity)];
  const table = traceTable(segment);
  const durations = of === 'spans' ? segment.duration : table.durations();
  const starts = from === -Infinity && to === Infinity ? undefined : of === 'spans' ? segment.start : table.starts();
  return (row, trace) => {
    const place = of === 'spans' ? row : trace;
    const duration = Math.max(0, durations[place] ?? 0);
    if (duration < least || duration > most) return false;
    const start = starts?.[place] ?? 0;
    return starts === undefined || (start >= from && start <= to);
  };
}

function exactRegionTest(segment: Segment, { of, fromUnixNano, toUnixNano, minDurationNano, maxDurationNano }: HeatmapRegion): (row: number, trace: number) => boolean {
  const within = (value: bigint, least: string | undefined, most: string | undefined): boolean => (least === undefined || value >= BigInt(least)) && (most === undefined || value <= BigInt(most));
  if (of === 'spans') {
    return (row) => {
      const { startUnixNano, endUnixNano } = timesAt(segment, row);
      const duration = endUnixNano > startUnixNano ? endUnixNano - startUnixNano : 0n;
      return within(startUnixNano, fromUnixNano, toUnixNano) && within(duration, minDurationNano, maxDurationNano);
    };
  }
  const known = new Map<number, boolean>();
  return (_, trace) => {
    let inside = known.get(trace);
    if (inside === undefined) {
      const { startUnixNano, durationNano } = summaryOf(segment, trace);
      inside = within(BigInt(startUnixNano), fromUnixNano, toUnixNano) && within(BigInt(durationNano), minDurationNano, maxDurationNano);
      known.set(trace, inside);
    }
    return inside;
  };
}
