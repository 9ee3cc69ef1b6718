import { trafficPart } from '#server/traces/derived/traffic-part.ts';
import type { TraceHit } from '#server/traces/trace-questions.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { hexOf, timesAt } from '#server/traces/segment/span-at.ts';
import { type EvaluatePart, type SegmentHandle, TaskCancelled } from '#server/traces/store/segment-source.ts';
import { countFields, mergeFieldCounts, mergeSides, sampledRows, sidesOf } from './deltas.ts';
import { evaluateQuery } from './evaluate-query.ts';
import { facetsPart, mergeFacets } from './facets.ts';
import { heatmapPart, mergeHeatmaps } from './heatmap.ts';
import { type Matched, matchedOf } from './matched.ts';
import { operationDurations } from './percentile.ts';
import { bestOf, type Candidate, compareCandidates, hitOf } from './search.ts';
import type { PartOf, Selected, Task, TaskVerb } from './tasks.ts';
import { firstOf } from './top.ts';

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
    case 'heatmap':
      return mergeHeatmaps(over(share, task, (matched) => heatmapPart(matched, task)));
    case 'facets':
      return mergeFacets(over(share, task, (matched) => facetsPart(matched, task.fields)), task.fields.length);
    case 'delta-samples': {
      const sides = over(share, task, (matched) => sidesOf(matched, task.region));
      return { inside: mergeSides(sides.map((s) => s.inside)), outside: mergeSides(sides.map((s) => s.outside)) };
    }
    case 'delta-counts': {
      const counts = over(share, task, (matched) => {
        const rows = sampledRows(matched, task.region, task.bound);
        return { inside: countFields(matched.segment, rows.inside), outside: countFields(matched.segment, rows.outside) };
      });
      return { inside: mergeFieldCounts(counts.map((c) => c.inside)), outside: mergeFieldCounts(counts.map((c) => c.outside)) };
    }
    case 'percentile': {
      const parts: Float64Array[] = [];
      for (const handle of share.segments) {
        look(share);
        if (handle.services.includes(task.service)) parts.push(operationDurations(handle.open(), task, handle.skippedTraces));
      }
      return concat(parts);
    }
    case 'traffic':
      return trafficPart(share.segments, task, () => look(share));
  }
}

/** Applies a function to what matches in each segment that has any match. */
function over<T>(share: Share, selected: Selected, read: (matched: Matched, handle: SegmentHandle) => T): T[] {
  const found: T[] = [];
  for (const handle of share.segments) {
    look(share);
    const matched = matchedIn(handle, selected);
    if (matched !== undefined && matched.spans > 0) found.push(read(matched, handle));
  }
  return found;
}

function look({ cancelled }: Share): void {
  if (cancelled()) throw new TaskCancelled();
}

function matchedIn(handle: SegmentHandle, selected: Selected): Matched | undefined {
  if (handle.spanCount === 0 || handle.minStartUnixNano > selected.toUnixNano || handle.maxStartUnixNano < selected.fromUnixNano) return undefined;
  const segment = handle.open();
  return matchedOf(segment, evaluateQuery(selected.query, segment), selected, handle.skippedTraces);
}

function searchShare(share: Share, task: Extract<Task, { verb: 'search' }>): PartOf<'search'> {
  let traces = 0;
  let spans = 0;
  let best: (Candidate & { readonly matched: Matched })[] = [];
  over(share, task, (matched) => {
    traces += matched.traces.length;
    spans += matched.spans;
    best = firstOf([...best, ...bestOf(matched, task.sort, task.keep).map((candidate) => ({ ...candidate, matched }))], task.keep, compareCandidates);
  });
  return { traces, spans, best: best.map(({ matched, ...candidate }) => (task.hits ? { ...candidate, hit: hitOf(matched, candidate.trace, task) } : candidate)) };
}

function wantedHits(share: Share, task: Extract<Task, { verb: 'hits' }>): TraceHit[] {
  const starts = [...task.wanted.values()];
  return share.segments.flatMap((handle) => {
    look(share);
    if (!starts.some((start) => start >= handle.minStartUnixNano && start <= handle.maxStartUnixNano)) return [];
    const segment = handle.open();
    const traces = tracesStartingAt(segment, task.wanted);
    if (traces.length === 0) return [];
    const matched = matchedOf(segment, evaluateQuery(task.query, segment), task, handle.skippedTraces);
    const matching = new Set(matched.traces);
    return traces.filter((trace) => matching.has(trace)).map((trace) => hitOf(matched, trace, task));
  });
}

function tracesStartingAt(segment: Segment, wanted: ReadonlyMap<string, bigint>): number[] {
  const { traceCount, firstRow, traceIds } = segment;
  const starts = new Set(wanted.values());
  const found: number[] = [];
  for (let trace = 0; trace < traceCount; trace++) {
    if (starts.has(timesAt(segment, firstRow[trace] ?? 0).startUnixNano) && wanted.has(hexOf(traceIds, trace * 16, 16))) found.push(trace);
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
