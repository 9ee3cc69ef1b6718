import { ServerError } from '#server/server-error.ts';
import { parseDurationText } from './core/duration-text.ts';
import { parseLogfmtTags } from './core/logfmt-tags.ts';
import type { ParseResult } from './core/parse-result.ts';
import { parseTimeText } from './core/time-text.ts';
import type { SearchTracesQuery } from './schemas.ts';
import type { TraceQuery } from './trace-backend.ts';

/** A search as a backend takes it, and the absolute range it is over, Unix milliseconds. */
export interface ReadSearchQuery {
  readonly query: TraceQuery;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Reads the texts of the search form. Every text is read, so that all faults are told at once: ServerError
 * `bad-request` with one cause for each, `field` its name and `column` (from 1) the place in it.
 */
export function readSearchQuery(input: SearchTracesQuery, nowMs: number): ReadSearchQuery {
  const causes: { message: string; field: string; column: number }[] = [];
  const read = <T>(field: string, result: ParseResult<T>, otherwise: T): T => {
    if (result.ok) return result.value;
    causes.push({ message: result.error.message, field, column: result.error.position + 1 });
    return otherwise;
  };
  const given = (text: string | undefined): text is string => text !== undefined && text.trim() !== '';
  const fromMs = read('from', parseTimeText(input.from, nowMs), 0);
  const toMs = read('to', parseTimeText(input.to, nowMs), nowMs);
  const tags = given(input.tags) ? read('tags', parseLogfmtTags(input.tags), {}) : {};
  const min = given(input.minDuration) ? read('minDuration', parseDurationText(input.minDuration), 0n) : undefined;
  const max = given(input.maxDuration) ? read('maxDuration', parseDurationText(input.maxDuration), 0n) : undefined;
  if (causes.length === 0 && fromMs > toMs) causes.push({ message: 'the range ends before it starts', field: 'to', column: 1 });
  if (causes.length === 0 && min !== undefined && max !== undefined && min > max) causes.push({ message: 'it is less than the least duration', field: 'maxDuration', column: 1 });
  const [first] = causes;
  if (first !== undefined) throw new ServerError('bad-request', `The search is not right: ${first.field}: ${first.message}.`, { causes });
  return {
    fromMs,
    toMs,
    query: {
      ...(given(input.service) ? { service: input.service } : {}),
      ...(given(input.operation) ? { operation: input.operation } : {}),
      ...(Object.keys(tags).length === 0 ? {} : { tags }),
      ...(input.status === undefined ? {} : { status: input.status }),
      ...(min === undefined ? {} : { minDurationNano: String(min) }),
      ...(max === undefined ? {} : { maxDurationNano: String(max) }),
      fromUnixNano: nanos(fromMs),
      // The whole of the last millisecond.
      toUnixNano: String(BigInt(nanos(toMs)) + 999_999n),
      sort: input.sort,
      limit: input.limit,
      offset: input.offset,
    },
  };
}

function nanos(ms: number): string {
  return String(BigInt(Math.floor(ms)) * 1_000_000n);
}
