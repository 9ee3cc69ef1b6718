import { z } from 'zod';

/** `GET /api/traces`: texts are read by the verb, which says where in them a fault is. */
export const SearchTracesQuery = z.object({
  service: z.string().optional(),
  operation: z.string().optional(),
  /** logfmt: `http.method=GET http.url="a b"`; AND; each must hold on the same span. */
  tags: z.string().optional(),
  /** Of the span: `1.5ms`, `2s`, `1m30s`; both inclusive. */
  minDuration: z.string().optional(),
  maxDuration: z.string().optional(),
  status: z.enum(['unset', 'ok', 'error']).optional(),
  /** Unix milliseconds, or relative: `now`, `now-1h`, `now-15m`. */
  from: z.string().default('now-1h'),
  to: z.string().default('now'),
  /** Over all matches, not over the page; `sample` is a fair sample of the whole time range. */
  sort: z.enum(['newest', 'oldest', 'longest', 'shortest', 'most-spans', 'most-errors', 'sample']).default('newest'),
  limit: z.coerce.number().int().min(1).max(1500).default(20),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
});
export type SearchTracesQuery = z.infer<typeof SearchTracesQuery>;

/** Decimal nanoseconds as text. */
const nano = z.string().regex(/^-?\d+$/);
const attributes = z.record(z.string(), z.unknown());
const kind = z.enum(['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']);
const status = z.enum(['unset', 'ok', 'error']);

export const TraceSummaryJson = z.object({
  traceId: z.string(),
  rootService: z.string(),
  rootName: z.string(),
  startUnixNano: nano,
  durationNano: nano,
  spanCount: z.number(),
  errorCount: z.number(),
  services: z.array(z.object({ name: z.string(), spanCount: z.number(), errorCount: z.number() })),
  incomplete: z.boolean(),
});
export type TraceSummaryJson = z.infer<typeof TraceSummaryJson>;

export const SearchTracesResponse = z.object({
  traces: z.array(TraceSummaryJson),
  /** All matches, not just this page. */
  total: z.number(),
  tookMs: z.number(),
  /** The absolute range that was searched, Unix milliseconds: relative texts resolved. */
  fromMs: z.number(),
  toMs: z.number(),
});
export type SearchTracesResponse = z.infer<typeof SearchTracesResponse>;

/** One span as the waterfall shows it. Offsets and durations are nanoseconds as numbers, from the trace's start. */
export const SpanView = z.object({
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  /** Index of the parent in `spans`, -1 for a root. Rows are in depth-first order: a parent comes before its children. */
  parent: z.number(),
  depth: z.number(),
  /** All spans below this one: row i's subtree is the rows i+1 … i+descendants. */
  descendants: z.number(),
  service: z.string(),
  name: z.string(),
  kind,
  status,
  statusMessage: z.string().optional(),
  startUnixNano: nano,
  endUnixNano: nano,
  startOffsetNano: z.number(),
  durationNano: z.number(),
  /** Duration less the time in which some child was running. */
  selfNano: z.number(),
  /** Its parent is named but not stored. */
  orphan: z.boolean(),
  /** Another span of this trace has the same id. */
  duplicateId: z.boolean(),
  /** Index into `sources`. */
  source: z.number(),
  attributes,
  events: z.array(z.object({ timeUnixNano: nano, name: z.string(), attributes, droppedAttributesCount: z.number().optional() })),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string(), traceState: z.string().optional(), flags: z.number().optional(), attributes, droppedAttributesCount: z.number().optional() })),
  traceState: z.string().optional(),
  flags: z.number().optional(),
  droppedAttributesCount: z.number().optional(),
  droppedEventsCount: z.number().optional(),
  droppedLinksCount: z.number().optional(),
  valueTypes: z.record(z.string(), z.enum(['int', 'double', 'bytes'])).optional(),
  /** Envoy's response flags in words, when the span carries any. */
  responseFlags: z.array(z.object({ flag: z.string(), title: z.string(), meaning: z.string() })).optional(),
});
export type SpanView = z.infer<typeof SpanView>;

/** A request between two proxies, folded: total = network + sidecar + app + downstream. Indexes into `spans`. */
export const MeshHopView = z.object({
  client: z.number().optional(),
  /** One per attempt (retries), in start order. */
  servers: z.array(z.number()),
  app: z.number().optional(),
  from: z.string(),
  to: z.string(),
  totalNano: z.number(),
  /** Between the two proxies: wire, connection, queueing, and the client proxy's own work. */
  networkNano: z.number(),
  /** The server proxy's own work; known only when the app is instrumented, else 0 and part of `appNano`. */
  sidecarNano: z.number(),
  appNano: z.number(),
  /** The app waiting for its own calls through its proxy. */
  downstreamNano: z.number(),
  appMeasured: z.boolean(),
  responseFlags: z.string().optional(),
});
export type MeshHopView = z.infer<typeof MeshHopView>;

export const TraceView = z.object({
  traceId: z.string(),
  summary: TraceSummaryJson,
  spans: z.array(SpanView),
  /** Resource and scope of the spans, each distinct pair once. */
  sources: z.array(
    z.object({
      service: z.string(),
      resource: attributes,
      scope: z.object({ name: z.string(), version: z.string().optional(), attributes: attributes.optional(), schemaUrl: z.string().optional(), droppedAttributesCount: z.number().optional() }),
    }),
  ),
  /** What the trace's duration was spent on, in time order: contiguous, disjoint. Nanoseconds from the trace's start. */
  criticalPath: z.array(z.object({ span: z.number(), startOffsetNano: z.number(), endOffsetNano: z.number() })),
  hops: z.array(MeshHopView),
  warnings: z.array(z.string()),
});
export type TraceView = z.infer<typeof TraceView>;

/** `GET /api/traces/:id`. */
export const GetTraceResponse = z.object({ trace: TraceView, otlpUrl: z.string() });
export type GetTraceResponse = z.infer<typeof GetTraceResponse>;

/** `GET /api/traces/services`. */
export const TraceServicesResponse = z.object({ services: z.array(z.string()) });
export type TraceServicesResponse = z.infer<typeof TraceServicesResponse>;

/** `GET /api/traces/operations?service=`. */
export const TraceOperationsQuery = z.object({ service: z.string().min(1) });
export const TraceOperationsResponse = z.object({ operations: z.array(z.object({ name: z.string(), kind, spans: z.number().optional() })) });
export type TraceOperationsResponse = z.infer<typeof TraceOperationsResponse>;
