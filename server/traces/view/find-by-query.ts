import { ServerError } from '#server/server-error.ts';
import { evaluateQuery } from '#server/traces/engine/evaluate-query.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { readTraceQl } from '#server/traces/traceql/check.ts';

/** Is a text of the find box TraceQL rather than words? */
export function isQuery(text: string): boolean {
  return /^\s*[{(]/.test(text);
}

/** 1 for each row of a trace's segment that is in some spanset of a TraceQL query. Throws `bad-request` with the places of its faults. */
export function findByQuery(segment: Segment, text: string): Uint8Array {
  const read = readTraceQl(text, 'search');
  if (!read.ok) {
    const causes = read.faults.map(({ message, from }) => ({ message, field: 'q', column: from + 1 }));
    throw new ServerError('bad-request', `The query is not right: ${causes[0]?.message ?? 'it cannot be read'}.`, { causes });
  }
  const found = new Uint8Array(segment.spanCount);
  for (const { rows } of evaluateQuery(read.query, segment)) for (let i = 0; i < rows.length; i++) found[rows[i] ?? 0] = 1;
  return found;
}
