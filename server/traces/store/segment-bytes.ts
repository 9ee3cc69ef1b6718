import type { Segment, TextColumn, TypedValue } from '#server/traces/segment/segment.ts';

/** What a text takes beside its letters, and what a value takes beside its text. */
const TEXT_BYTES = 40;
const VALUE_BYTES = 60;
const MAP_ENTRY_BYTES = 60;

/** About how much memory a segment takes whose columns are all in memory. */
export function segmentBytes(segment: Segment): number {
  const { events, links } = segment;
  let bytes = segment.traceIds.length + segment.firstRow.byteLength + segment.start.byteLength * 2 + segment.spanIds.length * 2 + segment.parentRow.byteLength + segment.spanCount * 2;
  bytes += textBytes(segment.name) + textBytes(segment.statusMessage) + segment.source.byteLength + segment.sources.length * 1000;
  bytes += (segment.extras.size + segment.wideTimes.size + events.dropped.size + events.wideTimes.size + links.extras.size) * MAP_ENTRY_BYTES;
  bytes += events.first.byteLength + links.first.byteLength + events.count * 8 + textBytes(events.name) + links.count * 24;
  for (const owner of ['span', 'event', 'link'] as const) {
    for (const key of segment.attributeKeys(owner)) {
      const column = segment.attribute(owner, key);
      if (column !== undefined) bytes += column.codes.byteLength + valueBytes(column.values) + 200;
    }
  }
  return bytes;
}

function textBytes({ values, codes }: TextColumn): number {
  let bytes = codes.byteLength;
  for (const value of values) bytes += value.length + TEXT_BYTES;
  return bytes;
}

function valueBytes(values: readonly TypedValue[]): number {
  let bytes = values.length * VALUE_BYTES;
  for (const { value } of values) bytes += typeof value === 'string' ? value.length + TEXT_BYTES : typeof value === 'object' ? 500 : 0;
  return bytes;
}
