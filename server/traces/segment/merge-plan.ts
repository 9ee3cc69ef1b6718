import type { Segment } from './segment.ts';
import { timesAt } from './span-at.ts';

/** A segment, or some of its traces (indexes, in any order). */
export interface MergePart {
  readonly segment: Segment;
  readonly traces?: ArrayLike<number>;
}

/** One trace of the merged segments: where its spans lie. */
export interface PlannedTrace {
  /** As 16 bytes in a string of their own. */
  readonly key: string;
  readonly start: bigint;
  /** Pairs: index of the part, first row, row behind the last. */
  readonly runs: readonly (readonly [part: number, from: number, to: number])[];
  readonly spanCount: number;
}

/** The traces of all parts in the order of a segment: by start, then by id. A trace in several parts comes once. */
export function planMerge(parts: readonly MergePart[]): PlannedTrace[] {
  const traces = new Map<string, { readonly key: string; start: bigint; readonly runs: [number, number, number][]; spanCount: number }>();
  for (const [part, { segment, traces: chosen }] of parts.entries()) {
    const { traceIds, firstRow, traceCount } = segment;
    const ids = Buffer.from(traceIds.buffer, traceIds.byteOffset, traceIds.length);
    const count = chosen?.length ?? traceCount;
    for (let i = 0; i < count; i++) {
      const trace = chosen === undefined ? i : (chosen[i] ?? 0);
      const key = ids.toString('latin1', trace * 16, trace * 16 + 16);
      const from = firstRow[trace] ?? 0;
      const to = firstRow[trace + 1] ?? from;
      // Within a trace the first row starts first.
      const start = timesAt(segment, from).startUnixNano;
      const known = traces.get(key);
      if (known === undefined) traces.set(key, { key, start, runs: [[part, from, to]], spanCount: to - from });
      else {
        known.runs.push([part, from, to]);
        known.spanCount += to - from;
        if (start < known.start) known.start = start;
      }
    }
  }
  // Latin-1 compares as the bytes do.
  return [...traces.values()].sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : a.key < b.key ? -1 : 1));
}

/** Cuts planned traces into groups of about `spans` spans; a trace is never cut, so a giant one is a group of its own size. */
export function groupTraces(planned: readonly PlannedTrace[], spans: number): PlannedTrace[][] {
  const groups: PlannedTrace[][] = [];
  let group: PlannedTrace[] = [];
  let size = 0;
  for (const trace of planned) {
    if (size > 0 && size + trace.spanCount > spans) {
      groups.push(group);
      group = [];
      size = 0;
    }
    group.push(trace);
    size += trace.spanCount;
  }
  if (size > 0) groups.push(group);
  return groups;
}
