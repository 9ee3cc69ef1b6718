import type { SegmentHandle } from '#server/traces/store/segment-source.ts';
import type { Pipeline } from '#server/traces/traceql/ast.ts';
import { createEvaluator } from '#server/traces/traceql/evaluate.ts';
import { stripPositions } from '#server/traces/traceql/strip-positions.ts';
import { openSegment } from './trace-table.ts';

/** Rows as bits, or none of them or all without any. */
type PackedRows = 'none' | 'all' | Uint8Array;

/**
 * The rows of a handle that a pipeline leaves, one byte (0 or 1) each; undefined when there are none. They are kept as bits
 * with the handle's spans, as these never change: what a page asks beside a search need not find them again. The bytes are
 * the caller's.
 */
export function rowsOf(handle: SegmentHandle, pipeline: Pipeline): Uint8Array | undefined {
  const packed = isEverything(pipeline) ? 'all' : handle.keep(`rows ${textOf(pipeline)}`, () => keptSize(pack(createEvaluator(openSegment(handle)).rows(pipeline))));
  return packed === 'none' ? undefined : unpack(packed, handle.spanCount);
}

/** A text for a part of a query or of a task that is the same for equal ones. */
export function textOf(value: object): string {
  let text = texts.get(value);
  if (text === undefined) texts.set(value, (text = JSON.stringify(stripPositions(value), (_, inner: unknown) => (typeof inner === 'bigint' ? `${inner}n` : inner))));
  return text;
}
const texts = new WeakMap<object, string>();

function isEverything({ stages }: Pipeline): boolean {
  return stages.every((stage) => stage.kind === 'select' || (stage.kind === 'filter' && stage.condition === undefined));
}

function keptSize(value: PackedRows): { readonly value: PackedRows; readonly bytes: number } {
  return { value, bytes: 200 + (typeof value === 'string' ? 0 : value.length) };
}

function pack(mask: Uint8Array): PackedRows {
  if (!mask.includes(1)) return 'none';
  if (!mask.includes(0)) return 'all';
  const bits = new Uint8Array(Math.ceil(mask.length / 8));
  for (let row = mask.indexOf(1); row < mask.length; row++) if (mask[row] === 1) bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7));
  return bits;
}

function unpack(packed: Exclude<PackedRows, 'none'>, rows: number): Uint8Array {
  const mask = new Uint8Array(rows);
  if (packed === 'all') return mask.fill(1);
  for (let i = 0; i < packed.length; i++) {
    const byte = packed[i] ?? 0;
    if (byte === 0) continue;
    const from = i << 3;
    const to = Math.min(from + 8, rows);
    for (let row = from; row < to; row++) mask[row] = (byte >> (row & 7)) & 1;
  }
  return mask;
}
