import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { DeltasAnswer, HeatmapRegion } from '#server/traces/trace-questions.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { timesAt } from '#server/traces/segment/span-at.ts';
import type { Intrinsic } from '#server/traces/traceql/ast.ts';
import { type FieldColumn, fieldColumn } from './field-column.ts';
import { printField } from '#server/traces/traceql/print.ts';
import type { Matched } from './matched.ts';
import { summaryOf, traceTable } from './trace-table.ts';
import { valueKey } from './value-key.ts';

/** Spans of each side that are looked at: a hundredth of them, within these bounds. */
const LEAST_SAMPLE = 500;
const MOST_SAMPLE = 5000;
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
const INTRINSICS: readonly Intrinsic['name'][] = ['span:name', 'span:kind', 'span:status', 'span:statusMessage', 'instrumentation:name', 'event:name'];

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
  const boundOf = (spans: number): number => (spans <= LEAST_SAMPLE ? HASHES : (Math.min(MOST_SAMPLE, Math.max(LEAST_SAMPLE, spans / 100)) / spans) * HASHES);
  return { inside: boundOf(inside), outside: boundOf(outside) };
}

/** Rows of each side whose hash is below its bound. Hashes are of the trace's id and of which of its spans it is: which are looked at does not depend on where spans lie. */
export function sampledRows({ segment, rows }: Matched, region: HeatmapRegion, bounds: Sides): { readonly inside: number[]; readonly outside: number[] } {
  const isInside = regionTest(segment, region);
  const { firstRow, traceIds } = segment;
  const most = Math.max(bounds.inside, bounds.outside);
  const sampled = { inside: [] as number[], outside: [] as number[] };
  let trace = 0;
  let ofTrace = hashOf(traceIds, 0);
  for (const row of rows()) {
    if (row >= (firstRow[trace + 1] ?? Infinity)) {
      while (row >= (firstRow[trace + 1] ?? Infinity)) trace += 1;
      ofTrace = hashOf(traceIds, trace * 16);
    }
    const hash = mixed(ofTrace + Math.imul(row - (firstRow[trace] ?? 0), 0x9e37_79b1));
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

  addRows(segment: Segment, rows: readonly number[]): void {
    if (rows.length === 0) return;
    for (const name of INTRINSICS) this.#addColumn(name, name, fieldColumn(segment, { kind: 'intrinsic', name }), rows);
    for (const scope of ['span', 'event'] as const) {
      for (const key of segment.attributeKeys(scope)) {
        const field = { kind: 'attribute', scope, key } as const;
        this.#addColumn(printField(field), key, fieldColumn(segment, field), rows);
      }
    }
    const { source, sources } = segment;
    const ofSource = new Uint32Array(sources.length);
    for (const row of rows) ofSource[source[row] ?? 0] = (ofSource[source[row] ?? 0] ?? 0) + 1;
    for (const [i, { resource }] of sources.entries()) {
      const spans = ofSource[i] ?? 0;
      if (spans > 0) for (const [key, value] of Object.entries(resource)) this.#add(printField({ kind: 'attribute', scope: 'resource', key }), key, value, spans);
    }
  }

  addCounts(part: FieldCounts): void {
    for (const [field, { key, values }] of part) for (const { value, spans } of values.values()) this.#add(field, key, value, spans);
  }

  /** Values are looked up once for each code, as a text has to be read from its column for that. */
  #addColumn(field: string, key: string, column: FieldColumn, rows: readonly number[]): void {
    const byCode = new Map<number, number>();
    for (const row of rows) for (const code of column.codesAt(row)) byCode.set(code, (byCode.get(code) ?? 0) + 1);
    for (const [code, spans] of byCode) this.#add(field, key, column.valueOf(code), spans);
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

/** How many hashes there are. */
const HASHES = 2 ** 32;

function hashOf(id: Uint8Array, at: number): number {
  let hash = 0;
  for (let i = at; i < at + 16; i += 4) hash = mixed(hash ^ ((id[i] ?? 0) | ((id[i + 1] ?? 0) << 8) | ((id[i + 2] ?? 0) << 16) | ((id[i + 3] ?? 0) << 24)));
  return hash;
}

/** Every bit of a number changes about half of the result's (the end of MurmurHash3, A. Appleby, public domain). */
function mixed(number: number): number {
  let hash = Math.imul(number ^ (number >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
