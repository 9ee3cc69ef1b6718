import { SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { OpenedTrace } from '#server/traces/view/opened-trace.ts';
import { compareTraces, type ComparedPlace } from './compare-traces.ts';
import { keepPlaces } from './keep-places.ts';
import type { CompareTracesResponse } from './schemas.ts';

export interface ComparedTraces extends Omit<CompareTracesResponse, 'places'> {
  readonly places: readonly ComparedPlace[];
}

const ERROR = SPAN_STATUSES.indexOf('error');

/** The answer to a comparison of two traces, with the `limit` places that differ most in time and all above them. */
export function compareOpened(a: OpenedTrace, b: OpenedTrace, limit: number): ComparedTraces {
  const places = compareTraces(a, b);
  return { a: headOf(a), b: headOf(b), places: keepPlaces(places, limit, (p) => Math.abs(p.difference.total) + Math.abs(p.difference.self)), totalPlaces: places.length };
}

function headOf({ columns, version }: OpenedTrace): CompareTracesResponse['a'] {
  const { traceId, startUnixNano, durationNano, count, status, services, sources, source, names, name } = columns;
  return { traceId, startUnixNano, durationNano, spans: count, errors: status.reduce((sum, s) => sum + (s === ERROR ? 1 : 0), 0), rootService: services[sources[source[0] ?? 0]?.service ?? 0] ?? '', rootName: names[name[0] ?? 0] ?? '', version };
}
