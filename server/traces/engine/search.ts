import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { hexOf, timesAt } from '#server/traces/segment/span-at.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { Attribute, Intrinsic } from '#server/traces/traceql/ast.ts';
import type { SearchRequest, SpanHit, TraceHit, TraceSort } from '#server/traces/trace-questions.ts';
import { fieldColumn } from './field-column.ts';
import { printField } from '#server/traces/traceql/print.ts';
import type { Matched, SpanSet } from './matched.ts';
import { firstOf } from './top.ts';
import { summaryOf, traceTable } from './trace-table.ts';

/** A trace that may come into the page, with what it is ordered by. */
export interface Candidate {
  /** Smaller comes first. */
  readonly key: number | string;
  readonly startUnixNano: bigint;
  readonly traceId: string;
}

/** The first `limit` of the matching traces in the order: enough for any page that ends there. */
export function bestOf({ segment, traces }: Matched, sort: TraceSort, limit: number): Candidate[] {
  const keyOf = sortKey(segment, sort);
  const { traceIds, firstRow, wideTimes } = segment;
  const starts = traceTable(segment).starts();
  // Not by the columns of all spans, which would have to be read for the few that are first.
  const exactStart = (trace: number): bigint => wideTimes.get(firstRow[trace] ?? 0)?.startUnixNano ?? segment.baseUnixNano + BigInt(starts[trace] ?? 0);
  const byStart = (a: number, b: number): number => (wideTimes.size === 0 ? (starts[b] ?? 0) - (starts[a] ?? 0) : Number(exactStart(b) - exactStart(a)));
  const inOrder = (a: number, b: number): number => compareKeys(keyOf(a), keyOf(b)) || byStart(a, b) || compareIds(traceIds, a, b);
  // Ids and exact starts are made only of what is left: texts and BigInts of every match would cost more than the search.
  return firstOf(traces, limit, inOrder).map((trace) => ({ key: keyOf(trace), startUnixNano: exactStart(trace), traceId: hexOf(traceIds, trace * 16, 16) }));
}

/** The order of candidates: by what the search is sorted by, ties by newest, then by trace id. */
export function compareCandidates(a: Candidate, b: Candidate): number {
  return compareKeys(a.key, b.key) || (a.startUnixNano > b.startUnixNano ? -1 : a.startUnixNano < b.startUnixNano ? 1 : a.traceId < b.traceId ? -1 : a.traceId > b.traceId ? 1 : 0);
}

function sortKey(segment: Segment, sort: TraceSort): (trace: number) => number | string {
  const { firstRow, traceIds } = segment;
  const table = traceTable(segment);
  const spansOf = (trace: number): number => (firstRow[trace + 1] ?? 0) - (firstRow[trace] ?? 0);
  switch (sort) {
    // The tie-break is by newest already.
    case 'newest':
      return () => 0;
    // Text, because nanoseconds since 1970 do not fit a number.
    case 'oldest':
      return (trace) => String(timesAt(segment, firstRow[trace] ?? 0).startUnixNano).padStart(20, '0');
    case 'longest': {
      const durations = table.durations();
      return (trace) => -(durations[trace] ?? 0);
    }
    case 'shortest': {
      const durations = table.durations();
      return (trace) => durations[trace] ?? 0;
    }
    case 'most-spans':
      return (trace) => -spansOf(trace);
    case 'fewest-spans':
      return spansOf;
    case 'most-errors': {
      const errors = table.errors();
      return (trace) => -(errors[trace] ?? 0);
    }
    case 'fewest-errors': {
      const errors = table.errors();
      return (trace) => errors[trace] ?? 0;
    }
    case 'name': {
      const roots = table.roots();
      const { name, source, sources } = segment;
      return (trace) => {
        const root = roots[trace] ?? -1;
        return root < 0 ? '' : `${sources[source[root] ?? 0]?.service ?? ''}: ${name.values[name.codes[root] ?? 0] ?? ''}`;
      };
    }
    case 'sample':
      return (trace) => hexOf(traceIds, trace * 16, 16);
  }
}

function compareKeys(a: number | string, b: number | string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareIds(ids: Uint8Array, a: number, b: number): number {
  for (let i = 0; i < 16; i++) {
    const difference = (ids[a * 16 + i] ?? 0) - (ids[b * 16 + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The row of a page for a trace: its summary, its spansets, and as many of their spans as were asked for. */
export function hitOf(matched: Matched, trace: number, { spansPerTrace, columns = [], query }: Pick<SearchRequest, 'spansPerTrace' | 'columns' | 'query'>): TraceHit {
  const { segment } = matched;
  const asked = [...new Map([...query.pipeline.stages.flatMap((stage) => (stage.kind === 'select' ? stage.fields : [])), ...columns].map((field) => [printField(field), field]))];
  const spanAt = spanHits(segment, asked);
  const sets = matched.spanSetsOf(trace);
  let left = spansPerTrace;
  return {
    ...summaryOf(segment, trace),
    matched: countRows(sets),
    spanSets: sets.map(({ rows, attributes }) => {
      const shown = Array.from({ length: Math.min(left, rows.length) }, (_, i) => spanAt(rows[i] ?? 0));
      left -= shown.length;
      return { attributes, matched: rows.length, spans: shown };
    }),
  };
}

/** A span may be in several spansets. */
function countRows(sets: readonly SpanSet[]): number {
  const [only] = sets;
  if (sets.length === 1 && only !== undefined) return only.rows.length;
  return new Set(sets.flatMap(({ rows }) => Array.from(rows))).size;
}

function spanHits(segment: Segment, asked: readonly (readonly [text: string, field: Attribute | Intrinsic])[]): (row: number) => SpanHit {
  const columns = asked.map(([text, field]) => ({ text, column: fieldColumn(segment, field) }));
  const { sources, source, name, kind, status } = segment;
  return (row) => {
    const { startUnixNano, endUnixNano } = timesAt(segment, row);
    const attributes: Record<string, AttributeValue> = {};
    for (const { text, column } of columns) {
      const code = column.codeAt(row);
      if (code !== 0) attributes[text] = column.valueOf(code);
    }
    return {
      spanId: hexOf(segment.spanIds, row * 8, 8),
      service: sources[source[row] ?? 0]?.service ?? '',
      name: name.values[name.codes[row] ?? 0] ?? '',
      kind: SPAN_KINDS[kind[row] ?? 0] ?? 'unspecified',
      status: SPAN_STATUSES[status[row] ?? 0] ?? 'unset',
      startUnixNano: String(startUnixNano),
      durationNano: String(endUnixNano > startUnixNano ? endUnixNano - startUnixNano : 0n),
      attributes,
    };
  };
}
