import { z } from 'zod';
import { TraceSummaryJson } from '#server/traces/schemas.ts';

/** Decimal nanoseconds as text. */
const nano = z.string().regex(/^-?\d+$/);
const kind = z.enum(['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']);
const status = z.enum(['unset', 'ok', 'error']);
const value = z.unknown();
const attributes = z.record(z.string(), value);
/** How far an answer can be trusted, and what to say about it. */
const completeness = { exact: z.boolean(), notes: z.array(z.string()) };
/** What was asked, resolved: Unix milliseconds; and how long it took. */
const asked = { fromMs: z.number(), toMs: z.number(), tookMs: z.number() };

/** What selects spans, in every question: a TraceQL query (empty: all spans) and a time range (`now-1h`, Unix milliseconds, ISO). */
const selection = { q: z.string().max(20_000).default(''), from: z.string().default('now-1h'), to: z.string().default('now') };

export const TRACE_SORTS = ['newest', 'oldest', 'longest', 'shortest', 'most-spans', 'fewest-spans', 'most-errors', 'fewest-errors', 'name', 'sample'] as const;

/** `GET /api/traces/search`. */
export const TraceSearchQuery = z.object({
  ...selection,
  sort: z.enum(TRACE_SORTS).default('newest'),
  limit: z.coerce.number().int().min(0).max(1500).default(20),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
  /** Matching spans given of each trace. */
  spans: z.coerce.number().int().min(0).max(100).default(3),
  /** Attributes given with them, in TraceQL, with commas between: `span.http.route,resource.service.version`. */
  columns: z.string().max(4000).default(''),
});
export type TraceSearchQuery = z.input<typeof TraceSearchQuery>;

export const SpanHitJson = z.object({ spanId: z.string(), service: z.string(), name: z.string(), kind, status, startUnixNano: nano, durationNano: nano, attributes });
export type SpanHitJson = z.infer<typeof SpanHitJson>;
export const TraceHitJson = TraceSummaryJson.extend({ matched: z.number(), spanSets: z.array(z.object({ attributes, matched: z.number(), spans: z.array(SpanHitJson) })) });
export type TraceHitJson = z.infer<typeof TraceHitJson>;
export const TraceSearchResponse = z.object({ traces: z.array(TraceHitJson), totalTraces: z.number(), totalSpans: z.number(), ...completeness, ...asked });
export type TraceSearchResponse = z.infer<typeof TraceSearchResponse>;

const of = z.enum(['traces', 'spans']);

/** `GET /api/traces/heatmap`. */
export const TraceHeatmapQuery = z.object({
  ...selection,
  of: of.default('traces'),
  times: z.coerce.number().int().min(1).max(500).default(60),
  durations: z.coerce.number().int().min(1).max(200).default(30),
});
export type TraceHeatmapQuery = z.input<typeof TraceHeatmapQuery>;
export const TraceHeatmapResponse = z.object({
  timeEdges: z.array(nano),
  durationEdges: z.array(z.number()),
  cells: z.array(z.object({ time: z.number(), duration: z.number(), count: z.number(), errors: z.number() })),
  total: z.number(),
  ...completeness,
  ...asked,
});
export type TraceHeatmapResponse = z.infer<typeof TraceHeatmapResponse>;

/** `GET /api/traces/facets`: `fields` as `columns` of a search. */
export const TraceFacetsQuery = z.object({ ...selection, fields: z.string().min(1).max(4000), limit: z.coerce.number().int().min(1).max(1000).default(10) });
export type TraceFacetsQuery = z.input<typeof TraceFacetsQuery>;
export const TraceFacetsResponse = z.object({
  facets: z.array(z.object({ field: z.string(), values: z.array(z.object({ value, spans: z.number(), errors: z.number() })), distinct: z.number(), absent: z.number() })),
  totalSpans: z.number(),
  ...completeness,
  ...asked,
});
export type TraceFacetsResponse = z.infer<typeof TraceFacetsResponse>;

/** `GET /api/traces/deltas`: the rectangle of the heat map in which spans are set against the others. Durations as texts: `120ms`; inclusive; absent is open. */
export const TraceDeltasQuery = z.object({
  ...selection,
  of: of.default('traces'),
  regionFrom: z.string().optional(),
  regionTo: z.string().optional(),
  minDuration: z.string().optional(),
  maxDuration: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(20),
});
export type TraceDeltasQuery = z.input<typeof TraceDeltasQuery>;
export const TraceDeltasResponse = z.object({
  inside: z.number(),
  outside: z.number(),
  attributes: z.array(
    z.object({
      field: z.string(),
      score: z.number(),
      values: z.array(z.object({ value, inside: z.number(), outside: z.number() })),
      present: z.object({ inside: z.number(), outside: z.number() }),
    }),
  ),
  ...completeness,
  ...asked,
});
export type TraceDeltasResponse = z.infer<typeof TraceDeltasResponse>;

/** `GET /api/traces/metrics`: `q` ends with a metrics function; `step` is a text such as `15s`, chosen when absent. */
export const TraceMetricsQuery = z.object({ ...selection, q: z.string().min(1).max(20_000), step: z.string().optional(), exemplars: z.coerce.number().int().min(0).max(1000).default(100) });
export type TraceMetricsQuery = z.input<typeof TraceMetricsQuery>;
export const TraceMetricsResponse = z.object({
  timesUnixNano: z.array(nano),
  series: z.array(
    z.object({
      labels: attributes,
      values: z.array(z.number().nullable()),
      exemplars: z.array(z.object({ traceId: z.string(), spanId: z.string(), timeUnixNano: nano, value: z.number() })),
    }),
  ),
  stepMs: z.number(),
  ...completeness,
  ...asked,
});
export type TraceMetricsResponse = z.infer<typeof TraceMetricsResponse>;

/** `GET /api/traces/attributes`. */
export const TraceAttributesResponse = z.object({
  attributes: z.array(z.object({ scope: z.enum(['span', 'resource', 'event', 'link', 'instrumentation', 'intrinsic']), key: z.string(), types: z.array(z.enum(['string', 'int', 'float', 'bool', 'list', 'map', 'bytes'])) })),
});
export type TraceAttributesResponse = z.infer<typeof TraceAttributesResponse>;

/** `GET /api/traces/attribute-values`: the most frequent values of one field among the spans of a query in a range. */
export const TraceAttributeValuesQuery = z.object({ ...selection, field: z.string().min(1).max(1000), contains: z.string().max(1000).default(''), limit: z.coerce.number().int().min(1).max(1000).default(50) });
export type TraceAttributeValuesQuery = z.input<typeof TraceAttributeValuesQuery>;
export const TraceAttributeValuesResponse = z.object({ values: z.array(z.object({ value, type: z.enum(['string', 'int', 'float', 'bool', 'keyword']), spans: z.number().optional() })) });
export type TraceAttributeValuesResponse = z.infer<typeof TraceAttributeValuesResponse>;

/** `GET /api/traces/percentile`: `duration` in nanoseconds. `percentile` is absent when the operation has no spans in the range. */
export const TracePercentileQuery = z.object({
  service: z.string(),
  operation: z.string(),
  kind,
  duration: z.coerce.number().min(0),
  from: z.string().default('now-24h'),
  to: z.string().default('now'),
});
export type TracePercentileQuery = z.input<typeof TracePercentileQuery>;
export const TracePercentileResponse = z.object({ percentile: z.object({ spans: z.number(), percentile: z.number(), p50Nano: z.number(), p95Nano: z.number(), p99Nano: z.number() }).optional(), fromMs: z.number(), toMs: z.number() });
export type TracePercentileResponse = z.infer<typeof TracePercentileResponse>;

/** `GET /api/traces/backend`: what traces are read from. */
const BackendPart = z.object({
  name: z.string(),
  kind: z.enum(['embedded', 'jaeger', 'tempo', 'combined']),
  capabilities: z.object({ exact: z.boolean(), live: z.boolean(), writable: z.boolean() }),
  notes: z.array(z.string()),
});
export const TraceBackendResponse = BackendPart.extend({ parts: z.array(BackendPart).optional() });
export type TraceBackendResponse = z.infer<typeof TraceBackendResponse>;
