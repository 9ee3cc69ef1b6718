import { systemClock } from '#mesh-core/runtime/clock.ts';
import { mergeTraffic, type TrafficSummary } from '#server/traces/derived/traffic-summary.ts';
import type { LeftOut, SegmentSource } from '#server/traces/store/segment-source.ts';
import type { TraceQl } from '#server/traces/traceql/ast.ts';
import { finishMetrics } from '#server/traces/traceql/metrics.ts';
import type { AttributeValuesRequest, Completeness, DeltasAnswer, DeltasRequest, FacetsRequest, HeatmapRequest, PercentileRequest, SearchAnswer, SearchRequest, TraceHit, TraceMetricsRequest, TraceQuestions, TraceSelection, TrafficAnswer, TrafficRequest } from '#server/traces/trace-questions.ts';
import { attributeInfos, attributeValuesAnswer } from './catalogue.ts';
import { addSides, mergeFieldCounts, rankDeltas, sampleBounds } from './deltas.ts';
import { facetsAnswer, type FacetsPart, MAX_DISTINCT, mergeFacets } from './facets.ts';
import { heatmapAnswer, mergeHeatmaps } from './heatmap.ts';
import { leftOutNotes } from './left-out-notes.ts';
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

/**
 * Answers every question from segments, wherever they are: each part of the source is asked for its share, and the
 * shares are put together. The same spans give the same answers however they are spread over segments.
 */
export function createQuestions(lookAt: LookAt, options: RunningOptions = { timeoutMs: TIMEOUT_MS, clock: systemClock }): TraceQuestions {
  const running = new RunningQuestions(options);
  /** A question that is answered by looking at what its request selects. */
  const question =
    <R extends TraceSelection | PercentileRequest, A>(name: string, answer: (request: R, asked: Asked) => Promise<A>) =>
    (request: R, caller?: AbortSignal): Promise<A> =>
      running.ask(name, request, caller, async (signal) => answer(request, new Asked(await lookAt(request, signal), signal)));
  const valuesOf = question<TraceSelection & Pick<AttributeValuesRequest, 'field'>, FacetsPart>('values', async (request, asked) => {
    const fields = [request.field];
    return mergeFacets(await asked.parts<'facets'>({ verb: 'facets', ...selected(request), fields }), fields);
  });
  const trafficOf = question('traffic', async (request: TraceSelection & TrafficRequest, asked): Promise<TrafficAnswer> => {
    const { fromMinute, toMinute } = request;
    const summary: TrafficSummary = new Map();
    for (const part of await asked.parts<'traffic'>({ verb: 'traffic', ...selected(request), fromMinute, toMinute })) mergeTraffic(summary, part);
    return { summary, ...asked.completeness() };
  });
  return {
    search: question('search', search),
    heatmap: question('heatmap', async (request: HeatmapRequest, asked) => {
      const { of, timeBuckets } = request;
      const parts = await asked.parts<'heatmap'>({ verb: 'heatmap', ...selected(request), of, timeBuckets });
      return { ...heatmapAnswer(mergeHeatmaps(parts, request), request), ...asked.completeness() };
    }),
    facets: question('facets', async (request: FacetsRequest, asked) => {
      const { fields } = request;
      const { answer, cut } = facetsAnswer(mergeFacets(await asked.parts<'facets'>({ verb: 'facets', ...selected(request), fields }), fields), request);
      const notes = cut.map((field) => `${field} has more than ${MAX_DISTINCT} values: the rarest were not counted.`);
      return { ...answer, ...asked.completeness({ exact: cut.length === 0, notes }) };
    }),
    deltas: question('deltas', deltas),
    metrics: question('metrics', async (request: TraceMetricsRequest, asked) => {
      const { query, fromUnixNano, toUnixNano } = selected(request);
      const window = { fromUnixNano, toUnixNano, stepNano: BigInt(request.stepNano), exemplars: request.exemplars };
      const answer = finishMetrics(query, await asked.parts<'metrics'>({ verb: 'metrics', query, ...window }), window);
      return { ...answer, ...asked.completeness(answer) };
    }),
    async attributes(signal) {
      return attributeInfos(await (await lookAt(undefined, signal)).source.catalogue());
    },
    async attributeValues({ selection = { query: EVERYTHING, ...ALL_TIME }, ...request }, signal) {
      // What the values are cut down to is no part of the question, so that typing a word asks once.
      return attributeValuesAnswer(await valuesOf({ ...selection, field: request.field }, signal), request);
    },
    percentile: question('percentile', async (request: PercentileRequest, asked) => percentileAnswer(await asked.parts<'percentile'>({ verb: 'percentile', ...request }), request.durationNano)),
    traffic: ({ fromMinute, toMinute }, signal) => trafficOf({ fromMinute, toMinute, query: EVERYTHING, fromUnixNano: String(BigInt(fromMinute) * MINUTE), toUnixNano: String((BigInt(toMinute) + 1n) * MINUTE - 1n) }, signal),
  };
}

/** What a question looks at, and what of it could not be read while it was answered. */
class Asked {
  readonly #looked: Looked;
  readonly #signal: AbortSignal;
  readonly #leftOut: LeftOut[] = [];

  constructor(looked: Looked, signal: AbortSignal) {
    this.#looked = looked;
    this.#signal = signal;
  }

  /** The parts of every share. `less`: where to look, when that is less than the task's own range. */
  async parts<V extends Task['verb']>(task: Extract<Task, { verb: V }>, less?: TimeRange): Promise<PartOf<V>[]> {
    const window = less ?? { fromUnixNano: BigInt(task.fromUnixNano), toUnixNano: BigInt(task.toUnixNano) };
    const { parts, leftOut } = await this.#looked.source.fanOut(task, { window, signal: this.#signal });
    this.#leftOut.push(...leftOut);
    // Safe because evaluatePart answers a task with the part of its verb.
    return parts as PartOf<V>[];
  }

  /** How far an answer from all parts so far can be trusted; `own` is what it says itself. */
  completeness(own: Completeness = { exact: true, notes: [] }): Completeness {
    const { exact, notes } = this.#looked;
    return { exact: exact && own.exact && this.#leftOut.length === 0, notes: [...notes, ...own.notes, ...leftOutNotes(this.#leftOut)] };
  }
}

async function deltas(request: DeltasRequest, asked: Asked): Promise<DeltasAnswer> {
  const { region } = request;
  const all = addSides(await asked.parts<'delta-sides'>({ verb: 'delta-sides', ...selected(request), region }));
  const counts = await asked.parts<'delta-values'>({ verb: 'delta-values', ...selected(request), region, bounds: sampleBounds(all) });
  const sampled = addSides(counts.map((c) => c.sampled));
  const sampling = sampled.inside < all.inside || sampled.outside < all.outside ? [`Compared are ${sampled.inside} of the ${all.inside} spans inside with ${sampled.outside} of the ${all.outside} outside, chosen by the ids of their traces.`] : [];
  const attributes = rankDeltas(mergeFieldCounts(counts.map((c) => c.inside)), mergeFieldCounts(counts.map((c) => c.outside)), sampled, request.limit);
  return { ...all, attributes, ...asked.completeness({ exact: sampling.length === 0, notes: sampling }) };
}

/** First all is counted and the page is settled; then the rows of the page are read, where its traces lie. */
async function search(request: SearchRequest, asked: Asked): Promise<SearchAnswer> {
  const { sort, limit, offset, spansPerTrace, columns } = request;
  const keep = limit === 0 ? 0 : offset + limit;
  const shares = await asked.parts<'search'>({ verb: 'search', ...selected(request), sort, keep });
  const page = firstOf(shares.flatMap((s) => s.best), keep, compareCandidates).slice(offset);
  const rows = new Map<string, TraceHit>();
  if (page.length > 0) {
    const wanted = new Map(page.map(({ traceId, startUnixNano }) => [traceId, startUnixNano]));
    const task = { verb: 'hits', ...selected(request), spansPerTrace, ...(columns === undefined ? {} : { columns }), wanted } as const;
    for (const found of await asked.parts<'hits'>(task, boundsOf([...wanted.values()]))) for (const hit of found) rows.set(hit.traceId, hit);
  }
  return {
    // One that was swept away between the two looks is not there any more.
    traces: page.flatMap(({ traceId }) => rows.get(traceId) ?? []),
    totalTraces: shares.reduce((sum, s) => sum + s.traces, 0),
    totalSpans: shares.reduce((sum, s) => sum + s.spans, 0),
    ...asked.completeness(),
  };
}

function boundsOf(starts: readonly bigint[]): TimeRange {
  const [first = 0n] = starts;
  return { fromUnixNano: starts.reduce((a, b) => (b < a ? b : a), first), toUnixNano: starts.reduce((a, b) => (b > a ? b : a), first) };
}

function selected({ query, fromUnixNano, toUnixNano }: TraceSelection): Selected {
  return { query, fromUnixNano: BigInt(fromUnixNano), toUnixNano: BigInt(toUnixNano) };
}
