import { STORED_SAMPLE } from '#server/traces/derived/span-hash.ts';
import { trafficPart } from '#server/traces/derived/traffic-part.ts';
import type { TraceHit, TraceSort } from '#server/traces/trace-questions.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { hexOf } from '#server/traces/segment/span-at.ts';
import { type EvaluatePart, type SegmentHandle, TaskCancelled } from '#server/traces/store/segment-source.ts';
import type { Pipeline, TraceQl } from '#server/traces/traceql/ast.ts';
import { measureMetrics, mergeMetrics, metricsBytes } from '#server/traces/traceql/metrics.ts';
import { mayMatch } from '#server/traces/traceql/prune.ts';
import { addSides, countSides, FieldCounter, sampledRows } from './deltas.ts';
import { evaluateQuery } from './evaluate-query.ts';
import { FacetCounter } from './facets.ts';
import { countInto, emptyHeatmap } from './heatmap.ts';
import { rowsOf, textOf } from './kept-rows.ts';
import type { Matched, TimeRange } from './matched.ts';
import { operationDurations } from './percentile.ts';
import { bestOf, type Candidate, compareCandidates, hitOf } from './search.ts';
import type { PartOf, Selected, Task, TaskVerb } from './tasks.ts';
import { firstOf } from './top.ts';
import { openSegment } from './trace-table.ts';

/** Does a task over a share of the segments. Runs in the threads of the store, and anywhere else where segments are at hand. */
export const evaluatePart: EvaluatePart = (segments, task, cancelled) => {
  // Safe because only createQuestions gives tasks to a source.
  return run({ segments, cancelled }, task as Task);
};

interface Share {
  readonly segments: readonly SegmentHandle[];
  readonly cancelled: () => boolean;
}

function run(share: Share, task: Task): PartOf<TaskVerb> {
  switch (task.verb) {
    case 'search':
      return searchShare(share, task);
    case 'hits':
      return wantedHits(share, task);
    case 'heatmap': {
      const part = emptyHeatmap(task);
      over(share, task, (matched) => countInto(part, matched, task));
      return part;
    }
    case 'facets': {
      const counter = new FacetCounter(task.fields);
      over(share, task, (matched, handle) => counter.add(matched, isWhole(handle, task) ? (field, make) => handle.keep(`facet ${textOf(field)} ${textOf(task.query.pipeline)}`, make) : undefined));
      return counter.finish();
    }
    case 'delta-sides': {
      let sides = { inside: 0, outside: 0 };
      over(share, task, (matched) => (sides = addSides([sides, countSides(matched, task.region)])));
      return sides;
    }
    case 'delta-values': {
      const counters = { inside: new FieldCounter(), outside: new FieldCounter() };
      let sampled = { inside: 0, outside: 0 };
      over(share, task, (matched, handle) => {
        // What was put aside when spans were stored has all of them, unless nearly all of few are looked at.
        const stored = Math.min(task.bounds.inside, task.bounds.outside) <= STORED_SAMPLE ? handle.sample?.() : undefined;
        const rows = sampledRows(matched, task.region, task.bounds, Math.max(task.bounds.inside, task.bounds.outside) <= STORED_SAMPLE ? stored?.rows : undefined);
        sampled = addSides([sampled, { inside: rows.inside.length, outside: rows.outside.length }]);
        for (const side of ['inside', 'outside'] as const) {
          if (stored === undefined || task.bounds[side] > STORED_SAMPLE) counters[side].addRows(matched.segment, rows[side]);
          else counters[side].addSample(stored, rows[side]);
        }
      });
      return { sampled, inside: counters.inside.counts, outside: counters.outside.counts };
    }
    case 'metrics':
      return metricsShare(share, task);
    case 'percentile':
      return percentileShare(share, task);
    case 'traffic':
      return trafficPart(share.segments, task, () => look(share));
  }
}

function metricsShare(share: Share, task: Extract<Task, { verb: 'metrics' }>): PartOf<'metrics'> {
  const { query, stepNano, exemplars } = task;
  const parts: PartOf<'metrics'>[] = [];
  for (const handle of share.segments) {
    look(share);
    if (!overlaps(handle, task) || !mayMeasure(query, handle)) continue;
    const measure = (): PartOf<'metrics'> => measureMetrics(query, openSegment(handle), task, { bounds: handle, rowsOf: (pipeline) => countedRows(handle, pipeline) });
    // Times are whole steps since 1970: of spans that all lie in the window the same is found whatever it is.
    const part = isWhole(handle, task) ? handle.keep(`metrics ${stepNano} ${exemplars > 0} ${textOf(query)}`, () => { const value = measure(); return { value, bytes: metricsBytes(value) }; }) : measure();
    parts.push(part);
  }
  return mergeMetrics(query, parts);
}

/** The rows of a handle that a pipeline leaves, but for traces that are whole elsewhere. */
function countedRows(handle: SegmentHandle, pipeline: Pipeline): Uint8Array {
  const mask = rowsOf(handle, pipeline) ?? new Uint8Array(handle.spanCount);
  const { firstRow } = handle.skippedTraces.length === 0 ? { firstRow: [] } : handle.open();
  for (const trace of handle.skippedTraces) mask.fill(0, firstRow[trace] ?? 0, firstRow[trace + 1] ?? 0);
  return mask;
}

function percentileShare(share: Share, task: Extract<Task, { verb: 'percentile' }>): Float64Array {
  const range = { fromUnixNano: BigInt(task.fromUnixNano), toUnixNano: BigInt(task.toUnixNano) };
  const parts = share.segments.flatMap((handle) => {
    look(share);
    if (!overlaps(handle, range) || !handle.services.includes(task.service) || !handle.mayContain('name', '', task.operation)) return [];
    const durations = (): Float64Array => operationDurations(handle.open(), task, handle.skippedTraces);
    return isWhole(handle, range) ? handle.keep(`durations ${JSON.stringify([task.service, task.operation, task.kind])}`, () => { const value = durations(); return { value, bytes: value.byteLength + 200 }; }) : durations();
  });
  return concat(parts);
}

/** Arithmetic has its pipelines within it: those are not looked at here. */
function mayMeasure({ pipeline, metrics }: TraceQl, handle: SegmentHandle): boolean {
  return metrics?.kind === 'metrics-arithmetic' || mayMatch(pipeline, handle);
}

/** Hands on what matches in each segment that has any match. */
function over(share: Share, selected: Selected, take: (matched: Matched, handle: SegmentHandle) => void): void {
  for (const handle of share.segments) {
    look(share);
    const matched = matchedIn(handle, selected);
    if (matched !== undefined) take(matched, handle);
  }
}

function look({ cancelled }: Share): void {
  if (cancelled()) throw new TaskCancelled();
}

function overlaps(handle: SegmentHandle, { fromUnixNano, toUnixNano }: TimeRange): boolean {
  return handle.spanCount > 0 && handle.minStartUnixNano <= toUnixNano && handle.maxStartUnixNano >= fromUnixNano;
}

/** Do all spans of a handle start in the range, and all of its traces count? */
function isWhole(handle: SegmentHandle, range: TimeRange): boolean {
  return handle.skippedTraces.length === 0 && isWithin(handle, range);
}

function isWithin(handle: SegmentHandle, { fromUnixNano, toUnixNano }: TimeRange): boolean {
  return handle.minStartUnixNano >= fromUnixNano && handle.maxStartUnixNano <= toUnixNano;
}

function matchedIn(handle: SegmentHandle, selected: Selected): Matched | undefined {
  if (!overlaps(handle, selected) || !mayMatch(selected.query.pipeline, handle)) return undefined;
  return evaluateQuery(selected.query, handle, isWithin(handle, selected) ? undefined : selected);
}

function searchShare(share: Share, task: Extract<Task, { verb: 'search' }>): PartOf<'search'> {
  let traces = 0;
  let spans = 0;
  let best: Candidate[] = [];
  // Newest first: then the page is soon full, and of older segments nothing but the mask is needed to count them.
  const segments = share.segments.toSorted((a, b) => (a.maxStartUnixNano > b.maxStartUnixNano ? -1 : 1));
  over({ ...share, segments }, task, (matched, handle) => {
    traces += matched.traces.length;
    spans += matched.spans;
    const last = best.length === task.keep ? best.at(-1) : undefined;
    if (task.keep === 0 || (last !== undefined && allBehind(handle, last, task.sort))) return;
    best = firstOf([...best, ...bestOf(matched, task.sort, task.keep)], task.keep, compareCandidates);
  });
  return { traces, spans, best };
}

/** Do all traces of a segment come after the last of a full page? */
function allBehind(handle: SegmentHandle, last: Candidate, sort: TraceSort): boolean {
  return sort === 'newest' ? handle.maxStartUnixNano < last.startUnixNano : sort === 'oldest' && handle.minStartUnixNano > last.startUnixNano;
}

function wantedHits(share: Share, task: Extract<Task, { verb: 'hits' }>): TraceHit[] {
  const starts = [...task.wanted.values()];
  return share.segments.flatMap((handle) => {
    look(share);
    if (!starts.some((start) => start >= handle.minStartUnixNano && start <= handle.maxStartUnixNano)) return [];
    const segment = openSegment(handle);
    const traces = tracesWithin(segment, task.wanted);
    if (traces.length === 0) return [];
    const matched = matchedIn(handle, task);
    if (matched === undefined) return [];
    const matching = new Set(matched.traces);
    return traces.filter((trace) => matching.has(trace)).map((trace) => hitOf(matched, trace, task));
  });
}

/** By id alone: the first span of a trace may have come after its start was looked up. */
function tracesWithin({ traceCount, traceIds }: Segment, wanted: ReadonlyMap<string, bigint>): number[] {
  // The last bytes of an id are random in every kind of them; the whole is only made of the few that agree there.
  const tails = new Set(Array.from(wanted.keys(), (id) => Number.parseInt(id.slice(24), 16)));
  const ids = new DataView(traceIds.buffer, traceIds.byteOffset, traceIds.byteLength);
  const found: number[] = [];
  for (let trace = 0; trace < traceCount; trace++) {
    if (tails.has(ids.getUint32(trace * 16 + 12)) && wanted.has(hexOf(traceIds, trace * 16, 16))) found.push(trace);
  }
  return found;
}

function concat(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
