import { ServerError } from '#server/server-error.ts';
import type { SearchAnswer, TraceQuestions } from '../trace-questions.ts';
import type { TraceBackend } from '../trace-backend.ts';
import type { TraceEncoding } from '../work/encode-trace.ts';
import { writeTrace, type TraceWork } from '../work/trace-work.ts';
import { jaegerTraceQl, type JaegerSearch } from './jaeger-search.ts';

/** What Jaeger's APIs are answered from: any backend of traces. */
export type JaegerApiTraces = Pick<TraceBackend, 'get' | 'packed' | 'services' | 'operations'> & Pick<TraceQuestions, 'search' | 'metrics' | 'traffic'>;

export interface TimedSearch extends JaegerSearch {
  readonly fromUnixNano: bigint;
  readonly toUnixNano: bigint;
  /** Most traces given; the newest. */
  readonly limit: number;
}

/** What traces are written with. */
export interface TraceWriting {
  readonly traces: JaegerApiTraces;
  readonly work: TraceWork;
}

/** Most traces that one request may ask for. */
export const MAX_SEARCH_DEPTH = 10_000;
/** What the API before v3 says where there is no such trace, and of archiving one: there is one store, which keeps traces as long as it is told to. */
export const TRACE_NOT_FOUND = 'trace not found';
export const NO_ARCHIVE = 'archive storage is not there: export the trace as OTLP to keep it';
/** Traces read at the same time. */
const READ_AHEAD = 4;

/** A search as a client asks it: an empty text and 0 are Jaeger's "not given". */
export interface AskedSearch extends Pick<TimedSearch, 'fromUnixNano' | 'toUnixNano' | 'limit' | 'tags' | 'filter'> {
  readonly service: string | undefined;
  readonly operation: string | undefined;
  readonly minDurationNano: bigint;
  readonly maxDurationNano: bigint;
}

/** The search that is asked for. */
export function timedSearch({ service = '', operation = '', tags = {}, minDurationNano, maxDurationNano, filter, fromUnixNano, toUnixNano, limit }: AskedSearch): TimedSearch {
  return {
    ...(service === '' ? {} : { service }),
    ...(operation === '' ? {} : { operation }),
    tags,
    ...(minDurationNano === 0n ? {} : { minDurationNano }),
    ...(maxDurationNano === 0n ? {} : { maxDurationNano }),
    ...(filter === undefined ? {} : { filter }),
    fromUnixNano,
    toUnixNano,
    limit,
  };
}

/** The same by the rules of API v3. Throws ServerError `bad-request` for a range that is empty, and for a filter beside other conditions. */
export function v3Search(asked: AskedSearch): TimedSearch {
  if (asked.fromUnixNano >= asked.toUnixNano) throw new ServerError('bad-request', 'query.startTimeMin must be before query.startTimeMax');
  const search = timedSearch(asked);
  const { service, operation, tags = {}, minDurationNano, maxDurationNano, filter } = search;
  const plain = service !== undefined || operation !== undefined || Object.keys(tags).length > 0 || minDurationNano !== undefined || maxDurationNano !== undefined;
  if (filter !== undefined && plain) throw new ServerError('bad-request', 'query.filter cannot be combined with serviceName, operationName, attributes or durations: say them in the filter');
  return search;
}

/** The newest traces that match, with their totals. */
export function findTraces(traces: JaegerApiTraces, search: TimedSearch, signal: AbortSignal): Promise<SearchAnswer> {
  return traces.search(
    { query: jaegerTraceQl(search), fromUnixNano: String(search.fromUnixNano), toUnixNano: String(search.toUnixNano), sort: 'newest', limit: search.limit, offset: 0, spansPerTrace: 0 },
    signal,
  );
}

/** Operations of a service with Jaeger's words for their kinds, of one kind when that is asked for. `noKind` is the word for none. */
export async function findOperations(traces: JaegerApiTraces, service: string, { spanKind, noKind }: { readonly spanKind: string; readonly noKind: '' | 'internal' }): Promise<{ readonly name: string; readonly spanKind: string }[]> {
  const operations = (service === '' ? [] : await traces.operations(service)).map(({ name, kind }) => ({ name, spanKind: kind === 'unspecified' ? noKind : kind }));
  return operations.filter((o) => spanKind === '' || o.spanKind === spanKind);
}

/** Traces as bytes, and the ids of those that are gone. */
export async function writeTraces(parts: TraceWriting, ids: readonly string[], encoding: TraceEncoding, signal: AbortSignal): Promise<{ readonly written: readonly Uint8Array[]; readonly gone: readonly string[] }> {
  const all: (Uint8Array | undefined)[] = [];
  for await (const bytes of writtenTraces(parts, ids, encoding, signal)) all.push(bytes);
  return { written: all.filter((bytes) => bytes !== undefined), gone: ids.filter((_, i) => all[i] === undefined) };
}

/** Traces as bytes one after another, in the order of their ids, a few of them ahead; undefined for one that is gone. */
export async function* writtenTraces({ traces, work }: TraceWriting, ids: readonly string[], encoding: TraceEncoding, signal: AbortSignal): AsyncGenerator<Uint8Array | undefined> {
  const ahead: Promise<Uint8Array | undefined>[] = [];
  for (let next = 0; next < ids.length || ahead.length > 0; ) {
    signal.throwIfAborted();
    while (ahead.length < READ_AHEAD && next < ids.length) {
      const reading = writeTrace(work, traces, ids[next++] ?? '', encoding);
      // Its failure is thrown where its turn comes; until then, or when another failed before it, nobody else hears of it.
      reading.catch(() => {});
      ahead.push(reading);
    }
    const [first] = ahead.splice(0, 1);
    if (first !== undefined) yield await first;
  }
}
