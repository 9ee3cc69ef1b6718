/**
 * The seam of traces: answered by the embedded store, later by a remote Jaeger or Tempo. Times cross it as decimal
 * strings of nanoseconds, because they do not fit a JavaScript number.
 */
export type AttributeValue = string | number | boolean | readonly AttributeValue[] | { readonly [key: string]: AttributeValue } | null;
export type Attributes = Readonly<Record<string, AttributeValue>>;
export type SpanKind = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';
export type SpanStatus = 'unset' | 'ok' | 'error';

/** One span with full OTLP fidelity. Ids are lower-case hex. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly flags?: number;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startUnixNano: string;
  readonly endUnixNano: string;
  readonly attributes: Attributes;
  readonly status: { readonly code: SpanStatus; readonly message?: string };
  readonly events: readonly { readonly timeUnixNano: string; readonly name: string; readonly attributes: Attributes; readonly droppedAttributesCount?: number }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string; readonly traceState?: string; readonly flags?: number; readonly attributes: Attributes; readonly droppedAttributesCount?: number }[];
  readonly resource: Attributes;
  readonly resourceSchemaUrl?: string;
  readonly resourceDroppedAttributesCount?: number;
  readonly scope: { readonly name: string; readonly version?: string; readonly attributes?: Attributes; readonly schemaUrl?: string; readonly droppedAttributesCount?: number };
  readonly droppedAttributesCount?: number;
  readonly droppedEventsCount?: number;
  readonly droppedLinksCount?: number;
  /**
   * OTLP types of the values whose JavaScript form does not tell them, by JSON pointer from the span, such as
   * `/attributes/price`: a whole double, an int beyond 2^53 (kept as a decimal string), a double that is not finite
   * (`"NaN"`, `"Infinity"`), bytes (kept as base64). Absent when there are none.
   */
  readonly valueTypes?: Readonly<Record<string, 'int' | 'double' | 'bytes'>>;
}
export interface Trace {
  readonly traceId: string;
  readonly spans: readonly Span[];
  /** What a reader must know: parents missing, clock skew, duplicate ids. */
  readonly warnings: readonly string[];
}
export interface TraceSummary {
  readonly traceId: string;
  readonly rootService: string;
  readonly rootName: string;
  readonly startUnixNano: string;
  readonly durationNano: string;
  readonly spanCount: number;
  readonly errorCount: number;
  readonly services: readonly { readonly name: string; readonly spanCount: number; readonly errorCount: number }[];
  /** Some span's parent is not stored. */
  readonly incomplete: boolean;
}
/**
 * A trace matches when ONE span satisfies all of service, operation, duration, status and every tag (Jaeger's memory
 * store semantics, shared/field traces 3.7); start within [from, to].
 */
export interface TraceQuery {
  readonly service?: string;
  readonly operation?: string;
  /** AND; each found on the span, its resource, scope, events or links; compared as strings. Special keys as Jaeger: error, span.kind, span.status. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly status?: SpanStatus;
  readonly minDurationNano?: string;
  readonly maxDurationNano?: string;
  readonly fromUnixNano: string;
  readonly toUnixNano: string;
  /** Over ALL matches, not over a page. `sample`: by trace id, which is random, so that a page is a fair sample of the whole time range. */
  readonly sort?: 'newest' | 'oldest' | 'longest' | 'shortest' | 'most-spans' | 'most-errors' | 'sample';
  readonly limit: number;
  readonly offset?: number;
}
export interface TraceSearchResult {
  readonly traces: readonly TraceSummary[];
  /** All matches, not just this page. */
  readonly total: number;
}
export interface TraceBackend {
  search(query: TraceQuery): Promise<TraceSearchResult>;
  get(traceId: string): Promise<Trace | undefined>;
  services(): Promise<readonly string[]>;
  operations(service: string): Promise<readonly { readonly name: string; readonly kind: SpanKind }[]>;
  /** Known attribute keys, for completion. */
  attributeKeys(): Promise<readonly string[]>;
}
