import { z } from 'zod';

/** Most rows whose details are given at once. */
export const MAX_DETAIL_ROWS = 500;

/** Decimal nanoseconds as text. */
const nano = z.string().regex(/^-?\d+$/);
const attributes = z.record(z.string(), z.unknown());
const version = z.string().optional();

/** What the columns leave out of a span. */
export const SpanDetails = z.object({
  row: z.number(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  service: z.string(),
  name: z.string(),
  kind: z.enum(['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']),
  status: z.enum(['unset', 'ok', 'error']),
  statusMessage: z.string().optional(),
  startUnixNano: nano,
  endUnixNano: nano,
  attributes,
  events: z.array(z.object({ timeUnixNano: nano, name: z.string(), attributes, droppedAttributesCount: z.number().optional() })),
  links: z.array(
    z.object({
      traceId: z.string(),
      spanId: z.string(),
      traceState: z.string().optional(),
      flags: z.number().optional(),
      attributes,
      droppedAttributesCount: z.number().optional(),
      /** The row it leads to, when that is in this trace. */
      row: z.number().optional(),
    }),
  ),
  /** Rows of this trace that link to this span. */
  linkedFrom: z.array(z.number()),
  resource: attributes,
  resourceSchemaUrl: z.string().optional(),
  resourceDroppedAttributesCount: z.number().optional(),
  scope: z.object({ name: z.string(), version: z.string().optional(), attributes: attributes.optional(), schemaUrl: z.string().optional(), droppedAttributesCount: z.number().optional() }),
  traceState: z.string().optional(),
  flags: z.number().optional(),
  droppedAttributesCount: z.number().optional(),
  droppedEventsCount: z.number().optional(),
  droppedLinksCount: z.number().optional(),
  /** OTLP types that the JavaScript form does not tell, by JSON pointer (Span.valueTypes). */
  valueTypes: z.record(z.string(), z.enum(['int', 'double', 'bytes'])).optional(),
  /** Envoy's response flags in words, when the span carries any. */
  responseFlags: z.array(z.object({ flag: z.string(), title: z.string(), meaning: z.string() })),
});
export type SpanDetails = z.infer<typeof SpanDetails>;

/** `GET /api/traces/:id/spans?rows=1,5,9&version=`. */
export const TraceSpansQuery = z.object({
  rows: z
    .string()
    .regex(/^\d{1,9}(,\d{1,9})*$/, 'rows are numbers with commas between them')
    .transform((text) => [...new Set(text.split(',').map(Number))])
    .refine((rows) => rows.length <= MAX_DETAIL_ROWS, `at most ${MAX_DETAIL_ROWS} rows at once`),
  /** The ETag of the columns that the rows are of: a trace that grew has other rows. */
  version,
});
export const TraceSpansResponse = z.object({ version: z.string(), spans: z.array(SpanDetails) });
export type TraceSpansResponse = z.infer<typeof TraceSpansResponse>;

/** `GET /api/traces/:id/find?q=&version=`: words, or TraceQL when it begins with `{`. */
export const TraceFindQuery = z.object({ q: z.string().max(10_000), version });
export const TraceFindResponse = z.object({ version: z.string(), rows: z.array(z.number()) });
export type TraceFindResponse = z.infer<typeof TraceFindResponse>;

/** `GET /api/traces/:id/statistics?by=service&within=span.db.system&version=`: `service`, `operation`, `kind`, `status`, `service and operation`, or a field as TraceQL names it. */
export const TraceStatisticsQuery = z.object({ by: z.string().max(1000).default('service'), within: z.string().max(1000).optional(), version });
const group = z.object({
  /** Absent: the spans without a value. */
  value: z.string().optional(),
  count: z.number(),
  errors: z.number(),
  total: z.number(),
  avg: z.number(),
  min: z.number(),
  max: z.number(),
  p50: z.number(),
  p95: z.number(),
  selfTotal: z.number(),
  selfAvg: z.number(),
  selfMin: z.number(),
  selfMax: z.number(),
  /** Of own time in the trace's duration, 0..1 and more. */
  selfShare: z.number(),
  critical: z.number(),
});
/** Nanoseconds. */
export const TraceStatisticsResponse = z.object({ version: z.string(), groups: z.array(group.extend({ groups: z.array(group) })) });
export type TraceStatisticsResponse = z.infer<typeof TraceStatisticsResponse>;
