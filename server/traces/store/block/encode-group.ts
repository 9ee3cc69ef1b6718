import { encodeTraffic } from '#server/traces/derived/traffic-codec.ts';
import { SpanSampler, storedSampleRows } from '#server/traces/derived/span-sample.ts';
import { summarizeTraffic } from '#server/traces/derived/traffic-summary.ts';
import type { AttributeColumn, AttributeOwner, Segment } from '#server/traces/segment/segment.ts';
import { hexOf, timesAt } from '#server/traces/segment/span-at.ts';
import { buildBloom, hashBytes } from './bloom.ts';
import type { ColumnMeta, GroupMeta, PageName, PagePlace } from './block-meta.ts';
import { encodeCodes } from './code-page.ts';
import { encodeNumbers } from './number-planes.ts';
import type { PageSink } from './page-sink.ts';
import { encodeSample } from './sample-page.ts';
import { statsOf } from './value-stats.ts';
import { encodeTexts, encodeValues } from './value-list.ts';

const MAX_DIFFERENCE = 2 ** 51;

/**
 * Writes a segment as the pages of a row group, a step for each column, so that a thread can do something else between
 * two steps. Every column of the segment is touched once.
 */
export function* encodeGroup(segment: Segment, sink: PageSink): Generator<undefined, GroupMeta> {
  const { spanCount, traceCount, firstRow, events, links, extras } = segment;
  const wideTimes = exactTimes(segment);
  const pages: Partial<Record<PageName, PagePlace>> = {};
  const add = (name: PageName, raw: Uint8Array): void => {
    pages[name] = sink.add(raw);
  };
  add('traceIds', segment.traceIds);
  add('traceSizes', encodeNumbers(sizesOf(firstRow)));
  add('traceBloom', buildBloom(Array.from({ length: traceCount }, (_, t) => hashBytes(segment.traceIds, t * 16, 16))));
  const bounds = timeBounds(segment, wideTimes);
  add('start', encodeNumbers(startDeltas(segment, wideTimes)));
  add('duration', encodeNumbers(Float64Array.from(segment.duration, (d, row) => (wideTimes.has(row) ? 0 : d))));
  if (wideTimes.size > 0) add('wideTimes', json([...wideTimes].map(([row, t]) => [row, String(t.startUnixNano), String(t.endUnixNano)])));
  yield;
  add('spanIds', segment.spanIds);
  const { parents, lost, other } = encodeParents(segment);
  add('parents', encodeNumbers(parents));
  if (lost.length > 0) add('lostParents', lost);
  if (other.length > 0) add('otherParents', json(other));
  yield;
  const { name, kind, status, statusMessage, source, sources } = segment;
  add('kind', kind);
  add('status', status);
  add('name', encodeCodes(name.codes, name.values.length, 0));
  add('names', encodeTexts(name.values));
  add('message', encodeCodes(statusMessage.codes, statusMessage.values.length, 0));
  add('messages', encodeTexts(statusMessage.values));
  add('source', encodeCodes(source, sources.length, 0));
  add('sources', json(sources));
  yield;
  // So that questions about rates and dependencies need not look at spans.
  add('traffic', json(encodeTraffic(summarizeTraffic(segment))));
  yield;
  if (extras.size > 0) {
    const states = Array.from({ length: spanCount }, () => '');
    const flags = new Uint32Array(spanCount);
    const dropped: unknown[] = [];
    for (const [row, extra] of extras) {
      if (extra.flags !== undefined) flags[row] = extra.flags;
      if (extra.traceState !== undefined) states[row] = extra.traceState;
      const counts = [extra.droppedAttributesCount, extra.droppedEventsCount, extra.droppedLinksCount];
      if (counts.some((count) => count !== undefined)) dropped.push([row, ...counts.map((count) => count ?? null)]);
    }
    if (flags.some((flag) => flag !== 0)) add('flags', encodeNumbers(flags));
    if (states.some((state) => state !== '')) add('traceStates', encodeTexts(states));
    if (dropped.length > 0) add('dropped', json(dropped));
    yield;
  }
  if (events.count > 0) {
    add('eventSizes', encodeNumbers(sizesOf(events.first)));
    add('eventTime', encodeNumbers(Float64Array.from(events.time, (t, row) => (events.wideTimes.has(row) ? 0 : t))));
    add('eventName', encodeCodes(events.name.codes, events.name.values.length, 0));
    add('eventNames', encodeTexts(events.name.values));
    if (events.wideTimes.size + events.dropped.size > 0) add('eventRest', json({ wide: [...events.wideTimes].map(([row, t]) => [row, String(t), events.time[row]]), dropped: [...events.dropped] }));
    yield;
  }
  if (links.count > 0) {
    add('linkSizes', encodeNumbers(sizesOf(links.first)));
    add('linkTraceIds', links.traceIds);
    add('linkSpanIds', links.spanIds);
    if (links.extras.size > 0) add('linkRest', json([...links.extras]));
    yield;
  }
  const sampler = new SpanSampler(storedSampleRows(segment), { name, kind, status, statusMessage, source, sources, events });
  const columns: Record<AttributeOwner, ColumnMeta[]> = { span: [], event: [], link: [] };
  for (const owner of ['span', 'event', 'link'] as const) {
    for (const key of segment.attributeKeys(owner)) {
      const column = segment.attribute(owner, key);
      if (column !== undefined) {
        columns[owner].push(encodeColumn(key, column, sink));
        if (owner !== 'link') sampler.attribute(owner, key, column);
      }
      yield;
    }
  }
  // So that a question about what differs between very many spans need not look at all of them.
  add('sample', encodeSample(sampler.finish()));
  return {
    spanCount,
    traceCount,
    eventCount: events.count,
    linkCount: links.count,
    base: String(segment.baseUnixNano),
    ...bounds,
    names: name.values.length,
    messages: statusMessage.values.length,
    sources: sources.length,
    eventNames: events.name.values.length,
    services: [...new Set(sources.map((source) => source.service))].sort(),
    pages,
    columns,
  };
}

function encodeColumn(key: string, { values, codes }: AttributeColumn, sink: PageSink): ColumnMeta {
  const { bloom, ...stats } = statsOf(values);
  return { key, distinct: values.length, codes: sink.add(encodeCodes(codes, values.length, 1)), values: sink.add(encodeValues(values)), ...(bloom === undefined ? {} : { bloom: sink.add(bloom) }), ...stats };
}

/** How many rows each entry of a table of first rows has. */
function sizesOf(first: Uint32Array): Uint32Array {
  return Uint32Array.from({ length: Math.max(0, first.length - 1) }, (_, i) => (first[i + 1] ?? 0) - (first[i] ?? 0));
}

/** Rows whose times are written in full: differences of two others are exact as numbers. */
function exactTimes(segment: Segment): Segment['wideTimes'] {
  const { spanCount, start, duration } = segment;
  const wide = new Map(segment.wideTimes);
  for (let row = 0; row < spanCount; row++) {
    if (Math.abs(start[row] ?? 0) > MAX_DIFFERENCE || Math.abs(duration[row] ?? 0) > MAX_DIFFERENCE) wide.set(row, timesAt(segment, row));
  }
  return wide;
}

/** The first span of a trace counts from the first of the trace before, the others from the one before: small numbers, mostly not negative. */
function startDeltas({ spanCount, traceCount, firstRow, start }: Segment, wideTimes: Segment['wideTimes']): Float64Array {
  const deltas = new Float64Array(spanCount);
  let traceBefore = 0;
  for (let t = 0; t < traceCount; t++) {
    let before = traceBefore;
    for (let row = firstRow[t] ?? 0, end = firstRow[t + 1] ?? 0; row < end; row++) {
      const now = wideTimes.has(row) ? before : (start[row] ?? 0);
      deltas[row] = now - before;
      before = now;
      if (row === firstRow[t]) traceBefore = now;
    }
  }
  return deltas;
}

/** 0: no parent; 1: named and not here; else 2 and how far behind, both directions folded. Ids of the second kind are kept, and those that are not of the row that is the parent. */
function encodeParents({ spanCount, parentRow, parentSpanIds, spanIds }: Segment): { parents: Float64Array; lost: Uint8Array; other: [row: number, hexId: string][] } {
  const parents = new Float64Array(spanCount);
  const lost: number[] = [];
  const other: [row: number, hexId: string][] = [];
  for (let row = 0; row < spanCount; row++) {
    const parent = parentRow[row] ?? -1;
    if (parent === -2) lost.push(row);
    else if (parent >= 0 && !sameId(parentSpanIds, row, spanIds, parent)) other.push([row, hexOf(parentSpanIds, row * 8, 8)]);
    const behind = row - parent;
    parents[row] = parent === -1 ? 0 : parent === -2 ? 1 : 2 + (behind < 0 ? -2 * behind - 1 : 2 * behind);
  }
  const ids = new Uint8Array(lost.length * 8);
  for (const [i, row] of lost.entries()) ids.set(parentSpanIds.subarray(row * 8, row * 8 + 8), i * 8);
  return { parents, lost: ids, other };
}

function sameId(ids: Uint8Array, at: number, others: Uint8Array, otherAt: number): boolean {
  for (let i = 0; i < 8; i++) if (ids[at * 8 + i] !== others[otherAt * 8 + i]) return false;
  return true;
}

function timeBounds(segment: Segment, wideTimes: Segment['wideTimes']): Pick<GroupMeta, 'minStart' | 'maxStart' | 'maxEnd' | 'minDuration' | 'maxDuration'> {
  const { spanCount, start, duration, baseUnixNano } = segment;
  if (spanCount === 0) return { minStart: '0', maxStart: '0', maxEnd: '0', minDuration: 0, maxDuration: 0 };
  let minDuration = Infinity;
  let maxDuration = -Infinity;
  let [min, max, end] = [Infinity, -Infinity, -Infinity];
  for (let row = 0; row < spanCount; row++) {
    const d = duration[row] ?? 0;
    if (d < minDuration) minDuration = d;
    if (d > maxDuration) maxDuration = d;
    if (wideTimes.has(row)) continue;
    const s = start[row] ?? 0;
    if (s < min) min = s;
    if (s > max) max = s;
    if (s + d > end) end = s + d;
  }
  const exact = [...wideTimes.keys()].map((row) => timesAt(segment, row));
  const starts = exact.map((t) => t.startUnixNano);
  const ends = exact.map((t) => t.endUnixNano);
  if (min <= max) {
    starts.push(baseUnixNano + BigInt(min), baseUnixNano + BigInt(max));
    ends.push(baseUnixNano + BigInt(end));
  }
  const least = (all: readonly bigint[]): string => String(all.reduce((a, b) => (b < a ? b : a)));
  const most = (all: readonly bigint[]): string => String(all.reduce((a, b) => (b > a ? b : a)));
  return { minStart: least(starts), maxStart: most(starts), maxEnd: most(ends), minDuration, maxDuration };
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
