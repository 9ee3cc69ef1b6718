import type { FacetsRequest, HeatmapRegion, HeatmapRequest, PercentileRequest, SearchRequest, TraceHit } from '#server/traces/trace-questions.ts';
import type { TrafficTask } from '#server/traces/derived/traffic-part.ts';
import type { TrafficSummary } from '#server/traces/derived/traffic-summary.ts';
import type { TraceQl } from '#server/traces/traceql/ast.ts';
import type { MetricsPart, MetricsWindow } from '#server/traces/traceql/metrics.ts';
import type { FieldCounts, Sides } from './deltas.ts';
import type { FacetsPart } from './facets.ts';
import type { HeatmapPart } from './heatmap.ts';
import type { Candidate } from './search.ts';

/** What spans an answer is about. Crosses threads: plain data only. */
export interface Selected {
  readonly query: TraceQl;
  readonly fromUnixNano: bigint;
  readonly toUnixNano: bigint;
}

/**
 * The work that is done where the segments are, by verb: what is asked of a share of them, and what comes back. Parts of
 * any shares put together give the same answer as one share of all would.
 */
export interface Tasks {
  /** Counts all and gives the first `keep` of the order. */
  search: { readonly task: Selected & { readonly sort: SearchRequest['sort']; readonly keep: number }; readonly part: SearchShare };
  /** The rows of some traces, by id; each has a span that starts at the time given, which tells where to look. */
  hits: { readonly task: Selected & Pick<SearchRequest, 'spansPerTrace' | 'columns'> & { readonly wanted: ReadonlyMap<string, bigint> }; readonly part: readonly TraceHit[] };
  heatmap: { readonly task: Selected & Pick<HeatmapRequest, 'of' | 'timeBuckets'>; readonly part: HeatmapPart };
  facets: { readonly task: Selected & Pick<FacetsRequest, 'fields'>; readonly part: FacetsPart };
  /** How many spans are in the region and how many are not. */
  'delta-sides': { readonly task: Selected & { readonly region: HeatmapRegion }; readonly part: Sides };
  /** Counts the values of the spans whose hash is below the bound of their side; how many those are. */
  'delta-values': { readonly task: Selected & { readonly region: HeatmapRegion; readonly bounds: Sides }; readonly part: { readonly sampled: Sides; readonly inside: FieldCounts; readonly outside: FieldCounts } };
  metrics: { readonly task: { readonly query: TraceQl } & MetricsWindow; readonly part: MetricsPart };
  percentile: { readonly task: PercentileRequest; readonly part: Float64Array };
  traffic: { readonly task: TrafficTask & { readonly fromUnixNano: bigint; readonly toUnixNano: bigint }; readonly part: TrafficSummary };
}
export type TaskVerb = keyof Tasks;
export type Task = { [V in TaskVerb]: Tasks[V]['task'] & { readonly verb: V } }[TaskVerb];
export type PartOf<V extends TaskVerb> = Tasks[V]['part'];

export interface SearchShare {
  readonly traces: number;
  readonly spans: number;
  readonly best: readonly Candidate[];
}
