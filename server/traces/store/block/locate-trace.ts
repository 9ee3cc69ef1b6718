import { mergeSegments } from '#server/traces/segment/merge-segments.ts';
import type { AttributeOwner, Segment } from '#server/traces/segment/segment.ts';
import { bloomMayHave, hashBytes, type ItemHash } from './bloom.ts';
import type { BlockFile } from './block-file.ts';
import { openGroup, type GroupReader } from './open-group.ts';
import type { LazyList } from './value-list.ts';

/** A trace's id in the forms that looking for it needs. */
export interface TraceKey {
  readonly hex: string;
  readonly bytes: Buffer;
  readonly hash: ItemHash;
}

/** Makes the key of a trace from its hex id (32 digits). */
export function traceKeyOf(hex: string): TraceKey {
  const bytes = Buffer.from(hex, 'hex');
  return { hex, bytes, hash: hashBytes(bytes, 0, bytes.length) };
}

/** Where in a block the trace is; undefined when it is not there. Throws DamagedDataError. */
export function locateTrace(block: BlockFile, { bytes, hash }: TraceKey): { readonly group: number; readonly trace: number } | undefined {
  if (bytes.length !== 16 || !block.mayHaveTrace(hash)) return undefined;
  for (const [group, { pages }] of block.meta.groups.entries()) {
    const { traceBloom, traceIds } = pages;
    if (traceBloom === undefined || traceIds === undefined || !bloomMayHave(block.page(traceBloom, true), hash)) continue;
    const page = block.page(traceIds, true);
    const ids = Buffer.from(page.buffer, page.byteOffset, page.length);
    for (let at = ids.indexOf(bytes); at >= 0; at = ids.indexOf(bytes, at + 1)) if (at % 16 === 0) return { group, trace: at / 16 };
  }
  return undefined;
}

/** Some traces (indexes) of a row group as a segment in memory, reading of long lists of values only those that are needed. Throws DamagedDataError. */
export function extractTraces(block: BlockFile, group: number, traces: readonly number[]): Segment {
  const reader = openGroup(block, group);
  return mergeSegments([{ segment: narrowed(reader, traces), traces }]);
}

/** The group with lists of values that have gaps where none of the traces has a value. */
function narrowed(reader: GroupReader, traces: readonly number[]): Segment {
  const { segment } = reader;
  const { firstRow } = segment;
  const spans = traces.map((trace): [number, number] => [firstRow[trace] ?? 0, firstRow[trace + 1] ?? 0]);
  const rangesOf = (owner: AttributeOwner): [number, number][] => {
    if (owner === 'span') return spans;
    const { first } = owner === 'event' ? segment.events : segment.links;
    return spans.map(([from, to]) => [first[from] ?? 0, first[to] ?? 0]);
  };
  // A prototype, not a copy: copying would read every column.
  return Object.create(segment, {
    name: {
      get() {
        const { codes, values } = reader.lazyNames();
        return { codes, values: needed(values, codes, 0, spans) };
      },
    },
    attribute: {
      value: (owner: AttributeOwner, key: string) => {
        const column = reader.lazyValues(owner, key);
        return column === undefined ? undefined : { codes: column.codes, values: needed(column.values, column.codes, 1, rangesOf(owner)) };
      },
    },
    // Safe because the prototype has every property of a segment.
  }) as Segment;
}

function needed<T>(list: LazyList<T>, codes: ArrayLike<number>, base: 0 | 1, ranges: readonly (readonly [number, number])[]): T[] {
  const values: T[] = [];
  values.length = list.count;
  for (const [from, to] of ranges) {
    for (let row = from; row < to; row++) {
      const index = (codes[row] ?? 0) - base;
      if (index >= 0 && !(index in values)) values[index] = list.at(index);
    }
  }
  return values;
}
