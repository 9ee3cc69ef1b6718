import type { Route } from '#server/http/route.ts';
import { ServerError } from '#server/server-error.ts';
import type { TraceWork } from '../work/trace-work.ts';
import { jsonAnswer, listAnswer, v3Refusal } from './answers.ts';
import { readFilter } from './filter-expression.ts';
import { findOperations, findTraces, MAX_SEARCH_DEPTH, v3Search, writeTraces, type JaegerApiTraces, type TimedSearch } from './jaeger-backend.ts';
import { jaegerRoute, type JaegerCall } from './jaeger-route.ts';
import { firstOf, malformed, readBoolean, readGoDuration, readInteger, readRfc3339, readTextMap, readTraceId } from './read-parameters.ts';
import { traceSummary } from './trace-summary.ts';

export const DEFAULT_SEARCH_DEPTH = 100;
const QUERY_NAMES = ['serviceName', 'operationName', 'attributes', 'filter', 'startTimeMin', 'startTimeMax', 'searchDepth', 'durationMin', 'durationMax', 'rawTraces'].map((name) => `query.${name}`);

/**
 * Jaeger's API v3 over HTTP: services, operations, whole traces as OTLP JSON, summaries. Parameters, both spellings of
 * them, and refusals as in Jaeger 2 (internal/extension/jaegerquery/internal/apiv3). Unlike there an empty list is sent as
 * `[]`, because Jaeger's own UI cannot read an answer without it.
 */
export function jaegerV3Routes(traces: JaegerApiTraces, work: TraceWork): Route[] {
  const row = (path: string, summary: string, names: readonly string[], handle: (call: JaegerCall) => Promise<Response>): Route => jaegerRoute({ path: `/api/v3${path}`, summary, names, handle, refusal: v3Refusal });
  return [
    row('/services', "Services that sent spans, as Jaeger's API v3 lists them.", [], async () => jsonAnswer({ services: await traces.services() })),
    row('/operations', "Operations of a service, as Jaeger's API v3 lists them.", ['service', 'spanKind'], async ({ query }) => {
      const spanKind = firstOf(query, 'spanKind', 'span_kind')?.value.toLowerCase() ?? '';
      return jsonAnswer({ operations: await findOperations(traces, query.get('service') ?? '', { spanKind, noKind: 'internal' }) });
    }),
    row('/traces', "Whole traces that match, newest first, as OTLP JSON in the shape of Jaeger's API v3.", QUERY_NAMES, async ({ query, signal }) => {
      const found = await findTraces(traces, readSearch(query), signal);
      return tracesAnswer(await writeTraces({ traces, work }, found.traces.map((t) => t.traceId), { as: 'resource-spans' }, signal));
    }),
    row('/trace-summaries', "Summaries of traces that match, newest first, in the shape of Jaeger's API v3.", QUERY_NAMES, async ({ query, signal }) => {
      const found = await findTraces(traces, readSearch(query), signal);
      return jsonAnswer({ summaries: found.traces.map(traceSummary) });
    }),
    row('/traces/:id', "One trace as OTLP JSON in the shape of Jaeger's API v3.", ['startTime', 'endTime', 'rawTraces'], async ({ query, params, signal }) => {
      const traceId = readTraceId(params['id'] ?? '');
      for (const names of [['startTime', 'start_time'], ['endTime', 'end_time']]) {
        const time = firstOf(query, ...names);
        if (time !== undefined) readRfc3339(time);
      }
      const raw = firstOf(query, 'rawTraces', 'raw_traces');
      if (raw !== undefined) readBoolean(raw);
      return tracesAnswer(await writeTraces({ traces, work }, [traceId], { as: 'resource-spans' }, signal));
    }),
  ];
}

/** The search of `query.…` parameters; a new spelling goes before an old one. Throws ServerError `bad-request`. */
export function readSearch(query: URLSearchParams): TimedSearch {
  const service = firstOf(query, 'query.serviceName', 'query.service_name')?.value;
  const operation = firstOf(query, 'query.operationName', 'query.operation_name')?.value;
  const attributes = firstOf(query, 'query.attributes');
  const tags = attributes === undefined ? {} : readTextMap(attributes);
  const filterText = firstOf(query, 'query.filter')?.value;
  const filter = filterText === undefined ? undefined : readFilter(filterText);
  const from = firstOf(query, 'query.startTimeMin', 'query.start_time_min');
  const to = firstOf(query, 'query.startTimeMax', 'query.start_time_max');
  if (from === undefined || to === undefined) throw new ServerError('bad-request', 'query.startTimeMin and query.startTimeMax are required');
  const fromUnixNano = readRfc3339(from);
  const toUnixNano = readRfc3339(to);
  const depth = firstOf(query, 'query.searchDepth', 'query.search_depth', 'query.num_traces');
  const limit = depth === undefined ? DEFAULT_SEARCH_DEPTH : Number(readInteger(depth));
  if (limit < 1 || limit > MAX_SEARCH_DEPTH) throw malformed(depth?.name ?? '', `it must be from 1 to ${MAX_SEARCH_DEPTH}`);
  const min = firstOf(query, 'query.durationMin', 'query.duration_min');
  const max = firstOf(query, 'query.durationMax', 'query.duration_max');
  const minDurationNano = min === undefined ? 0n : readGoDuration(min);
  const maxDurationNano = max === undefined ? 0n : readGoDuration(max);
  const raw = firstOf(query, 'query.rawTraces', 'query.raw_traces');
  if (raw !== undefined) readBoolean(raw);
  return v3Search({ service, operation, tags, minDurationNano, maxDurationNano, ...(filter === undefined ? {} : { filter }), fromUnixNano, toUnixNano, limit });
}

function tracesAnswer({ written }: { readonly written: readonly Uint8Array[] }): Response {
  return written.length === 0 ? v3Refusal(404, 'No traces found') : listAnswer('{"result":{"resourceSpans":[', written, ']}}');
}

