import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Route } from '#server/http/route.ts';
import { ServerError } from '#server/server-error.ts';
import { OtlpDecodeError } from '../otlp/decode-error.ts';
import { decodeTraceRequest } from '../otlp/decode-request.ts';
import type { Span, Trace } from '../trace-backend.ts';
import type { TraceWork } from '../work/trace-work.ts';
import { jsonAnswer, legacyRefusal, listAnswer } from './answers.ts';
import { findDependencies } from './dependencies.ts';
import { findOperations, findTraces, NO_ARCHIVE, TRACE_NOT_FOUND, writeTraces, type JaegerApiTraces } from './jaeger-backend.ts';
import { jaegerRoute, type JaegerRow } from './jaeger-route.ts';
import { booleanIn, indentOf, readLegacySearch, timeIn } from './legacy-parameters.ts';
import { readTraceId } from './read-parameters.ts';
import { uiTrace } from './ui-model.ts';

const MILLISECOND = 1_000_000n;
const DAY = 24n * 3600n * 1000n * MILLISECOND;
const SEARCH_NAMES = ['service', 'operation', 'start', 'end', 'limit', 'minDuration', 'maxDuration', 'tag', 'tags', 'traceID', 'raw', 'prettyPrint'];

/**
 * Jaeger's HTTP API before v3, which Kiali and older Jaeger UIs speak. Sources: jaegerquery/internal/http_handler.go of
 * Jaeger 2.20 (the searches and lists were taken out after it) and of 2.21 (the rest).
 */
export function jaegerLegacyRoutes(traces: JaegerApiTraces, clock: Pick<Clock, 'now'>, work: TraceWork): Route[] {
  const row = (r: Omit<JaegerRow, 'refusal'>): Route => jaegerRoute({ ...r, path: `/api${r.path}`, refusal: legacyRefusal });
  return [
    row({ path: '/services', summary: 'Services that sent spans, as Jaeger listed them before API v3.', names: ['prettyPrint'], handle: async ({ query }) => envelope(await traces.services(), query) }),
    row({
      path: '/services/:service/operations',
      summary: 'Names of operations of a service, as Jaeger listed them before API v3.',
      names: ['prettyPrint'],
      handle: async ({ query, params }) => envelope([...new Set((await traces.operations(params['service'] ?? '')).map((o) => o.name))], query),
    }),
    row({
      path: '/operations',
      summary: 'Operations of a service with their kinds, as Jaeger listed them before API v3.',
      names: ['service', 'spanKind', 'prettyPrint'],
      handle: async ({ query }) => {
        const service = query.get('service') ?? '';
        if (service === '') throw new ServerError('bad-request', "parameter 'service' is required");
        // Before API v3 a span without a kind had the empty one.
        return envelope(await findOperations(traces, service, { spanKind: query.get('spanKind') ?? '', noKind: '' }), query);
      },
    }),
    row({
      path: '/traces',
      summary: 'Whole traces that match, newest first, in the model of Jaeger before API v3.',
      names: SEARCH_NAMES,
      handle: async ({ query, signal }) => {
        const { traceIds, search, raw } = readLegacySearch(query, clock.now());
        const ids = traceIds.length > 0 ? [...new Set(traceIds)] : (await findTraces(traces, search, signal)).traces.map((t) => t.traceId);
        const { written, gone } = await writeTraces({ traces, work }, ids, { as: 'jaeger', raw, indent: indentOf(query) }, signal);
        const errors = traceIds.length === 0 ? null : gone.map((traceID) => ({ msg: TRACE_NOT_FOUND, traceID }));
        return tracesAnswer(written, errors === null || errors.length === 0 ? null : errors);
      },
    }),
    row({
      path: '/traces/:id',
      summary: 'One trace in the model of Jaeger before API v3.',
      names: ['raw', 'prettyPrint', 'start', 'end'],
      handle: async ({ query, params, signal }) => {
        const traceId = readTraceId(params['id'] ?? '', 'traceID');
        timeIn(query, 'start', 1000n);
        timeIn(query, 'end', 1000n);
        const { written } = await writeTraces({ traces, work }, [traceId], { as: 'jaeger', raw: booleanIn(query, 'raw'), indent: indentOf(query) }, signal);
        if (written.length === 0) throw new ServerError('not-found', TRACE_NOT_FOUND);
        return tracesAnswer(written, null);
      },
    }),
    row({
      path: '/dependencies',
      summary: 'Which service calls which, and how often, by all spans of the range.',
      names: ['endTs', 'lookback', 'service', 'prettyPrint'],
      handle: async ({ query, signal }) => {
        const to = timeIn(query, 'endTs', MILLISECOND) ?? BigInt(clock.now()) * MILLISECOND;
        const from = to - (timeIn(query, 'lookback', MILLISECOND) ?? DAY);
        return envelope(await findDependencies(traces, { fromUnixNano: from, toUnixNano: to, nowMs: clock.now() }, query.get('service') ?? '', signal), query, 0);
      },
    }),
    row({ method: 'POST', path: '/transform', summary: 'OTLP JSON in the model of Jaeger before API v3; nothing is stored.', names: ['prettyPrint'], handle: async ({ query, body }) => tracesAnswer(transform(body).map((trace) => Buffer.from(JSON.stringify(uiTrace(trace, { raw: true }), null, indentOf(query)))), null) }),
    row({
      method: 'POST',
      path: '/archive/:id',
      summary: 'Refuses to archive a trace: there is one store, which keeps traces as long as it is told to.',
      handle: async () => legacyRefusal(501, NO_ARCHIVE),
    }),
  ];
}

function tracesAnswer(written: readonly Uint8Array[], errors: object[] | null): Response {
  return listAnswer('{"data":[', written, `],"total":0,"limit":0,"offset":0,"errors":${JSON.stringify(errors)}}`);
}

function envelope(data: readonly unknown[], query: URLSearchParams, total = data.length): Response {
  return jsonAnswer({ data, total, limit: 0, offset: 0, errors: null }, { indent: indentOf(query) });
}

function transform(body: Uint8Array): Trace[] {
  const byTrace = new Map<string, Span[]>();
  try {
    for (const span of decodeTraceRequest(body, 'json').spans) {
      const spans = byTrace.get(span.traceId);
      if (spans === undefined) byTrace.set(span.traceId, [span]);
      else spans.push(span);
    }
  } catch (error) {
    if (!(error instanceof OtlpDecodeError)) throw error;
    throw new ServerError('bad-request', `cannot unmarshal OTLP : ${error.message}`, { cause: error });
  }
  return [...byTrace].map(([traceId, spans]) => ({ traceId, spans, warnings: [] }));
}
