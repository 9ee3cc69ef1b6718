import { ServerError } from '#server/server-error.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { readTraceQl } from '#server/traces/traceql/check.ts';
import { createEvaluator, type SegmentEvaluator } from '#server/traces/traceql/evaluate.ts';

/** Is a text of the find box TraceQL rather than words? */
export function isQuery(text: string): boolean {
  return /^\s*[{(]/.test(text);
}

/** Gives 1 for each row of a segment that is in some spanset of a TraceQL query. Throws `bad-request` with the places of its faults. One finder for many queries. */
export function createQueryFinder(segment: Segment): (text: string) => Uint8Array {
  let evaluator: SegmentEvaluator | undefined;
  return (text) => {
    const read = readTraceQl(text, 'search');
    if (!read.ok) {
      const causes = read.faults.map(({ message, from }) => ({ message, field: 'q', column: from + 1 }));
      throw new ServerError('bad-request', `The query is not right: ${causes[0]?.message ?? 'it cannot be read'}.`, { causes });
    }
    evaluator ??= createEvaluator(segment);
    return Uint8Array.from(evaluator.pipeline(read.query.pipeline).spanset, (set) => (set >= 0 ? 1 : 0));
  };
}
