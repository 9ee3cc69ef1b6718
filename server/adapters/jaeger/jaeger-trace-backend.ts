import { z } from 'zod';
import { ServerError } from '#server/server-error.ts';
import { traceWarnings } from '#server/traces/core/trace-warnings.ts';
import { OtlpDecodeError } from '#server/traces/otlp/decode-error.ts';
import { decodeTraceRequest } from '#server/traces/otlp/decode-request.ts';
import { createQuestions } from '#server/traces/engine/create-questions.ts';
import { memorySource } from '#server/traces/engine/memory-source.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import type { Span, SpanKind, Trace, TraceBackend } from '#server/traces/trace-backend.ts';
import type { AttributeInfo, PercentileRequest, TraceSelection } from '#server/traces/trace-questions.ts';
import type { FieldExpression, Static, TraceQl } from '#server/traces/traceql/ast.ts';

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
const COMMON_ATTRIBUTES: readonly AttributeInfo[] = [
  ...['http.method', 'http.route', 'http.url', 'response_flags'].map((key): AttributeInfo => ({ scope: 'span', key, types: ['string'] })),
  ...['http.response.status_code', 'http.status_code'].map((key): AttributeInfo => ({ scope: 'span', key, types: ['int'] })),
  { scope: 'resource', key: 'service.name', types: ['string'] },
];

/**
 * Traces in a Jaeger elsewhere, over `/api/v3` (Jaeger 1.53 and later; the only search left from 2.21 on). What Jaeger
 * finds is checked again, sorted and counted here, because its stores differ in what they compare and do not sort: the
 * result is right for the newest `searchDepth` traces that Jaeger gives, and says nothing of others. Rejects with
 * ServerError `upstream` or `timeout`.
 */
export function createJaegerTraceBackend({ url, timeoutMs = 10_000, searchDepth = 1500 }: JaegerOptions): TraceBackend {
  const base = url.replace(/\/+$/, '');
  const ask = (path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown> => askJaeger(`${base}/api/v3/${path}?${new URLSearchParams(query).toString()}`, timeoutMs);
  const find = async (traceId: string): Promise<Trace | undefined> => {
    const spans = readTraces(await ask(`traces/${encodeURIComponent(traceId)}`), base).get(traceId);
    return spans === undefined ? undefined : traceOf(traceId, spans);
  };
  const note = `Looked at are the ${searchDepth} traces at most that ${base} gave.`;
  return {
    ...createQuestions(async (selection) => {
      if (selection === undefined) return { source: memorySource([]), exact: false, notes: [] };
      const traces = readTraces(await ask('traces', searchParameters(selection, searchDepth)), base);
      return { source: memorySource([buildSegment([...traces.values()].flat())]), exact: false, notes: [note] };
    }),
    describe: () => ({ name: `Jaeger at ${base}`, kind: 'jaeger', capabilities: { exact: false, live: false, writable: false }, notes: [note] }),
    attributes: async () => COMMON_ATTRIBUTES,
    get: find,
    async segment(traceId) {
      const trace = await find(traceId);
      return trace === undefined ? undefined : buildSegment(trace.spans);
    },
    async services() {
      return read(ServicesAnswer, await ask('services'), base).services.toSorted();
    },
    async operations(service) {
      const { operations } = read(OperationsAnswer, await ask('operations', { service }), base);
      return operations.map(({ name, spanKind }) => ({ name, kind: KINDS.find((k) => k === spanKind) ?? 'internal' }));
    },
  };
}

/** Both spellings: servers before 2.19 know the second only, and unknown parameters are ignored. */
function searchParameters(selection: TraceSelection | PercentileRequest, searchDepth: number): Record<string, string> {
  const narrowed = 'query' in selection ? narrowing(selection.query) : { service: selection.service, operation: selection.operation };
  const values: readonly (readonly [camel: string, snake: string, value: string | undefined])[] = [
    ['serviceName', 'service_name', narrowed.service],
    ['operationName', 'operation_name', narrowed.operation],
    ['attributes', 'attributes', narrowed.tags === undefined ? undefined : JSON.stringify(narrowed.tags)],
    ['startTimeMin', 'start_time_min', rfc3339Nano(selection.fromUnixNano)],
    ['startTimeMax', 'start_time_max', rfc3339Nano(selection.toUnixNano)],
    ['durationMin', 'duration_min', narrowed.min === undefined ? undefined : `${narrowed.min}ns`],
    ['durationMax', 'duration_max', narrowed.max === undefined ? undefined : `${narrowed.max}ns`],
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

interface Narrowed {
  readonly service?: string;
  readonly operation?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly min?: bigint;
  readonly max?: bigint;
}

/** What of a query Jaeger can be asked for: conditions that one span must meet. All else is evaluated here. */
function narrowing({ pipeline }: TraceQl): Narrowed {
  const [first] = pipeline.stages;
  const open: FieldExpression[] = first?.kind === 'filter' && first.condition !== undefined ? [first.condition] : [];
  let found: Narrowed = {};
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind === 'jaeger-tag') found = { ...found, tags: { ...found.tags, [next.key]: next.value } };
    if (next.kind !== 'binary') continue;
    const { operator, left, right } = next;
    if (operator === '&&') open.push(left, right);
    else if (right.kind === 'static') found = { ...found, ...narrowedBy(left, operator, right.value) };
  }
  return found;
}

function narrowedBy(left: FieldExpression, operator: string, value: Static): Narrowed {
  if (left.kind === 'attribute' && left.scope === 'resource' && left.key === 'service.name' && operator === '=' && value.type === 'string') return { service: value.value };
  if (left.kind !== 'intrinsic' || left.parent === true) return {};
  if (left.name === 'span:name' && operator === '=' && value.type === 'string') return { operation: value.value };
  if (left.name !== 'span:duration' || value.type !== 'duration') return {};
  return operator === '>=' ? { min: value.value } : operator === '<=' ? { max: value.value } : {};
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
