import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { LookedAtBackend } from '#server/adapters/remote-traces/combined-backend.ts';
import { createFetchedQuestions, type Fetched } from '#server/adapters/remote-traces/fetched-questions.ts';
import { isServerError } from '#server/http/respond.ts';
import { traceWarnings } from '#server/traces/core/trace-warnings.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import type { Span, SpanKind, TraceOperation } from '#server/traces/trace-backend.ts';
import type { AttributeInfo, AttributeValueInfo, AttributeValuesRequest, TraceMetricsAnswer, TraceMetricsRequest } from '#server/traces/trace-questions.ts';
import type { TraceQl } from '#server/traces/traceql/ast.ts';
import { printField, printPipeline, printTraceQl } from '#server/traces/traceql/print.ts';
import { quoteText } from '#server/traces/traceql/quoted.ts';
import { createTempoClient, type SecondRange, type TempoClient, type TempoClientOptions } from './tempo-client.ts';
import { tempoQueries, type TempoQueries } from './tempo-query.ts';

export interface TempoOptions extends TempoClientOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Most traces asked for in one search; each is then fetched whole. Default 200. */
  readonly searchLimit?: number;
}

/** Traces fetched at the same time. */
const FETCHERS = 8;
const SECOND = 1_000_000_000n;
const SCOPES: readonly AttributeInfo['scope'][] = ['span', 'resource', 'event', 'link', 'instrumentation', 'intrinsic'];
const KINDS: readonly SpanKind[] = ['internal', 'server', 'client', 'producer', 'consumer'];
/** What Tempo measures over all that it has; its quantiles and histograms are of powers of two. */
const MEASURED_THERE = new Set(['rate', 'count_over_time', 'min_over_time', 'max_over_time', 'avg_over_time', 'sum_over_time']);

/**
 * Traces in a Tempo elsewhere. Searches go there as TraceQL; the traces it finds are fetched whole, and the query is
 * evaluated over them here, because Tempo gives the first that it finds and neither sorts nor counts. An answer is exact
 * unless Tempo found as many as it was asked for at most. Simple metrics are measured by Tempo. Rejects with ServerError
 * `upstream` or `timeout`.
 */
export function createTempoTraceBackend({ clock, searchLimit = 200, ...options }: TempoOptions): LookedAtBackend {
  const tempo = createTempoClient(options);
  const questions = createFetchedQuestions({
    clock,
    plan: (query) => {
      const queries = tempoQueries(query);
      return { key: queries.first, fetch: (from, to) => fetchFrom(tempo, queries, { start: Number(from / SECOND), end: Number(to / SECOND) + 1 }, searchLimit) };
    },
  });
  return {
    ...questions,
    metrics: async (request, signal) => (measuredThere(request.query) ? measure(tempo, request, signal) : questions.metrics(request, signal)),
    async attributes() {
      return (await tempo.tags()).flatMap(({ scope, keys }) => {
        const known = SCOPES.find((s) => s === scope);
        return known === undefined ? [] : keys.filter((key) => known !== 'intrinsic' || key.includes(':')).map((key): AttributeInfo => ({ scope: known, key, types: [] }));
      });
    },
    attributeValues: (request) => valuesOf(tempo, request),
    describe: () => ({
      name: tempo.name,
      kind: 'tempo',
      capabilities: { exact: false, live: false, writable: false },
      notes: [`Searches look at the ${searchLimit} traces at most that ${tempo.name} finds first.`],
    }),
    async get(traceId) {
      const { spans, part } = await tempo.trace(traceId);
      return spans.length === 0 ? undefined : { traceId, spans, warnings: [...(part ? [`${tempo.name} gave a part of this trace only.`] : []), ...traceWarnings(spans)] };
    },
    async segment(traceId) {
      const { spans } = await tempo.trace(traceId);
      return spans.length === 0 ? undefined : buildSegment(spans);
    },
    services: async () => [...new Set((await tempo.values('resource.service.name')).map((v) => v.value))].sort(),
    operations: (service) => operationsOf(tempo, service),
  };
}

async function fetchFrom(tempo: TempoClient, { first, simple, here }: TempoQueries, range: SecondRange, limit: number): Promise<Fetched> {
  let asked = first;
  const notes = here.length === 0 ? [] : [`${tempo.name} was not asked for ${here.join(', ')}: that was evaluated here.`];
  const ids = await tempo.search(first, range, limit).catch(async (error: unknown) => {
    // An older Tempo does not know all of the language.
    if (!isServerError(error) || error.code !== 'bad-request' || simple === first) throw error;
    asked = simple;
    const found = await tempo.search(simple, range, limit);
    notes.push(`${tempo.name} cannot evaluate ${first}: it was asked for ${simple}, and the rest of the query was evaluated here.`);
    return found;
  });
  const spans: (readonly Span[])[] = [];
  let parts = 0;
  const left = [...new Set(ids)];
  const fetchers = Array.from({ length: FETCHERS }, async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const trace = await tempo.trace(id);
      spans.push(trace.spans);
      if (trace.part) parts += 1;
    }
  });
  await Promise.all(fetchers);
  if (parts > 0) notes.push(`${tempo.name} gave a part of ${parts} traces only.`);
  const cut = ids.length >= limit;
  if (cut) notes.push(`${tempo.name} gave the first ${ids.length} traces that it found for ${asked}, which need not be the newest: there may be more, which were not looked at.`);
  return { spans: spans.flat(), exact: !cut && parts === 0, notes };
}

function measuredThere({ pipeline, metrics, second = [] }: TraceQl): boolean {
  if (metrics === undefined || metrics.kind !== 'metrics' || !MEASURED_THERE.has(metrics.function)) return false;
  // What TraceQL has no word for can only be looked at here.
  return second.length === 0 && !JSON.stringify(pipeline, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)).includes('"jaeger-tag"');
}

async function measure(tempo: TempoClient, { query, fromUnixNano, toUnixNano, stepNano, exemplars }: TraceMetricsRequest, signal: AbortSignal | undefined): Promise<TraceMetricsAnswer> {
  const stepSeconds = Math.max(1, Math.ceil(Number(stepNano) / 1e9));
  const series = await tempo.series(printTraceQl(query), { start: Number(BigInt(fromUnixNano) / SECOND), end: Number((BigInt(toUnixNano) + SECOND - 1n) / SECOND) }, stepSeconds, exemplars, signal);
  const times = [...new Set(series.flatMap((s) => s.samples.map((p) => p.timestampMs)))].sort((a, b) => a - b);
  return {
    timesUnixNano: times.map(nanos),
    series: series.map(({ labels, samples, exemplars: found }) => {
      const byTime = new Map(samples.map((p) => [p.timestampMs, p.value]));
      return { labels, values: times.map((time) => byTime.get(time) ?? null), exemplars: found.map(({ timestampMs, ...e }) => ({ ...e, timeUnixNano: nanos(timestampMs) })) };
    }),
    exact: false,
    notes: [`Measured by ${tempo.name}, which may leave out the newest spans, and compares numbers of one kind only.`],
  };
}

function nanos(ms: number): string {
  return String(BigInt(Math.round(ms)) * 1_000_000n);
}

async function valuesOf(tempo: TempoClient, { field, selection, contains = '', limit }: AttributeValuesRequest): Promise<readonly AttributeValueInfo[]> {
  const range = selection === undefined ? undefined : { start: Number(BigInt(selection.fromUnixNano) / SECOND), end: Number(BigInt(selection.toUnixNano) / SECOND) + 1 };
  const found = await tempo.values(printField(field), { ...(selection === undefined ? {} : { query: printPipeline(selection.query.pipeline) }), ...(range === undefined ? {} : { range }), limit: contains === '' ? limit : 10_000 });
  return found.filter(({ value }) => value.toLowerCase().includes(contains.toLowerCase())).slice(0, limit).map(typed);
}

function typed({ type, value }: { readonly type: string; readonly value: string }): AttributeValueInfo {
  switch (type) {
    case 'int':
    case 'float':
      return { type, value: Number(value) };
    case 'bool':
      return { type, value: value === 'true' };
    case 'keyword':
      return { type, value };
    default:
      return { type: 'string', value };
  }
}

/** Tempo has no list of operations: names are asked for kind by kind. */
async function operationsOf(tempo: TempoClient, service: string): Promise<TraceOperation[]> {
  const found = await Promise.all(KINDS.map(async (kind) => (await tempo.values('name', { query: `{ resource.service.name = ${quoteText(service)} && kind = ${kind} }` })).map(({ value }): TraceOperation => ({ name: value, kind }))));
  return found.flat().sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind)));
}
