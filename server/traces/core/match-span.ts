import type { TraceQuery } from '#server/traces/store/trace-query.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import { termOfTag, termsOfSource, termsOfSpan } from './search-terms.ts';
import { serviceOf } from './span-service.ts';

/** What a query asks of one span: everything but sort and page. */
export type SpanQuery = Omit<TraceQuery, 'sort' | 'limit' | 'offset'>;

/**
 * Does this one span satisfy the whole query? A trace matches when some span of it does. Bounds are inclusive; a span
 * that ends before it starts has duration 0. This is the definition; stores may be faster, never different.
 */
export function spanMatches(span: Span, query: SpanQuery): boolean {
  if (query.service !== undefined && serviceOf(span) !== query.service) return false;
  if (query.operation !== undefined && span.name !== query.operation) return false;
  if (query.status !== undefined && span.status.code !== query.status) return false;
  const start = BigInt(span.startUnixNano);
  if (start < BigInt(query.fromUnixNano) || start > BigInt(query.toUnixNano)) return false;
  const length = BigInt(span.endUnixNano) - start;
  const duration = length < 0n ? 0n : length;
  if (query.minDurationNano !== undefined && duration < BigInt(query.minDurationNano)) return false;
  if (query.maxDurationNano !== undefined && duration > BigInt(query.maxDurationNano)) return false;
  const tags = Object.entries(query.tags ?? {});
  if (tags.length === 0) return true;
  const terms = [...termsOfSpan(span), ...termsOfSource(span)];
  return tags.every(([key, value]) => {
    const wanted = termOfTag(key, value);
    return terms.some((term) => term[0] === wanted[0] && term[1] === wanted[1]);
  });
}
