import type { TraceColumns } from '#server/traces/view/trace-columns.ts';

/** Time shown, in nanoseconds from the trace's start. */
export interface NanoRange {
  readonly from: number;
  readonly to: number;
}

/** When spans ran: as stored, or corrected for clocks that differ. Nanoseconds from the trace's start. */
export interface SpanTimes {
  readonly start: Float64Array;
  readonly duration: Float64Array;
}

/**
 * When a span worked itself: its time less that of its direct children, as pairs [from, to, from, to, …] in time order.
 * One sweep over them by start. Gaps shorter than `least` nanoseconds are left out (they would not be seen).
 */
export function ownPieces({ descendants }: Pick<TraceColumns, 'descendants'>, { start, duration }: SpanTimes, row: number, least: number): number[] {
  const from = start[row] ?? 0;
  const to = from + (duration[row] ?? 0);
  const last = row + (descendants[row] ?? 0);
  const children: number[] = [];
  let sorted = true;
  for (let child = row + 1; child <= last; child += (descendants[child] ?? 0) + 1) {
    if (children.length > 0 && (start[child] ?? 0) < (start[children.at(-1) ?? 0] ?? 0)) sorted = false;
    children.push(child);
  }
  // Correcting clocks may change their order.
  if (!sorted) children.sort((a, b) => (start[a] ?? 0) - (start[b] ?? 0));
  const pieces: number[] = [];
  let covered = from;
  for (const child of children) {
    if (covered >= to) break;
    const childFrom = start[child] ?? 0;
    const childTo = childFrom + (duration[child] ?? 0);
    if (childTo <= covered) continue;
    if (childFrom - covered >= least && childFrom > covered) pieces.push(covered, Math.min(childFrom, to));
    covered = Math.max(covered, childTo);
  }
  if (covered < to && to - covered >= least) pieces.push(covered, to);
  return pieces;
}

/** Sections of the critical path by row: those of row r are `starts[i]`–`ends[i]` for i from `offsets[r]` to `offsets[r + 1]`. */
export interface PathByRow {
  readonly offsets: Uint32Array;
  readonly starts: Float64Array;
  readonly ends: Float64Array;
}

/** Orders the sections of a critical path by row, so that a subtree's are one run. O(rows + sections). */
export function pathByRow(count: number, sections: { readonly rows: ArrayLike<number>; readonly starts: ArrayLike<number>; readonly ends: ArrayLike<number> }): PathByRow {
  const offsets = new Uint32Array(count + 1);
  for (let i = 0; i < sections.rows.length; i++) offsets[(sections.rows[i] ?? 0) + 1] = (offsets[(sections.rows[i] ?? 0) + 1] ?? 0) + 1;
  for (let row = 0; row < count; row++) offsets[row + 1] = (offsets[row + 1] ?? 0) + (offsets[row] ?? 0);
  const next = offsets.slice();
  const starts = new Float64Array(sections.rows.length);
  const ends = new Float64Array(sections.rows.length);
  for (let i = 0; i < sections.rows.length; i++) {
    const row = sections.rows[i] ?? 0;
    const at = next[row] ?? 0;
    next[row] = at + 1;
    starts[at] = sections.starts[i] ?? 0;
    ends[at] = sections.ends[i] ?? 0;
  }
  return { offsets, starts, ends };
}

/** Pixels of a stretch of time in a range drawn `width` pixels wide, cut to it; `undefined` when it lies outside. */
export function pixelsOf(from: number, to: number, range: NanoRange, width: number): { readonly x: number; readonly width: number } | undefined {
  if (to < range.from || from > range.to) return undefined;
  const length = range.to - range.from;
  if (length <= 0) return { x: 0, width };
  const x = (Math.max(from, range.from) - range.from) * (width / length);
  return { x, width: (Math.min(to, range.to) - range.from) * (width / length) - x };
}

/** `1.5e6-2e6` in the URL: nanoseconds from the trace's start. */
export function parseRange(text: string): NanoRange | null {
  const match = /^(\d+)-(\d+)$/.exec(text);
  const [from, to] = [Number(match?.[1] ?? NaN), Number(match?.[2] ?? NaN)];
  return Number.isSafeInteger(from) && Number.isSafeInteger(to) && from < to ? { from, to } : null;
}

export function formatRange({ from, to }: NanoRange): string {
  return `${Math.floor(from)}-${Math.ceil(to)}`;
}

/** A range moved by a share of its length, or made shorter (`factor` < 1) about a point of it; never beyond the whole. */
export function moveRange(range: NanoRange, totalNano: number, { shift = 0, factor = 1, at = 0.5 }: { readonly shift?: number; readonly factor?: number; readonly at?: number }): NanoRange {
  const length = range.to - range.from;
  const next = Math.min(totalNano, Math.max(Math.min(100, totalNano), length * factor));
  const from = Math.min(Math.max(0, range.from + length * shift + (length - next) * at), totalNano - next);
  return { from, to: from + next };
}
