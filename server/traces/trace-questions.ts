/**
 * What can be asked of traces beyond one trace by its id: the seam between the pages and APIs above and the embedded
 * store, a remote Jaeger or a remote Tempo below. Times are decimal strings of nanoseconds.
 */
import type { Attribute, AttributeScope, Intrinsic, TraceQl } from './traceql/ast.ts';
import type { TrafficSummary } from './derived/traffic-summary.ts';
import type { AttributeValue, SpanKind, SpanStatus, TraceSummary } from './trace-backend.ts';

/** Traces whose pipeline result has a span that starts within [from, to], both inclusive. `query` has no metrics stage. */
export interface TraceSelection {
  readonly query: TraceQl;
  readonly fromUnixNano: string;
  readonly toUnixNano: string;
}

/** How far an answer can be trusted; shown beside it. */
export interface Completeness {
  /** All that is stored was looked at. Not so when a remote store gave only some of its traces. */
  readonly exact: boolean;
  /** Sentences for people: which predicates were evaluated here instead of there, what was cut off. */
  readonly notes: readonly string[];
}

/** Over ALL matches. `sample`: by trace id, which is random, so that a page is a fair sample. */
export type TraceSort = 'newest' | 'oldest' | 'longest' | 'shortest' | 'most-spans' | 'fewest-spans' | 'most-errors' | 'fewest-errors' | 'name' | 'sample';

export interface SearchRequest extends TraceSelection {
  readonly sort: TraceSort;
  readonly limit: number;
  readonly offset: number;
  /** Most matching spans given of each trace. */
  readonly spansPerTrace: number;
  /** Values to give with each matching span, beside those that `select` names. */
  readonly columns?: readonly (Attribute | Intrinsic)[];
}
export interface SearchAnswer extends Completeness {
  readonly traces: readonly TraceHit[];
  readonly totalTraces: number;
  /** Matching spans of all of them. */
  readonly totalSpans: number;
}
export interface TraceHit extends TraceSummary {
  /** Matching spans of this trace. */
  readonly matched: number;
  readonly spanSets: readonly SpanSetHit[];
}
export interface SpanSetHit {
  /** Of `by()` and scalar filters: `by(resource.service.name)` → the group's value, `count()` → the number. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly matched: number;
  readonly spans: readonly SpanHit[];
}
export interface SpanHit {
  readonly spanId: string;
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly status: SpanStatus;
  readonly startUnixNano: string;
  readonly durationNano: string;
  /** By the printed form of what was asked: `span.http.route`, `.a`, `span:kind`. Absent values are left out. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** Counts of ALL matches over time and (log-spaced) duration. */
export interface HeatmapRequest extends TraceSelection {
  /** Whole traces (trace duration, by trace start) or the matching spans. */
  readonly of: 'traces' | 'spans';
  readonly timeBuckets: number;
  readonly durationBuckets: number;
}
export interface HeatmapAnswer extends Completeness {
  /** `timeBuckets + 1` edges, Unix nanoseconds; the last one is inclusive. */
  readonly timeEdges: readonly string[];
  /** Edges in nanoseconds, ascending, the first 0; chosen from the data; the last one is inclusive. */
  readonly durationEdges: readonly number[];
  /** Cells that are not empty. */
  readonly cells: readonly { readonly time: number; readonly duration: number; readonly count: number; readonly errors: number }[];
  readonly total: number;
}

/** The most frequent values of attributes among the matching spans. */
export interface FacetsRequest extends TraceSelection {
  readonly fields: readonly (Attribute | Intrinsic)[];
  /** Values given of each. */
  readonly limit: number;
}
export interface FacetsAnswer extends Completeness {
  readonly facets: readonly { readonly field: string; readonly values: readonly { readonly value: AttributeValue; readonly spans: number; readonly errors: number }[]; readonly distinct: number; readonly absent: number }[];
  readonly totalSpans: number;
}

/** A rectangle of the heat map. Bounds inclusive; an absent one is open. */
export interface HeatmapRegion {
  readonly of: 'traces' | 'spans';
  readonly fromUnixNano?: string;
  readonly toUnixNano?: string;
  readonly minDurationNano?: string;
  readonly maxDurationNano?: string;
}
/** Which attributes tell the spans in the region from the other matching spans. */
export interface DeltasRequest extends TraceSelection {
  readonly region: HeatmapRegion;
  readonly limit: number;
}
export interface DeltasAnswer extends Completeness {
  readonly inside: number;
  readonly outside: number;
  /** Best first. Shares are 0..1 of the spans of each side that have the attribute. */
  readonly attributes: readonly {
    readonly field: string;
    /** 0..1 (+0.1 for well-known keys). */
    readonly score: number;
    readonly values: readonly { readonly value: AttributeValue; readonly inside: number; readonly outside: number }[];
    /** Spans that have it, of each side. */
    readonly present: { readonly inside: number; readonly outside: number };
  }[];
}

/** `query` has a metrics stage. */
export interface TraceMetricsRequest extends TraceSelection {
  readonly stepNano: string;
  readonly exemplars: number;
}
export interface TraceMetricsAnswer extends Completeness {
  readonly timesUnixNano: readonly string[];
  readonly series: readonly {
    readonly labels: Readonly<Record<string, AttributeValue>>;
    /** One for each time; null where there is nothing. */
    readonly values: readonly (number | null)[];
    readonly exemplars: readonly { readonly traceId: string; readonly spanId: string; readonly timeUnixNano: string; readonly value: number }[];
  }[];
}

export interface AttributeInfo {
  readonly scope: AttributeScope | 'intrinsic';
  readonly key: string;
  readonly types: readonly ('string' | 'int' | 'float' | 'bool' | 'list' | 'map' | 'bytes')[];
}
export interface AttributeValuesRequest {
  readonly field: Attribute | Intrinsic;
  /** Only values among the spans it matches. */
  readonly selection?: TraceSelection;
  readonly contains?: string;
  readonly limit: number;
}
export interface AttributeValueInfo {
  readonly value: AttributeValue;
  readonly type: 'string' | 'int' | 'float' | 'bool' | 'keyword';
  /** Absent where the store does not count. */
  readonly spans?: number;
}

/** Where a duration stands among the spans of its operation. */
export interface PercentileRequest {
  readonly service: string;
  readonly operation: string;
  readonly kind: SpanKind;
  readonly durationNano: number;
  readonly fromUnixNano: string;
  readonly toUnixNano: string;
}
export interface PercentileAnswer {
  readonly spans: number;
  /** 0..100: share of spans that are not longer. */
  readonly percentile: number;
  readonly p50Nano: number;
  readonly p95Nano: number;
  readonly p99Nano: number;
}

/** What the spans that start in a range say of the traffic between services. Whole minutes since 1970, both inclusive. */
export interface TrafficRequest {
  readonly fromMinute: number;
  readonly toMinute: number;
}
export interface TrafficAnswer extends Completeness {
  readonly summary: TrafficSummary;
}

/** Long answers are given up when `signal` aborts. Rejects with ServerError: `bad-request` for a query that cannot be evaluated, `upstream`, `timeout`. */
export interface TraceQuestions {
  search(request: SearchRequest, signal?: AbortSignal): Promise<SearchAnswer>;
  heatmap(request: HeatmapRequest, signal?: AbortSignal): Promise<HeatmapAnswer>;
  facets(request: FacetsRequest, signal?: AbortSignal): Promise<FacetsAnswer>;
  deltas(request: DeltasRequest, signal?: AbortSignal): Promise<DeltasAnswer>;
  metrics(request: TraceMetricsRequest, signal?: AbortSignal): Promise<TraceMetricsAnswer>;
  attributes(signal?: AbortSignal): Promise<readonly AttributeInfo[]>;
  attributeValues(request: AttributeValuesRequest, signal?: AbortSignal): Promise<readonly AttributeValueInfo[]>;
  percentile(request: PercentileRequest, signal?: AbortSignal): Promise<PercentileAnswer | undefined>;
  traffic(request: TrafficRequest, signal?: AbortSignal): Promise<TrafficAnswer>;
}
