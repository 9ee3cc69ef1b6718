import { defineRoute, type Route } from '#server/http/route.ts';
import type { ServerContext } from '#server/server-context.ts';
import { ServerError } from '#server/server-error.ts';
import { type ReadRange, RequestReader } from '#server/traces/api/read-request.ts';
import { readTraceId } from '#server/traces/read-trace-id.ts';
import type { TraceSelection } from '#server/traces/trace-questions.ts';
import type { OpenTraces } from '#server/traces/view/open-traces.ts';
import type { TraceWork } from '#server/traces/work/trace-work.ts';
import { sampleTraces, type SampleReach } from './sample-traces.ts';
import { CompareSetsQuery, CompareSetsResponse, CompareTracesQuery, CompareTracesResponse, CriticalPathQuery, CriticalPathResponse } from './schemas.ts';

/** Spans that one question goes through; what of it takes longer than a page waits. */
const MAX_SPANS = 400_000;
/** Spans of a population whose attributes are counted. */
const SAMPLED_SPANS = 5000;

/** Comparing traces and sets of traces, and what many traces spend their time on. */
export function compareRoutes({ traces, clock, open, work }: Pick<ServerContext, 'traces' | 'clock'> & { readonly open: OpenTraces; readonly work: TraceWork }): Route[] {
  const sample = (selection: TraceSelection, limit: number, add: Parameters<typeof sampleTraces>[3], signal: AbortSignal): Promise<SampleReach> => sampleTraces(traces, selection, { limit, maxSpans: MAX_SPANS }, add, signal);
  return [
    defineRoute({
      method: 'GET',
      path: '/api/traces/compare',
      scope: 'view',
      summary: 'Two traces place by place: calls, durations, own times, errors, critical path, attributes.',
      query: CompareTracesQuery,
      response: CompareTracesResponse,
      handle: async ({ query }) => open.compare(readTraceId(query.a), readTraceId(query.b), query.limit),
    }),
    defineRoute({
      method: 'GET',
      path: '/api/traces/compare-sets',
      scope: 'view',
      summary: 'Two sets of traces place by place, with how sure each difference is, and the attributes that tell them apart.',
      query: CompareSetsQuery,
      response: CompareSetsResponse,
      handle: async ({ query, signal }) => {
        const started = clock.now();
        const { qa, qb, from, to, fromA = from, toA = to, fromB = from, toB = to, limit } = query;
        const a = readSelection({ q: qa, from: fromA, to: toA }, started, { q: 'qa', from: query.fromA === undefined ? 'from' : 'fromA', to: query.toA === undefined ? 'to' : 'toA' });
        const b = readSelection({ q: qb, from: fromB, to: toB }, started, { q: 'qb', from: query.fromB === undefined ? 'from' : 'fromB', to: query.toB === undefined ? 'to' : 'toB' });
        const gatherer = work.gather({ kind: 'sets', spansSampled: Math.max(1, Math.ceil(SAMPLED_SPANS / limit)) });
        try {
          const reachA = await sample(a.selection, limit, (trace) => gatherer.add('a', trace), signal);
          const reachB = await sample(b.selection, limit, (trace) => gatherer.add('b', trace), signal);
          const compared = await gatherer.finish(query.places);
          return {
            selections: { a: { q: qa, fromMs: a.range.fromMs, toMs: a.range.toMs, reach: reachA }, b: { q: qb, fromMs: b.range.fromMs, toMs: b.range.toMs, reach: reachB } },
            ...compared,
            tookMs: clock.now() - started,
          };
        } finally {
          gatherer.close();
        }
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/api/traces/critical-path',
      scope: 'view',
      summary: 'What the critical paths of many traces are spent on: by service, operation and place; usual traces beside slow ones.',
      query: CriticalPathQuery,
      response: CriticalPathResponse,
      handle: async ({ query, signal }) => {
        const started = clock.now();
        const { selection, range } = readSelection(query, started, { q: 'q', from: 'from', to: 'to' });
        const gatherer = work.gather({ kind: 'critical-path' });
        try {
          const reach = await sample(selection, query.limit, (trace) => gatherer.add('a', trace), signal);
          const totals = await gatherer.finish(query.places);
          return { fromMs: range.fromMs, toMs: range.toMs, reach, ...totals, tookMs: clock.now() - started };
        } finally {
          gatherer.close();
        }
      },
    }),
  ];
}

/** Reads one selection; `names` are its parameters' names, for telling faults. */
function readSelection(texts: { readonly q: string; readonly from: string; readonly to: string }, nowMs: number, names: Readonly<Record<'q' | 'from' | 'to', string>>): { readonly selection: TraceSelection; readonly range: ReadRange } {
  const reader = new RequestReader(nowMs);
  const range = reader.range(texts);
  const query = reader.query(texts.q, 'search');
  try {
    reader.finish();
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    const nameOf = (field: string | undefined): string => (field === 'q' || field === 'from' || field === 'to' ? names[field] : (field ?? ''));
    const [first] = error.causes;
    throw new ServerError('bad-request', `The selection is not right: ${nameOf(first?.field)}: ${first?.message ?? error.message}.`, { causes: error.causes.map((cause) => ({ ...cause, field: nameOf(cause.field) })) });
  }
  return { selection: { query, fromUnixNano: range.fromUnixNano, toUnixNano: range.toUnixNano }, range };
}
