import { ServerError } from '#server/server-error.ts';
import { MAX_SEARCH_DEPTH, timedSearch, type TimedSearch } from './jaeger-backend.ts';
import { firstOf, readBoolean, readGoDuration, readInteger, readTextMap, readTraceId } from './read-parameters.ts';

/** jaeger-query's own defaults. */
export const DEFAULT_LIMIT = 100;
export const LOOKBACK_NANO = 2n * 24n * 3600n * 1_000_000_000n;
const MILLISECOND = 1_000_000n;

/** A search of the API before v3: by ids, or by what its spans have. */
export interface LegacySearch {
  readonly traceIds: readonly string[];
  readonly search: TimedSearch;
  readonly raw: boolean;
}

/**
 * Reads `GET /api/traces`: service, operation, start and end (Unix µs), limit, minDuration, maxDuration, `tag=k:v` and
 * `tags={json}` (both repeatable), traceID. Throws ServerError `bad-request`. Source: jaegerquery/internal/query_parser.go
 * of Jaeger 2.20.
 */
export function readLegacySearch(query: URLSearchParams, nowMs: number): LegacySearch {
  const now = BigInt(nowMs) * MILLISECOND;
  const fromUnixNano = timeIn(query, 'start', 1000n) ?? now - LOOKBACK_NANO;
  const toUnixNano = timeIn(query, 'end', 1000n) ?? now;
  const tags: Record<string, string> = {};
  for (const value of query.getAll('tag')) {
    const colon = value.indexOf(':');
    if (colon < 0) throw new ServerError('bad-request', `malformed 'tag' parameter, expecting key:value, received: ${value}`);
    tags[value.slice(0, colon)] = value.slice(colon + 1);
  }
  for (const value of query.getAll('tags')) Object.assign(tags, value === '' ? {} : readTextMap({ name: 'tags', value }));
  const limitText = firstOf(query, 'limit');
  const limit = limitText === undefined ? DEFAULT_LIMIT : Number(readInteger(limitText));
  if (limit < 1 || limit > MAX_SEARCH_DEPTH) throw new ServerError('bad-request', `unable to parse param 'limit': it must be from 1 to ${MAX_SEARCH_DEPTH}`);
  const min = firstOf(query, 'minDuration');
  const max = firstOf(query, 'maxDuration');
  const minDurationNano = min === undefined ? 0n : readGoDuration(min);
  const maxDurationNano = max === undefined ? 0n : readGoDuration(max);
  if (minDurationNano !== 0n && maxDurationNano !== 0n && minDurationNano > maxDurationNano) throw new ServerError('bad-request', "'maxDuration' should be greater than 'minDuration'");
  return {
    traceIds: query.getAll('traceID').map((id) => readTraceId(id, 'traceID')),
    raw: booleanIn(query, 'raw'),
    search: timedSearch({ service: firstOf(query, 'service')?.value, operation: firstOf(query, 'operation')?.value, tags, minDurationNano, maxDurationNano, fromUnixNano, toUnixNano, limit }),
  };
}

/** A Unix time in units of `unitNano`, as nanoseconds; undefined when it is not given. */
export function timeIn(query: URLSearchParams, name: string, unitNano: bigint): bigint | undefined {
  const given = firstOf(query, name);
  return given === undefined ? undefined : readInteger(given) * unitNano;
}

/** A switch that is off unless it is given. */
export function booleanIn(query: URLSearchParams, name: string): boolean {
  const given = firstOf(query, name);
  return given !== undefined && readBoolean(given);
}

/** The indentation that `prettyPrint` asks for. */
export function indentOf(query: URLSearchParams): number {
  const value = query.get('prettyPrint') ?? '';
  return value === '' || value === 'false' ? 0 : 4;
}
