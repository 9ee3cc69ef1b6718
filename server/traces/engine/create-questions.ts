import { systemClock } from '#mesh-core/runtime/clock.ts';
import { mergeTraffic, type TrafficSummary } from '#server/traces/derived/traffic-summary.ts';
import type { SegmentSource } from '#server/traces/store/segment-source.ts';
import type { TraceQl } from '#server/traces/traceql/ast.ts';
import { finishMetrics } from '#server/traces/traceql/metrics.ts';
import type { AttributeValuesRequest, Completeness, DeltasAnswer, DeltasRequest, FacetsRequest, HeatmapRequest, PercentileRequest, SearchAnswer, SearchRequest, TraceHit, TraceMetricsRequest, TraceQuestions, TraceSelection, TrafficAnswer, TrafficRequest } from '#server/traces/trace-questions.ts';
import { attributeInfos, attributeValuesAnswer } from './catalogue.ts';
import { mergeFieldCounts, mergeSides, rankDeltas, sampleBound } from './deltas.ts';
import { facetsAnswer, type FacetsPart, MAX_DISTINCT, mergeFacets } from './facets.ts';
import { heatmapAnswer, mergeHeatmaps } from './heatmap.ts';
import type { TimeRange } from './matched.ts';
import { percentileAnswer } from './percentile.ts';
import { RunningQuestions, type RunningOptions } from './running-questions.ts';
import { compareCandidates } from './search.ts';
import type { PartOf, Selected, Task } from './tasks.ts';
import { firstOf } from './top.ts';

/** What is looked at for an answer, and how much of what there is that is. */
export interface Looked extends Completeness {
  readonly source: SegmentSource;
}
/** What has the spans that a selection may need; a remote store fetches them for it. `undefined`: whatever there is. */
export type LookAt = (selection: TraceSelection | PercentileRequest | undefined, signal: AbortSignal | undefined) => Promise<Looked>;

const EVERYTHING: TraceQl = { pipeline: { kind: 'pipeline', stages: [{ kind: 'filter' }] } };
/** Nanoseconds. */
const MINUTE = 60_000_000_000n;
const ALL_TIME = { fromUnixNano: '0', toUnixNano: '18446744073709551615' };

/** A question that takes longer than this is given up. */
const TIMEOUT_MS = 30_000;

/** `window`: where to look, when that is less than the task's own range. */
type Ask = <V extends Task['verb']>(looked: Looked, task: Extract<Task, { verb: V }>, window?: TimeRange) => Promise<PartOf<V>[]>;

/**
 * Answers every question from segments, wherever they are: each part of the source is asked for its share, and the
 * shares are put together. The same spans give the same answers however they are spread over segments.
 */
export function createQuestions(lookAt: LookAt, options: RunningOptions = { timeoutMs: TIMEOUT_MS, clock: systemClock }): TraceQuestions {
  const running = new RunningQuestions(options);
  /** A question that is answered by looking at what its request selects. */
  const question =
    <R extends TraceSelection | PercentileRequest, A>(name: string, answer: (request: R, looked: Looked, ask: Ask) => Promise<A>) =>
    (request: R, caller?: AbortSignal): Promise<A> =>
      running.ask(name, request, caller, async (signal) => answer(request, await lookAt(request, signal), (looked, task, window) => askParts(looked, task, window, signal)));
  const valuesOf = question<TraceSelection & Pick<AttributeValuesRequest, 'field'>, FacetsPart>('values', async (request, looked, ask) => {
    const fields = [request.field];
    return mergeFacets(await ask<'facets'>(looked, { verb: 'facets', ...selected(request), fields }), fields);
  });
  const trafficOf = question('traffic', async (request: TraceSelection & TrafficRequest, looked, ask): Promise<TrafficAnswer> => {
    const { fromMinute, toMinute } = request;
    const summary: TrafficSummary = new Map();
    for (const part of await ask<'traffic'>(looked, { verb: 'traffic', ...selected(request), fromMinute, toMinute })) mergeTraffic(summary, part);
    return { summary, ...completeness(looked) };
  });
  return {
    search: question('search', search),
    heatmap: question('heatmap', async (request: HeatmapRequest, looked, ask) => {
      const { of, timeBuckets } = request;
      const parts = await ask<'heatmap'>(looked, { verb: 'heatmap', ...selected(request), of, timeBuckets });
      return { ...heatmapAnswer(mergeHeatmaps(parts, request), request), ...completeness(looked) };
    }),
    facets: question('facets', async (request: FacetsRequest, looked, ask) => {
      const { fields } = request;
      const { answer, cut } = facetsAnswer(mergeFacets(await ask<'facets'>(looked, { verb: 'facets', ...selected(request), fields }), fields), request);
      const notes = cut.map((field) => `${field} has more than ${MAX_DISTINCT} values: the rarest were not counted.`);
      return { ...answer, exact: looked.exact && cut.length === 0, notes: [...looked.notes, ...notes] };
    }),
    deltas: question('deltas', deltas),
    metrics: question('metrics', async (request: TraceMetricsRequest, looked, ask) => {
      const { query, fromUnixNano, toUnixNano } = selected(request);
      const window = { fromUnixNano, toUnixNano, stepNano: BigInt(request.stepNano), exemplars: request.exemplars };
      const answer = finishMetrics(query, await ask<'metrics'>(looked, { verb: 'metrics', query, ...window }), window);
      return { ...answer, exact: looked.exact && answer.exact, notes: [...looked.notes, ...answer.notes] };
    }),
    async attributes(signal) {
      return attributeInfos(await (await lookAt(undefined, signal)).source.catalogue());
    },
    async attributeValues({ selection = { query: EVERYTHING, ...ALL_TIME }, ...request }, signal) {
      // What the values are cut down to is no part of the question, so that typing a word asks once.
      return attributeValuesAnswer(await valuesOf({ ...selection, field: request.field }, signal), request);
    },
    percentile: question('percentile', async (request: PercentileRequest, looked, ask) => percentileAnswer(await ask<'percentile'>(looked, { verb: 'percentile', ...request }), request.durationNano)),
    traffic: ({ fromMinute, toMinute }, signal) => trafficOf({ fromMinute, toMinute, query: EVERYTHING, fromUnixNano: String(BigInt(fromMinute) * MINUTE), toUnixNano: String((BigInt(toMinute) + 1n) * MINUTE - 1n) }, signal),
  };
}

async function askParts<V extends Task['verb']>({ source }: Looked, task: Extract<Task, { verb: V }>, less: TimeRange | undefined, signal: AbortSignal): Promise<PartOf<V>[]> {
  const window = less ?? { fromUnixNano: BigInt(task.fromUnixNano), toUnixNano: BigInt(task.toUnixNano) };
  // Safe because evaluatePart answers a task with the part of its verb.
  return (await source.fanOut(task, { window, signal })) as PartOf<V>[];
}

async function deltas(request: DeltasRequest, looked: Looked, ask: Ask): Promise<DeltasAnswer> {
  const { region } = request;
  const samples = await ask<'delta-samples'>(looked, { verb: 'delta-samples', ...selected(request), region });
  const inside = mergeSides(samples.map((s) => s.inside));
  const outside = mergeSides(samples.map((s) => s.outside));
  const bound = { inside: sampleBound(inside), outside: sampleBound(outside) };
  const counts = await ask<'delta-counts'>(looked, { verb: 'delta-counts', ...selected(request), region, bound });
  const sampled = { inside: inside.hashes.filter((h) => h <= bound.inside).length, outside: outside.hashes.filter((h) => h <= bound.outside).length };
  const sampling = sampled.inside < inside.spans || sampled.outside < outside.spans ? [`Compared are ${sampled.inside} of the ${inside.spans} spans inside with ${sampled.outside} of the ${outside.spans} outside, chosen by their ids.`] : [];
  const attributes = rankDeltas(mergeFieldCounts(counts.map((c) => c.inside)), mergeFieldCounts(counts.map((c) => c.outside)), sampled, request.limit);
  return { inside: inside.spans, outside: outside.spans, attributes, exact: looked.exact && sampling.length === 0, notes: [...looked.notes, ...sampling] };
}

/** First all is counted and the page is settled; then the rows of the page are read, where its traces lie. */
async function search(request: SearchRequest, looked: Looked, ask: Ask): Promise<SearchAnswer> {
  const { sort, limit, offset, spansPerTrace, columns } = request;
  const keep = limit === 0 ? 0 : offset + limit;
  const shares = await ask<'search'>(looked, { verb: 'search', ...selected(request), sort, keep });
  const page = firstOf(shares.flatMap((s) => s.best), keep, compareCandidates).slice(offset);
  const rows = new Map<string, TraceHit>();
  if (page.length > 0) {
    const wanted = new Map(page.map(({ traceId, startUnixNano }) => [traceId, startUnixNano]));
    const task = { verb: 'hits', ...selected(request), spansPerTrace, ...(columns === undefined ? {} : { columns }), wanted } as const;
    for (const found of await ask<'hits'>(looked, task, boundsOf([...wanted.values()]))) for (const hit of found) rows.set(hit.traceId, hit);
  }
  return {
    // One that was swept away between the two looks is not there any more.
    traces: page.flatMap(({ traceId }) => rows.get(traceId) ?? []),
    totalTraces: shares.reduce((sum, s) => sum + s.traces, 0),
    totalSpans: shares.reduce((sum, s) => sum + s.spans, 0),
    ...completeness(looked),
  };
}

function boundsOf(starts: readonly bigint[]): TimeRange {
  const [first = 0n] = starts;
  return { fromUnixNano: starts.reduce((a, b) => (b < a ? b : a), first), toUnixNano: starts.reduce((a, b) => (b > a ? b : a), first) };
}

function selected({ query, fromUnixNano, toUnixNano }: TraceSelection): Selected {
  return { query, fromUnixNano: BigInt(fromUnixNano), toUnixNano: BigInt(toUnixNano) };
}

function completeness({ exact, notes }: Completeness): Completeness {
  return { exact, notes };
}
