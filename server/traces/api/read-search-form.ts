import { parseLogfmtTags } from '#server/traces/core/logfmt-tags.ts';
import { compare, jaegerTraceQl } from '#server/traces/jaeger-api/jaeger-search.ts';
import type { SearchTracesQuery } from '#server/traces/schemas.ts';
import type { SearchRequest } from '#server/traces/trace-questions.ts';
import { given, type ReadRange, RequestReader } from './read-request.ts';

/** The fields of a search form as a search, and the absolute range it is over. Throws `bad-request` that tells every fault with its field. */
export function readSearchForm(input: SearchTracesQuery, nowMs: number): { readonly request: SearchRequest; readonly range: ReadRange } {
  const reader = new RequestReader(nowMs);
  const range = reader.range(input);
  const tags = given(input.tags) ? reader.parsed('tags', parseLogfmtTags(input.tags), {}) : {};
  const minDurationNano = reader.duration('minDuration', input.minDuration);
  const maxDurationNano = reader.duration('maxDuration', input.maxDuration);
  if (minDurationNano !== undefined && maxDurationNano !== undefined && minDurationNano > maxDurationNano) reader.unfit('maxDuration', 'it is less than the least duration');
  reader.finish();
  const query = jaegerTraceQl({
    ...(given(input.service) ? { service: input.service } : {}),
    ...(given(input.operation) ? { operation: input.operation } : {}),
    tags,
    ...(minDurationNano === undefined ? {} : { minDurationNano }),
    ...(maxDurationNano === undefined ? {} : { maxDurationNano }),
    ...(input.status === undefined ? {} : { filter: compare({ kind: 'intrinsic', name: 'span:status' }, '=', { type: 'status', value: input.status }) }),
  });
  const { sort, limit, offset } = input;
  return { request: { query, fromUnixNano: range.fromUnixNano, toUnixNano: range.toUnixNano, sort, limit, offset, spansPerTrace: 0 }, range };
}
