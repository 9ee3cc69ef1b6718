import { mergedFlame, timeFlame } from '#server/traces/core/flame.ts';
import { ERROR_CODE, operationText, serviceName, type TraceModel } from '../model/trace-model.ts';

/** A flame graph as boxes on levels, in one form for both of its orders. Lengths are shares of the whole, 0..1. */
export interface FlameBoxes {
  readonly count: number;
  readonly levels: number;
  readonly level: Uint32Array;
  readonly left: Float64Array;
  readonly width: Float64Array;
  /** Index of the box above that it belongs to; −1 for none. */
  readonly parent: Int32Array;
  /** Row to lead to. */
  readonly row: Uint32Array;
  /** Boxes of level l are `boxes[offsets[l]] … boxes[offsets[l + 1] - 1]`, from left to right. */
  readonly offsets: Uint32Array;
  readonly boxes: Uint32Array;
  /** What the whole stands for: nanoseconds. */
  readonly wholeNano: number;
  readonly serviceOf: (box: number) => number;
  readonly label: (box: number) => string;
  readonly failed: (box: number) => boolean;
  /** Rows that a box stands for. */
  readonly rows: (box: number) => number;
  readonly nanoOf: (box: number) => number;
}

/** Boxes in time order: each span from its start to its end. */
export function boxesInTime(model: TraceModel): FlameBoxes {
  const { columns, serviceOf } = model;
  const total = Math.max(1, columns.durationNano);
  const { level, levels } = timeFlame(columns);
  return {
    count: columns.count,
    levels,
    level,
    left: columns.start.map((start) => start / total),
    width: columns.duration.map((duration) => duration / total),
    parent: columns.parent,
    row: Uint32Array.from({ length: columns.count }, (_, row) => row),
    ...byLevel(level, levels, columns.start),
    wholeNano: total,
    serviceOf: (box) => serviceOf[box] ?? 0,
    label: (box) => `${serviceName(model, box)} ${operationText(columns, box)}`,
    failed: (box) => columns.status[box] === ERROR_CODE,
    rows: () => 1,
    nanoOf: (box) => columns.duration[box] ?? 0,
  };
}

/** Boxes merged by path: as wide as the own times of all spans there and below. */
export function boxesMerged(model: TraceModel): FlameBoxes {
  const flame = mergedFlame(model.columns);
  let whole = 0;
  for (let place = 0; place < flame.count; place++) if ((flame.parent[place] ?? -1) < 0) whole += flame.width[place] ?? 0;
  const scale = Math.max(1, whole);
  const levels = flame.depth.reduce((most, depth) => Math.max(most, depth + 1), 0);
  return {
    count: flame.count,
    levels,
    level: flame.depth,
    left: flame.left.map((left) => left / scale),
    width: flame.width.map((width) => width / scale),
    parent: flame.parent,
    row: flame.firstRow,
    ...byLevel(flame.depth, levels, flame.left),
    wholeNano: whole,
    serviceOf: (box) => model.serviceOf[flame.firstRow[box] ?? 0] ?? 0,
    label: (box) => `${flame.step[box]?.service ?? ''} ${flame.step[box]?.name ?? ''}${(flame.rows[box] ?? 0) > 1 ? ` × ${flame.rows[box]}` : ''}`,
    failed: (box) => (flame.errors[box] ?? 0) > 0,
    rows: (box) => flame.rows[box] ?? 0,
    nanoOf: (box) => flame.width[box] ?? 0,
  };
}

/** The box of a level at a share of the whole, or −1. Boxes of a level do not overlap: O(log n). */
export function boxAt({ offsets, boxes, left, width }: Pick<FlameBoxes, 'offsets' | 'boxes' | 'left' | 'width'>, level: number, share: number): number {
  let low = offsets[level] ?? 0;
  let high = offsets[level + 1] ?? low;
  const end = high;
  const first = low;
  // The last box that begins at or before the share.
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((left[boxes[middle] ?? 0] ?? 0) <= share) low = middle + 1;
    else high = middle;
  }
  const at = low - 1;
  if (at < first || at >= end) return -1;
  const box = boxes[at] ?? 0;
  return share <= (left[box] ?? 0) + (width[box] ?? 0) ? box : -1;
}

function byLevel(level: Uint32Array, levels: number, left: Float64Array): { readonly offsets: Uint32Array; readonly boxes: Uint32Array } {
  const offsets = new Uint32Array(levels + 1);
  for (const at of level) offsets[at + 1] = (offsets[at + 1] ?? 0) + 1;
  for (let at = 0; at < levels; at++) offsets[at + 1] = (offsets[at + 1] ?? 0) + (offsets[at] ?? 0);
  const next = offsets.slice();
  const boxes = new Uint32Array(level.length);
  const order = Uint32Array.from(level.keys()).sort((a, b) => (left[a] ?? 0) - (left[b] ?? 0) || a - b);
  for (const box of order) {
    const at = level[box] ?? 0;
    boxes[next[at] ?? 0] = box;
    next[at] = (next[at] ?? 0) + 1;
  }
  return { offsets, boxes };
}
