import { describeResponseFlags } from '#server/traces/core/response-flags.ts';
import { serviceOf } from '#server/traces/core/span-service.ts';
import { SpanIdTable } from '#server/traces/core/span-id-table.ts';
import { createSpanReader } from '#server/traces/segment/span-at.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import type { BuiltTrace } from './build-columns.ts';
import type { SpanDetails } from './schemas.ts';

/** Gives what the columns of a trace leave out, by row; a row that is not there gives nothing. One reader for many calls. */
export function createDetailsReader(segment: Segment, { columns, segmentRows }: BuiltTrace): (rows: readonly number[]) => SpanDetails[] {
  const reader = createSpanReader(segment);
  let ids: SpanIdTable | undefined;
  let linkedFrom: ReadonlyMap<number, readonly number[]> | undefined;
  return (rows) => {
    ids ??= new SpanIdTable(columns.spanIds);
    linkedFrom ??= linksWithin(segment, { columns, segmentRows }, ids);
    return rows.flatMap((row) => {
      const segmentRow = segmentRows[row];
      if (segmentRow === undefined) return [];
      const { traceId, status, events, links, resource, scope, attributes, valueTypes, ...span } = reader.spanAt(segmentRow);
      const flags = attributes['response_flags'];
      return [
        {
          ...span,
          row,
          service: serviceOf({ resource }),
          status: status.code,
          ...(status.message === undefined ? {} : { statusMessage: status.message }),
          attributes,
          resource,
          scope: { ...scope },
          events: [...events],
          links: links.map((link) => {
            const target = link.traceId === traceId ? (ids?.first(Buffer.from(link.spanId, 'hex'), 0) ?? -1) : -1;
            return target === -1 ? link : { ...link, row: target };
          }),
          linkedFrom: [...(linkedFrom?.get(row) ?? [])],
          ...(valueTypes === undefined ? {} : { valueTypes }),
          responseFlags: typeof flags === 'string' ? describeResponseFlags(flags) : [],
        },
      ];
    });
  };
}

/** For each row that spans of the same trace link to, their rows. */
function linksWithin({ links, traceIds, firstRow }: Segment, { columns, segmentRows }: BuiltTrace, ids: SpanIdTable): Map<number, number[]> {
  const found = new Map<number, number[]>();
  if (links.count === 0) return found;
  const first = segmentRows.reduce((least, row) => Math.min(least, row), Number.POSITIVE_INFINITY);
  const own = Buffer.from(traceIds.buffer, traceIds.byteOffset + firstRow.indexOf(first) * 16, 16);
  for (let row = 0; row < columns.count; row++) {
    const at = segmentRows[row] ?? 0;
    for (let link = links.first[at] ?? 0; link < (links.first[at + 1] ?? 0); link++) {
      if (own.compare(links.traceIds, link * 16, link * 16 + 16) !== 0) continue;
      for (let target = ids.first(links.spanIds, link * 8); target !== -1; target = ids.next(target)) {
        const from = found.get(target) ?? [];
        if (from.at(-1) !== row) from.push(row);
        found.set(target, from);
      }
    }
  }
  return found;
}
