import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { AttributeValue, Attributes, Span } from '#server/traces/trace-backend.ts';
import { writeBytes, writeDouble, writeFixed32, writeFixed64, writeInt64, writeMessage, writeNested, writeText, writeUint, type Writer } from '#server/wire/protobuf-writer.ts';
import { groupBySource } from './spans-by-source.ts';
import { escapePointer } from './value-types.ts';

type Types = Readonly<Record<string, string>>;

/** A span with its message, as `writeOtlpSpan` gives it. */
export interface WrittenSpan {
  readonly span: Span;
  readonly bytes: Uint8Array;
}

/**
 * Spans as OTLP in protobuf: TracesData, which is laid out as ExportTraceServiceRequest and as Tempo's Trace. Spans of equal
 * resource and scope are put together. Decoding it gives the same spans.
 */
export function toOtlpProtobuf(spans: readonly Span[]): Uint8Array<ArrayBuffer> {
  return writeTracesData(spans.map((span) => ({ span, bytes: writeOtlpSpan(span) })));
}

/** The same of spans that are written already. Source: opentelemetry-proto trace/v1/trace.proto, resource/v1, common/v1. */
export function writeTracesData(spans: readonly WrittenSpan[]): Uint8Array<ArrayBuffer> {
  const bytes = writeMessage((w) => {
    for (const { of, scopes } of groupBySource(spans, ({ span }) => span)) {
      writeNested(w, 1, () => {
        writeBytes(w, 1, writeOtlpResource(of));
        for (const scope of scopes) {
          writeNested(w, 2, () => {
            writeBytes(w, 1, writeOtlpScope(scope.of));
            for (const written of scope.items) writeBytes(w, 2, written.bytes);
            text(w, 3, scope.of.scope.schemaUrl);
          });
        }
        text(w, 3, of.resourceSchemaUrl);
      });
    }
  });
  return new Uint8Array(bytes);
}

/** The Resource message of a span. */
export function writeOtlpResource({ resource, resourceDroppedAttributesCount, valueTypes = {} }: Span): Uint8Array {
  return writeMessage((w) => {
    attributes(w, 1, resource, '/resource', valueTypes);
    count(w, 2, resourceDroppedAttributesCount);
  });
}

/** The InstrumentationScope message of a span. */
export function writeOtlpScope({ scope, valueTypes = {} }: Span): Uint8Array {
  return writeMessage((w) => {
    text(w, 1, scope.name);
    text(w, 2, scope.version);
    attributes(w, 3, scope.attributes ?? {}, '/scope/attributes', valueTypes);
    count(w, 4, scope.droppedAttributesCount);
  });
}

/** The Span message of a span. */
export function writeOtlpSpan(span: Span): Uint8Array {
  const types = span.valueTypes ?? {};
  return writeMessage((w) => {
    id(w, 1, span.traceId);
    id(w, 2, span.spanId);
    text(w, 3, span.traceState);
    if (span.parentSpanId !== undefined) id(w, 4, span.parentSpanId);
    text(w, 5, span.name);
    count(w, 6, SPAN_KINDS.indexOf(span.kind));
    writeFixed64(w, 7, span.startUnixNano);
    writeFixed64(w, 8, span.endUnixNano);
    attributes(w, 9, span.attributes, '/attributes', types);
    count(w, 10, span.droppedAttributesCount);
    for (const [i, event] of span.events.entries()) {
      writeNested(w, 11, () => {
        writeFixed64(w, 1, event.timeUnixNano);
        text(w, 2, event.name);
        attributes(w, 3, event.attributes, `/events/${i}/attributes`, types);
        count(w, 4, event.droppedAttributesCount);
      });
    }
    count(w, 12, span.droppedEventsCount);
    for (const [i, link] of span.links.entries()) {
      writeNested(w, 13, () => {
        id(w, 1, link.traceId);
        id(w, 2, link.spanId);
        text(w, 3, link.traceState);
        attributes(w, 4, link.attributes, `/links/${i}/attributes`, types);
        count(w, 5, link.droppedAttributesCount);
        if (link.flags !== undefined) writeFixed32(w, 6, link.flags);
      });
    }
    count(w, 14, span.droppedLinksCount);
    writeNested(w, 15, () => {
      text(w, 2, span.status.message);
      count(w, 3, SPAN_STATUSES.indexOf(span.status.code));
    });
    if (span.flags !== undefined) writeFixed32(w, 16, span.flags);
  });
}

function attributes(w: Writer, field: number, values: Attributes, pointer: string, types: Types): void {
  for (const [key, value] of Object.entries(values)) {
    writeNested(w, field, () => {
      text(w, 1, key);
      writeNested(w, 2, () => anyValue(w, value, `${pointer}/${escapePointer(key)}`, types));
    });
  }
}

/** An AnyValue, by `types` where its JavaScript form does not tell. As deep as decoders let values be. */
function anyValue(w: Writer, value: AttributeValue, pointer: string, types: Types): void {
  const type = Object.hasOwn(types, pointer) ? types[pointer] : undefined;
  if (value === null) return;
  if (typeof value === 'boolean') writeUint(w, 2, value ? 1 : 0);
  else if (typeof value === 'number') {
    if (type !== 'double' && Number.isSafeInteger(value)) writeInt64(w, 3, value);
    else writeDouble(w, 4, value);
  } else if (typeof value === 'string') {
    if (type === 'int') writeInt64(w, 3, value);
    else if (type === 'double') writeDouble(w, 4, Number(value));
    else if (type === 'bytes') writeBytes(w, 7, Buffer.from(value, 'base64'));
    else writeText(w, 1, value);
  } else if (isList(value)) {
    writeNested(w, 5, () => {
      for (const [i, item] of value.entries()) writeNested(w, 1, () => anyValue(w, item, `${pointer}/${i}`, types));
    });
  } else writeNested(w, 6, () => attributes(w, 1, value, pointer, types));
}

function id(w: Writer, field: number, hex: string): void {
  writeBytes(w, field, Buffer.from(hex, 'hex'));
}

/** An empty text is as good as none. */
function text(w: Writer, field: number, value: string | undefined): void {
  if (value !== undefined && value !== '') writeText(w, field, value);
}

function count(w: Writer, field: number, value: number | undefined): void {
  if (value !== undefined && value > 0) writeUint(w, field, value);
}

function isList(value: AttributeValue): value is readonly AttributeValue[] {
  return Array.isArray(value);
}
