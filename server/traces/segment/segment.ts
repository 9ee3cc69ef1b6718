import type { Attributes, AttributeValue } from '#server/traces/trace-backend.ts';

/**
 * Spans as columns: what the store keeps, what queries run over, and what a single trace is made into for its page.
 *
 * ```
 * traces   firstRow[t] … firstRow[t + 1] are the rows of trace t        (a trace is in one run of rows)
 * rows     start, duration, kind, status, name, source, parentRow …     (within a trace by start, ties by span id)
 * events   events.first[row] … events.first[row + 1] are its events     (links the same)
 * ```
 * Every property may be computed or read from disk when it is first touched: take only what is needed, and take it once,
 * outside the loop. Arrays are never written to after they were given out.
 */
export interface Segment {
  readonly spanCount: number;
  readonly traceCount: number;
  /** 16 bytes each. Sorted by start of the trace, then by id. */
  readonly traceIds: Uint8Array;
  /** `traceCount + 1` entries. */
  readonly firstRow: Uint32Array;
  /** What `start` counts from. */
  readonly baseUnixNano: bigint;
  /** Nanoseconds from `baseUnixNano`. Exact unless the row is in `wideTimes`. */
  readonly start: Float64Array;
  /** Nanoseconds; negative when the span ended before it started. Exact unless the row is in `wideTimes`. */
  readonly duration: Float64Array;
  /** Exact times of the few rows that lie more than 2^53 ns (104 days) from the base or last so long. */
  readonly wideTimes: ReadonlyMap<number, { readonly startUnixNano: bigint; readonly endUnixNano: bigint }>;
  /** 8 bytes each. */
  readonly spanIds: Uint8Array;
  /** 8 bytes each; all zero where no parent is named. */
  readonly parentSpanIds: Uint8Array;
  /** Row of the parent (parent-rows.ts tells which, of spans that share an id); -1: none is named; -2: named, and not in this segment. */
  readonly parentRow: Int32Array;
  /** Index into SPAN_KINDS. */
  readonly kind: Uint8Array;
  /** Index into SPAN_STATUSES. */
  readonly status: Uint8Array;
  readonly name: TextColumn;
  /** '' where there is none. */
  readonly statusMessage: TextColumn;
  /** Index into `sources`. */
  readonly source: Codes;
  /** Each distinct pair of resource and scope, once. */
  readonly sources: readonly SegmentSource[];
  /** Keys of attributes that some span (event, link) of the segment has, sorted. Of resource and scope: look at `sources`. */
  attributeKeys(owner: AttributeOwner): readonly string[];
  /** Undefined when no span (event, link) has the key. */
  attribute(owner: AttributeOwner, key: string): AttributeColumn | undefined;
  readonly events: EventTable;
  readonly links: LinkTable;
  /** What few spans have. */
  readonly extras: ReadonlyMap<number, SpanExtras>;
}

export type AttributeOwner = 'span' | 'event' | 'link';
export type Codes = Uint8Array | Uint16Array | Uint32Array;
export type ValueType = 'int' | 'double' | 'bytes';

/** `values[codes[row]]`. Values are distinct, in no order. */
export interface TextColumn {
  readonly values: readonly string[];
  readonly codes: Codes;
}

/** Code 0: the row has no such attribute; else `values[code - 1]`. Values are distinct by value and type, in no order. */
export interface AttributeColumn {
  readonly values: readonly TypedValue[];
  readonly codes: Codes;
  /** Where the values need not all be made to look for some of them. */
  readonly lookup?: ValueLookup;
}

/** The values of a column by what they are. */
export interface ValueLookup {
  readonly count: number;
  valueOf(code: number): TypedValue;
  /** 0 when no value is this text. */
  codeOfText(text: string): number;
  /** The texts that contain this one. */
  textsWith(part: string): { readonly values: readonly string[]; readonly codes: Uint32Array };
  /** All that are texts. */
  texts(): { readonly values: readonly string[]; readonly codes: Uint32Array };
  /** All that are numbers which a Float64 holds exactly. */
  numbers(): { readonly values: Float64Array; readonly codes: Uint32Array };
  /** Codes of the rest: true, false, null, lists, maps, bytes, other numbers. */
  others(): Uint32Array;
}

/** An attribute's value with the OTLP types that its JavaScript form does not tell, by JSON pointer from the value: '' is itself, `/0` the first of a list (see Span.valueTypes). */
export interface TypedValue {
  readonly value: AttributeValue;
  readonly types?: Readonly<Record<string, ValueType>>;
}

export interface SegmentSource {
  /** Of the resource (core/span-service.ts). */
  readonly service: string;
  readonly resource: Attributes;
  readonly resourceSchemaUrl?: string;
  readonly resourceDroppedAttributesCount?: number;
  readonly scope: { readonly name: string; readonly version?: string; readonly attributes?: Attributes; readonly schemaUrl?: string; readonly droppedAttributesCount?: number };
  /** By pointer from the span: `/resource/…`, `/scope/attributes/…`. */
  readonly valueTypes?: Readonly<Record<string, ValueType>>;
}

export interface EventTable {
  readonly count: number;
  /** `spanCount + 1` entries. */
  readonly first: Uint32Array;
  /** Nanoseconds since the start of its span. Exact unless the event is in `wideTimes`. */
  readonly time: Float64Array;
  readonly wideTimes: ReadonlyMap<number, bigint>;
  readonly name: TextColumn;
  /** Of the few that have some. */
  readonly dropped: ReadonlyMap<number, number>;
}

export interface LinkTable {
  readonly count: number;
  readonly first: Uint32Array;
  /** 16 and 8 bytes each. */
  readonly traceIds: Uint8Array;
  readonly spanIds: Uint8Array;
  /** Of the few that have some. */
  readonly extras: ReadonlyMap<number, { readonly traceState?: string; readonly flags?: number; readonly droppedAttributesCount?: number }>;
}

export interface SpanExtras {
  readonly traceState?: string;
  readonly flags?: number;
  readonly droppedAttributesCount?: number;
  readonly droppedEventsCount?: number;
  readonly droppedLinksCount?: number;
}
