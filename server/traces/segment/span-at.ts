import { escapePointer } from '#server/traces/otlp/value-types.ts';
import type { Attributes, AttributeValue, Span } from '#server/traces/trace-backend.ts';
import type { AttributeOwner, Segment, ValueType } from './segment.ts';
import { SPAN_KINDS, SPAN_STATUSES } from './span-words.ts';

/** Gives the spans of a segment whole again: what `buildSegment` was given, but for the order of attributes. Makes what it needs once, so use one reader for many rows. */
export function createSpanReader(segment: Segment): { readonly traceIdOf: (trace: number) => string; readonly spanAt: (row: number) => Span } {
  const { traceIds, firstRow, name, statusMessage, events, links } = segment;
  const columnsOf = (owner: AttributeOwner) => segment.attributeKeys(owner).map((key) => ({ key, column: segment.attribute(owner, key) }));
  const columns = { span: columnsOf('span'), event: columnsOf('event'), link: columnsOf('link') };
  const traceIdOf = (trace: number): string => hexOf(traceIds, trace * 16, 16);

  const attributesAt = (owner: AttributeOwner, row: number, pointer: string, types: Record<string, ValueType>): Attributes => {
    const entries: [string, AttributeValue][] = [];
    for (const { key, column } of columns[owner]) {
      const code = column?.codes[row] ?? 0;
      const typed = code === 0 ? undefined : column?.values[code - 1];
      if (typed === undefined) continue;
      entries.push([key, typed.value]);
      if (typed.types === undefined) continue;
      const at = `${pointer}/${escapePointer(key)}`;
      for (const [below, type] of Object.entries(typed.types)) types[at + below] = type;
    }
    return Object.fromEntries(entries);
  };

  const spanAt = (row: number): Span => {
    const source = segment.sources[segment.source[row] ?? 0];
    const types: Record<string, ValueType> = { ...source?.valueTypes };
    const { startUnixNano, endUnixNano } = timesAt(segment, row);
    const parent = hexOf(segment.parentSpanIds, row * 8, 8);
    const message = statusMessage.values[statusMessage.codes[row] ?? 0] ?? '';
    const attributes = attributesAt('span', row, '/attributes', types);
    const eventsAt = rows(events.first, row).map((e, i): Span['events'][number] => {
      const dropped = events.dropped.get(e);
      return {
        timeUnixNano: String(events.wideTimes.get(e) ?? startUnixNano + BigInt(events.time[e] ?? 0)),
        name: events.name.values[events.name.codes[e] ?? 0] ?? '',
        attributes: attributesAt('event', e, `/events/${i}/attributes`, types),
        ...(dropped === undefined ? {} : { droppedAttributesCount: dropped }),
      };
    });
    const linksAt = rows(links.first, row).map((l, i): Span['links'][number] => ({
      traceId: hexOf(links.traceIds, l * 16, 16),
      spanId: hexOf(links.spanIds, l * 8, 8),
      ...links.extras.get(l),
      attributes: attributesAt('link', l, `/links/${i}/attributes`, types),
    }));
    return {
      traceId: traceIdOf(traceOfRow(firstRow, row)),
      spanId: hexOf(segment.spanIds, row * 8, 8),
      ...(/^0+$/.test(parent) ? {} : { parentSpanId: parent }),
      name: name.values[name.codes[row] ?? 0] ?? '',
      kind: SPAN_KINDS[segment.kind[row] ?? 0] ?? 'unspecified',
      startUnixNano: String(startUnixNano),
      endUnixNano: String(endUnixNano),
      attributes,
      status: { code: SPAN_STATUSES[segment.status[row] ?? 0] ?? 'unset', ...(message === '' ? {} : { message }) },
      events: eventsAt,
      links: linksAt,
      resource: source?.resource ?? {},
      scope: source?.scope ?? { name: '' },
      ...(source?.resourceSchemaUrl === undefined ? {} : { resourceSchemaUrl: source.resourceSchemaUrl }),
      ...(source?.resourceDroppedAttributesCount === undefined ? {} : { resourceDroppedAttributesCount: source.resourceDroppedAttributesCount }),
      ...segment.extras.get(row),
      ...(Object.keys(types).length === 0 ? {} : { valueTypes: types }),
    };
  };
  return { traceIdOf, spanAt };
}

/** The exact times of a row. */
export function timesAt(segment: Segment, row: number): { readonly startUnixNano: bigint; readonly endUnixNano: bigint } {
  const wide = segment.wideTimes.get(row);
  if (wide !== undefined) return wide;
  const startUnixNano = segment.baseUnixNano + BigInt(segment.start[row] ?? 0);
  return { startUnixNano, endUnixNano: startUnixNano + BigInt(segment.duration[row] ?? 0) };
}

/** The trace that a row belongs to: the last whose first row is not behind it. */
export function traceOfRow(firstRow: Uint32Array, row: number): number {
  let low = 0;
  let high = firstRow.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((firstRow[middle] ?? 0) <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Lower-case hex of `length` bytes. */
export function hexOf(bytes: Uint8Array, at: number, length: number): string {
  let text = '';
  for (let i = at; i < at + length; i++) text += HEX[bytes[i] ?? 0];
  return text;
}
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function rows(first: Uint32Array, row: number): number[] {
  const from = first[row] ?? 0;
  return Array.from({ length: (first[row + 1] ?? from) - from }, (_, i) => from + i);
}
