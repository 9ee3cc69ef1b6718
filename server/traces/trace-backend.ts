import type { PackedSegment } from './segment/packed-segment.ts';
import type { Segment } from './segment/segment.ts';
import type { TraceQuestions } from './trace-questions.ts';

/**
 * The seam of traces: answered by the embedded store, a remote Jaeger or a remote Tempo. Times cross it as decimal
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
/** What a backend is and can, for the badge beside its answers. */
export interface TraceBackendDescription {
  /** For people: `This console`, `Jaeger at http://127.0.0.1:16686`. */
  readonly name: string;
  readonly kind: 'embedded' | 'jaeger' | 'tempo' | 'combined';
  readonly capabilities: {
    /** Totals, orders and counts are over everything that is stored. */
    readonly exact: boolean;
    /** It can tell of new spans as they come. */
    readonly live: boolean;
    /** Spans can be put into it here. */
    readonly writable: boolean;
  };
  /** Sentences for people about what it cannot do. */
  readonly notes: readonly string[];
  /** Of `combined`: what is asked together. */
  readonly parts?: readonly TraceBackendDescription[];
}

export interface TraceOperation {
  readonly name: string;
  readonly kind: SpanKind;
  /** Absent where the store does not count. */
  readonly spans?: number;
}

/** Where traces are read from: the embedded store, a remote Jaeger, a remote Tempo. Rejects as TraceQuestions do. */
export interface TraceBackend extends TraceQuestions {
  describe(): TraceBackendDescription;
  /** One trace as spans, by start; undefined when no span of it is stored. */
  get(traceId: string): Promise<Trace | undefined>;
  /** The same trace as columns, which is what its page and all algorithms start from: much cheaper for a large one. */
  segment(traceId: string): Promise<Segment | undefined>;
  /** The same for another thread to open; where it is absent, the spans are put into columns in this one. */
  packed?(traceId: string): Promise<PackedSegment | undefined>;
  /** Another text when spans of the trace came or went, and now and then without that: cheap, without looking at spans. Absent where it cannot be told. */
  stateOf?(traceId: string): Promise<string>;
  /** Sorted. */
  services(): Promise<readonly string[]>;
  /** By name, then kind. */
  operations(service: string): Promise<readonly TraceOperation[]>;
}
