import { escapePointer } from '#server/traces/otlp/value-types.ts';
import { serviceOfResource } from '#server/traces/core/span-service.ts';
import type { Attributes, Span } from '#server/traces/trace-backend.ts';
import { AttributeColumns, packCodes, textColumn } from './dictionary.ts';
import { writeParentRows } from './parent-rows.ts';
import type { EventTable, LinkTable, Segment, SegmentSource, SpanExtras, ValueType } from './segment.ts';
import { SPAN_KINDS, SPAN_STATUSES } from './span-words.ts';

/** Offsets up to here are exact as JavaScript numbers. */
const MAX_EXACT = 2n ** 53n;

/**
 * Puts spans, of any number of traces and in any order, into columns. Every span given has its row: spans sent twice
 * are to be taken out before. Spans that share a `resource` or `scope` object are put together fast; equal content is
 * put together in any case.
 */
export function buildSegment(spans: readonly Span[]): Segment {
  const { ordered, traceIds, firstRow } = orderSpans(spans);
  const count = ordered.length;
  const baseUnixNano = baseOf(ordered);
  const start = new Float64Array(count);
  const duration = new Float64Array(count);
  const wideTimes = new Map<number, { startUnixNano: bigint; endUnixNano: bigint }>();
  const spanIds = new Uint8Array(count * 8);
  const parentSpanIds = new Uint8Array(count * 8);
  const sources = new SourceDictionary();
  const sourceCodes = new Uint32Array(count);
  const attributes = new AttributeColumns();
  const extras = new Map<number, SpanExtras>();
  const sharedFlags = new Map<number, SpanExtras>();
  for (const [row, span] of ordered.entries()) {
    const from = BigInt(span.startUnixNano);
    const to = BigInt(span.endUnixNano);
    start[row] = Number(from - baseUnixNano);
    duration[row] = Number(to - from);
    if (beyond(from - baseUnixNano) || beyond(to - from)) wideTimes.set(row, { startUnixNano: from, endUnixNano: to });
    writeHex(spanIds, row * 8, span.spanId);
    if (span.parentSpanId !== undefined) writeHex(parentSpanIds, row * 8, span.parentSpanId);
    sourceCodes[row] = sources.codeOf(span);
    addAttributes(attributes, row, span.attributes, '/attributes', span.valueTypes);
    const extra = extrasOf(span, sharedFlags);
    if (extra !== undefined) extras.set(row, extra);
  }
  const kind = Uint8Array.from(ordered, (s) => SPAN_KINDS.indexOf(s.kind));
  const columns = attributes.finish(count);
  const events = eventTable(ordered);
  const links = linkTable(ordered);
  const ofOwner = { span: columns, event: events.columns, link: links.columns };
  return {
    spanCount: count,
    traceCount: firstRow.length - 1,
    traceIds,
    firstRow,
    baseUnixNano,
    start,
    duration,
    wideTimes,
    spanIds,
    parentSpanIds,
    parentRow: parentRows(ordered, firstRow, kind),
    kind,
    status: Uint8Array.from(ordered, (s) => SPAN_STATUSES.indexOf(s.status.code)),
    name: textColumn(ordered.map((s) => s.name)),
    statusMessage: textColumn(ordered.map((s) => s.status.message ?? '')),
    source: packCodes(sourceCodes, sources.all.length),
    sources: sources.all,
    attributeKeys: (owner) => [...ofOwner[owner].keys()],
    attribute: (owner, key) => ofOwner[owner].get(key),
    events: events.table,
    links: links.table,
    extras,
  };
}

/** By trace (its start, then its id), within it by start, then by span id. */
function orderSpans(spans: readonly Span[]): { ordered: Span[]; traceIds: Uint8Array; firstRow: Uint32Array } {
  const traces = new Map<string, { readonly id: string; start: bigint; readonly rows: { readonly span: Span; readonly start: bigint }[] }>();
  for (const span of spans) {
    const start = BigInt(span.startUnixNano);
    const trace = traces.get(span.traceId);
    if (trace === undefined) traces.set(span.traceId, { id: span.traceId, start, rows: [{ span, start }] });
    else {
      trace.rows.push({ span, start });
      if (start < trace.start) trace.start = start;
    }
  }
  const inOrder = [...traces.values()].sort((a, b) => compare(a.start, b.start) || compare(a.id, b.id));
  const traceIds = new Uint8Array(inOrder.length * 16);
  const firstRow = new Uint32Array(inOrder.length + 1);
  const ordered: Span[] = [];
  for (const [t, trace] of inOrder.entries()) {
    writeHex(traceIds, t * 16, trace.id);
    for (const { span } of trace.rows.sort((a, b) => compare(a.start, b.start) || compare(a.span.spanId, b.span.spanId))) ordered.push(span);
    firstRow[t + 1] = ordered.length;
  }
  return { ordered, traceIds, firstRow };
}

/** The start in the middle: a few times far off (a clock at zero) then do not make all others inexact. */
function baseOf(ordered: readonly Span[]): bigint {
  const starts = BigInt64Array.from(ordered, (s) => BigInt(s.startUnixNano)).sort();
  const middle = starts[starts.length >> 1] ?? 0n;
  return starts.find((s) => !beyond(s - middle)) ?? 0n;
}

function parentRows(ordered: readonly Span[], firstRow: Uint32Array, kind: Uint8Array): Int32Array {
  const parentRow = new Int32Array(ordered.length);
  for (let t = 0; t + 1 < firstRow.length; t++) {
    const [from = 0, to = 0] = firstRow.subarray(t, t + 2);
    writeParentRows({ from, to, idAt: (row) => ordered[row]?.spanId, parentIdAt: (row) => ordered[row]?.parentSpanId, kindAt: (row) => kind[row] ?? 0 }, parentRow);
  }
  return parentRow;
}

/** Each distinct pair of resource and scope once: by their objects first, by their content when those are new. */
class SourceDictionary {
  readonly all: SegmentSource[] = [];
  readonly #byContent = new Map<string, number>();
  readonly #byObjects = new WeakMap<object, WeakMap<object, Map<string, number>>>();

  codeOf(span: Span): number {
    const types = valueTypesUnder(span.valueTypes, ['/resource/', '/scope/']);
    let ofResource = this.#byObjects.get(span.resource);
    if (ofResource === undefined) this.#byObjects.set(span.resource, (ofResource = new WeakMap()));
    let ofScope = ofResource.get(span.scope);
    if (ofScope === undefined) ofResource.set(span.scope, (ofScope = new Map()));
    const plain = types === undefined && span.resourceSchemaUrl === undefined && span.resourceDroppedAttributesCount === undefined;
    const rest = plain ? '' : JSON.stringify([types, span.resourceSchemaUrl, span.resourceDroppedAttributesCount]);
    const known = ofScope.get(rest);
    if (known !== undefined) return known;
    const content = JSON.stringify([span.resource, span.scope, rest]);
    const code = this.#byContent.get(content) ?? this.all.push(sourceOf(span, types)) - 1;
    this.#byContent.set(content, code);
    ofScope.set(rest, code);
    return code;
  }
}

function sourceOf({ resource, scope, resourceSchemaUrl, resourceDroppedAttributesCount }: Span, valueTypes: Readonly<Record<string, ValueType>> | undefined): SegmentSource {
  return {
    service: serviceOfResource(resource),
    resource,
    scope,
    ...(resourceSchemaUrl === undefined ? {} : { resourceSchemaUrl }),
    ...(resourceDroppedAttributesCount === undefined ? {} : { resourceDroppedAttributesCount }),
    ...(valueTypes === undefined ? {} : { valueTypes }),
  };
}

function extrasOf({ traceState, flags, droppedAttributesCount, droppedEventsCount, droppedLinksCount }: Span, sharedFlags: Map<number, SpanExtras>): SpanExtras | undefined {
  if (traceState === undefined && droppedAttributesCount === undefined && droppedEventsCount === undefined && droppedLinksCount === undefined) {
    if (flags === undefined) return undefined;
    // Nearly all spans have the same few: they share one object.
    const known = sharedFlags.get(flags) ?? { flags };
    sharedFlags.set(flags, known);
    return known;
  }
  const extras: SpanExtras = {
    ...(traceState === undefined ? {} : { traceState }),
    ...(flags === undefined ? {} : { flags }),
    ...(droppedAttributesCount === undefined ? {} : { droppedAttributesCount }),
    ...(droppedEventsCount === undefined ? {} : { droppedEventsCount }),
    ...(droppedLinksCount === undefined ? {} : { droppedLinksCount }),
  };
  return extras;
}

function eventTable(ordered: readonly Span[]): { table: EventTable; columns: ReturnType<AttributeColumns['finish']> } {
  const first = new Uint32Array(ordered.length + 1);
  const time: number[] = [];
  const names: string[] = [];
  const wideTimes = new Map<number, bigint>();
  const dropped = new Map<number, number>();
  const columns = new AttributeColumns();
  for (const [row, span] of ordered.entries()) {
    const start = BigInt(span.startUnixNano);
    for (const [i, event] of span.events.entries()) {
      const offset = BigInt(event.timeUnixNano) - start;
      if (beyond(offset)) wideTimes.set(names.length, BigInt(event.timeUnixNano));
      if (event.droppedAttributesCount !== undefined) dropped.set(names.length, event.droppedAttributesCount);
      addAttributes(columns, names.length, event.attributes, `/events/${i}/attributes`, span.valueTypes);
      time.push(Number(offset));
      names.push(event.name);
    }
    first[row + 1] = names.length;
  }
  return { table: { count: names.length, first, time: Float64Array.from(time), wideTimes, name: textColumn(names), dropped }, columns: columns.finish(names.length) };
}

function linkTable(ordered: readonly Span[]): { table: LinkTable; columns: ReturnType<AttributeColumns['finish']> } {
  const first = new Uint32Array(ordered.length + 1);
  const all = ordered.flatMap((span) => span.links);
  const traceIds = new Uint8Array(all.length * 16);
  const spanIds = new Uint8Array(all.length * 8);
  const extras = new Map<number, { traceState?: string; flags?: number; droppedAttributesCount?: number }>();
  const columns = new AttributeColumns();
  let next = 0;
  for (const [row, span] of ordered.entries()) {
    for (const [i, { traceId, spanId, attributes, ...rest }] of span.links.entries()) {
      writeHex(traceIds, next * 16, traceId);
      writeHex(spanIds, next * 8, spanId);
      if (Object.keys(rest).length > 0) extras.set(next, rest);
      addAttributes(columns, next, attributes, `/links/${i}/attributes`, span.valueTypes);
      next += 1;
    }
    first[row + 1] = next;
  }
  return { table: { count: all.length, first, traceIds, spanIds, extras }, columns: columns.finish(all.length) };
}

function addAttributes(columns: AttributeColumns, row: number, attributes: Attributes, pointer: string, valueTypes: Span['valueTypes']): void {
  for (const key in attributes) {
    if (!Object.hasOwn(attributes, key)) continue;
    columns.add(row, key, attributes[key] ?? null, valueTypes === undefined ? undefined : typesAt(valueTypes, `${pointer}/${escapePointer(key)}`));
  }
}

/** The types at and below a pointer, by what follows it. */
function typesAt(valueTypes: Readonly<Record<string, ValueType>>, pointer: string): Record<string, ValueType> | undefined {
  const found = Object.entries(valueTypes).filter(([at]) => at === pointer || at.startsWith(`${pointer}/`)).map(([at, type]): [string, ValueType] => [at.slice(pointer.length), type]);
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function valueTypesUnder(valueTypes: Span['valueTypes'], prefixes: readonly string[]): Record<string, ValueType> | undefined {
  if (valueTypes === undefined) return undefined;
  const found = Object.entries(valueTypes).filter(([at]) => prefixes.some((p) => at.startsWith(p)));
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function writeHex(out: Uint8Array, at: number, hex: string): void {
  for (let i = 0; i + 1 < hex.length; i += 2) out[at + i / 2] = ((DIGITS[hex.charCodeAt(i)] ?? 0) << 4) | (DIGITS[hex.charCodeAt(i + 1)] ?? 0);
}
const DIGITS = Uint8Array.from({ length: 128 }, (_, code) => Number.parseInt(String.fromCharCode(code), 16) || 0);

function beyond(nano: bigint): boolean {
  return nano > MAX_EXACT || nano < -MAX_EXACT;
}

function compare<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
