import { z } from 'zod';
import { ServerError } from '#server/server-error.ts';
import { spanMatches } from '#server/traces/core/match-span.ts';
import { summarizeTrace } from '#server/traces/core/summarize-trace.ts';
import { traceWarnings } from '#server/traces/core/trace-warnings.ts';
import { OtlpDecodeError } from '#server/traces/otlp/decode-error.ts';
import { decodeTraceRequest } from '#server/traces/otlp/decode-request.ts';
import type { Span, SpanKind, Trace, TraceBackend, TraceQuery, TraceSearchResult } from '#server/traces/trace-backend.ts';
import { compareSummaries } from './compare-summaries.ts';

export interface JaegerOptions {
  /** Of Jaeger's query service, with its base path: `http://127.0.0.1:16686`. */
  readonly url: string;
  /** Default 10 seconds. */
  readonly timeoutMs?: number;
  /** Most traces asked for in one search; the answer holds them whole. Default 1500, which is also Jaeger's own bound. */
  readonly searchDepth?: number;
}

const KINDS: readonly SpanKind[] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const ServicesAnswer = z.object({ services: z.array(z.string()).default([]) });
const OperationsAnswer = z.object({ operations: z.array(z.object({ name: z.string(), spanKind: z.string().optional() })).default([]) });
const TracesAnswer = z.object({ result: z.object({ resourceSpans: z.array(z.unknown()).default([]) }).default({ resourceSpans: [] }) });
const NothingFound = z.object({ error: z.object({ httpCode: z.literal(404) }) });

/** Attributes that most traces have; Jaeger cannot tell which keys there are. */
const COMMON_KEYS = ['error', 'http.method', 'http.response.status_code', 'http.route', 'http.status_code', 'http.url', 'resource.service.name', 'response_flags', 'span.kind', 'span.status'];

/**
 * Traces in a Jaeger elsewhere, over `/api/v3` (Jaeger 1.53 and later; the only search left from 2.21 on). What Jaeger
 * finds is checked again, sorted and counted here, because its stores differ in what they compare and do not sort: the
 * result is right for the newest `searchDepth` traces that Jaeger gives, and says nothing of others. Rejects with
 * ServerError `upstream` or `timeout`.
 */
export function createJaegerTraceBackend({ url, timeoutMs = 10_000, searchDepth = 1500 }: JaegerOptions): TraceBackend {
  const base = url.replace(/\/+$/, '');
  const ask = (path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown> => askJaeger(`${base}/api/v3/${path}?${new URLSearchParams(query).toString()}`, timeoutMs);
  return {
    async search(query) {
      return answerSearch(query, readTraces(await ask('traces', searchParameters(query, searchDepth)), base));
    },
    async get(traceId) {
      const spans = readTraces(await ask(`traces/${encodeURIComponent(traceId)}`), base).get(traceId);
      return spans === undefined ? undefined : traceOf(traceId, spans);
    },
    async services() {
      return read(ServicesAnswer, await ask('services'), base).services.toSorted();
    },
    async operations(service) {
      const { operations } = read(OperationsAnswer, await ask('operations', { service }), base);
      return operations.map(({ name, spanKind }) => ({ name, kind: KINDS.find((k) => k === spanKind) ?? 'internal' }));
    },
    attributeKeys: async () => COMMON_KEYS,
  };
}

/** Both spellings: servers before 2.19 know the second only, and unknown parameters are ignored. */
function searchParameters(query: TraceQuery, searchDepth: number): Record<string, string> {
  const tags = { ...query.tags, ...(query.status === 'error' ? { error: 'true' } : {}) };
  const values: readonly (readonly [camel: string, snake: string, value: string | undefined])[] = [
    ['serviceName', 'service_name', query.service],
    ['operationName', 'operation_name', query.operation],
    ['attributes', 'attributes', Object.keys(tags).length === 0 ? undefined : JSON.stringify(tags)],
    ['startTimeMin', 'start_time_min', rfc3339Nano(query.fromUnixNano)],
    ['startTimeMax', 'start_time_max', rfc3339Nano(query.toUnixNano)],
    ['durationMin', 'duration_min', query.minDurationNano === undefined ? undefined : `${query.minDurationNano}ns`],
    ['durationMax', 'duration_max', query.maxDurationNano === undefined ? undefined : `${query.maxDurationNano}ns`],
    ['searchDepth', 'num_traces', String(searchDepth)],
  ];
  const parameters: Record<string, string> = {};
  for (const [camel, snake, value] of values) {
    if (value === undefined) continue;
    parameters[`query.${camel}`] = value;
    parameters[`query.${snake}`] = value;
  }
  return parameters;
}

function answerSearch(query: TraceQuery, traces: ReadonlyMap<string, readonly Span[]>): TraceSearchResult {
  const matching = [...traces.values()].filter((spans) => spans.some((span) => spanMatches(span, query)));
  const summaries = matching.flatMap((spans) => summarizeTrace(spans) ?? []).sort(compareSummaries(query.sort ?? 'newest'));
  const { offset = 0, limit } = query;
  return { traces: summaries.slice(offset, offset + limit), total: summaries.length };
}

function traceOf(traceId: string, spans: readonly Span[]): Trace {
  return { traceId, spans, warnings: traceWarnings(spans) };
}

/** An answer's spans by trace: Jaeger puts all traces into one list. */
function readTraces(answer: unknown, base: string): Map<string, Span[]> {
  const traces = new Map<string, Span[]>();
  const { result } = read(TracesAnswer, answer ?? {}, base);
  try {
    for (const span of decodeTraceRequest(Buffer.from(JSON.stringify(result)), 'json').spans) {
      const spans = traces.get(span.traceId);
      if (spans === undefined) traces.set(span.traceId, [span]);
      else spans.push(span);
    }
  } catch (error) {
    if (!(error instanceof OtlpDecodeError)) throw error;
    throw new ServerError('upstream', `Jaeger at ${base} gave a trace that cannot be read: ${error.message}`, { cause: error });
  }
  return traces;
}

/** The JSON of an answer; undefined when Jaeger says that it found nothing, which is a 404 of its own shape. */
async function askJaeger(url: string, timeoutMs: number): Promise<unknown> {
  const { origin, pathname } = new URL(url);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(timeoutMs) });
    text = await response.text();
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError') throw new ServerError('timeout', `Jaeger at ${origin} did not answer within ${timeoutMs} ms.`, { cause: error });
    throw new ServerError('upstream', `Jaeger at ${origin} cannot be reached.`, { hint: 'Check the address and that it runs.', cause: error });
  }
  const json = parseJson(text);
  if (response.status === 404 && NothingFound.safeParse(json).success) return undefined;
  if (!response.ok) throw new ServerError('upstream', `Jaeger at ${origin} answered ${response.status} to ${pathname}: ${text.slice(0, 200)}`);
  if (json === undefined) throw new ServerError('upstream', `What answers at ${origin}${pathname} is not Jaeger: it sent no JSON.`);
  return json;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function read<T>(schema: z.ZodType<T>, value: unknown, base: string): T {
  const result = schema.safeParse(value ?? {});
  if (!result.success) throw new ServerError('upstream', `Jaeger at ${base} gave an answer of an unknown shape: ${z.prettifyError(result.error)}`);
  return result.data;
}

function rfc3339Nano(unixNano: string): string {
  const nano = BigInt(unixNano);
  const seconds = new Date(Number(nano / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(nano % 1_000_000_000n).padStart(9, '0')}Z`;
}
