import type { AttributeColumn, AttributeOwner, Segment } from './segment.ts';

/** A segment as data alone, for going to another thread by structured clone. */
export interface PlainSegment extends Omit<Segment, 'attribute' | 'attributeKeys'> {
  readonly columns: Readonly<Record<AttributeOwner, ReadonlyMap<string, AttributeColumn>>>;
}

/** Touches every column: a segment that reads from disk is read whole. */
export function toPlainSegment(segment: Segment): PlainSegment {
  const columnsOf = (owner: AttributeOwner): ReadonlyMap<string, AttributeColumn> =>
    new Map(
      segment.attributeKeys(owner).flatMap((key): [string, AttributeColumn][] => {
        const column = segment.attribute(owner, key);
        return column === undefined ? [] : [[key, { values: column.values, codes: column.codes }]];
      }),
    );
  const { events, links } = segment;
  return {
    spanCount: segment.spanCount,
    traceCount: segment.traceCount,
    traceIds: segment.traceIds,
    firstRow: segment.firstRow,
    baseUnixNano: segment.baseUnixNano,
    start: segment.start,
    duration: segment.duration,
    wideTimes: segment.wideTimes,
    spanIds: segment.spanIds,
    parentSpanIds: segment.parentSpanIds,
    parentRow: segment.parentRow,
    kind: segment.kind,
    status: segment.status,
    name: { values: segment.name.values, codes: segment.name.codes },
    statusMessage: { values: segment.statusMessage.values, codes: segment.statusMessage.codes },
    source: segment.source,
    sources: segment.sources,
    // Property by property: a getter would not be cloned as what it gives.
    events: { count: events.count, first: events.first, time: events.time, wideTimes: events.wideTimes, name: { values: events.name.values, codes: events.name.codes }, dropped: events.dropped },
    links: { count: links.count, first: links.first, traceIds: links.traceIds, spanIds: links.spanIds, extras: links.extras },
    // It may be a view of columns.
    extras: segment.extras instanceof Map ? segment.extras : new Map(segment.extras),
    columns: { span: columnsOf('span'), event: columnsOf('event'), link: columnsOf('link') },
  };
}

/** The reverse of `toPlainSegment`. */
export function fromPlainSegment({ columns, ...rest }: PlainSegment): Segment {
  return { ...rest, attributeKeys: (owner) => [...columns[owner].keys()], attribute: (owner, key) => columns[owner].get(key) };
}
