import type { Attributes, Span, SpanKind, SpanStatus } from '#server/traces/trace-backend.ts';
import { writeAttributes } from './any-value.ts';
import { groupBySource } from './spans-by-source.ts';

const KIND_NUMBERS: Readonly<Record<SpanKind, number>> = { unspecified: 0, internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };
const STATUS_NUMBERS: Readonly<Record<SpanStatus, number>> = { unset: 0, ok: 1, error: 2 };

/** OTLP JSON, as far as a reader of it needs to know. */
export interface OtlpJson {
  readonly resourceSpans: readonly object[];
}

/**
 * Spans as an OTLP JSON document: hex ids, integer enums, 64-bit integers as strings. Spans of equal resource and scope
 * are put together, in the order of their first span. Decoding it gives the same spans.
 */
export function toOtlpJson(spans: readonly Span[]): OtlpJson {
  return { resourceSpans: groupBySource(spans, (span) => span).map(({ of, scopes }) => ({ ...resourceJson(of), scopeSpans: scopes.map((scope) => ({ ...scopeJson(scope.of), spans: scope.items.map(spanJson) })) })) };
}

function resourceJson({ resource, resourceSchemaUrl, resourceDroppedAttributesCount, valueTypes = {} }: Span): object {
  return { resource: { attributes: writeAttributes(resource, '/resource', valueTypes), ...counts({ droppedAttributesCount: resourceDroppedAttributesCount }) }, ...text('schemaUrl', resourceSchemaUrl) };
}

function scopeJson({ scope, valueTypes = {} }: Span): object {
  return {
    scope: { name: scope.name, ...text('version', scope.version), ...list('attributes', scope.attributes, '/scope/attributes', valueTypes), ...counts({ droppedAttributesCount: scope.droppedAttributesCount }) },
    ...text('schemaUrl', scope.schemaUrl),
  };
}

function spanJson(span: Span): object {
  const types = span.valueTypes ?? {};
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...text('parentSpanId', span.parentSpanId),
    ...text('traceState', span.traceState),
    ...counts({ flags: span.flags }),
    name: span.name,
    kind: KIND_NUMBERS[span.kind],
    startTimeUnixNano: span.startUnixNano,
    endTimeUnixNano: span.endUnixNano,
    attributes: writeAttributes(span.attributes, '/attributes', types),
    events: span.events.map((event, i) => ({
      timeUnixNano: event.timeUnixNano,
      name: event.name,
      attributes: writeAttributes(event.attributes, `/events/${i}/attributes`, types),
      ...counts({ droppedAttributesCount: event.droppedAttributesCount }),
    })),
    links: span.links.map((link, i) => ({
      traceId: link.traceId,
      spanId: link.spanId,
      ...text('traceState', link.traceState),
      attributes: writeAttributes(link.attributes, `/links/${i}/attributes`, types),
      ...counts({ flags: link.flags, droppedAttributesCount: link.droppedAttributesCount }),
    })),
    status: { ...(span.status.code === 'unset' ? {} : { code: STATUS_NUMBERS[span.status.code] }), ...text('message', span.status.message) },
    ...counts({ droppedAttributesCount: span.droppedAttributesCount, droppedEventsCount: span.droppedEventsCount, droppedLinksCount: span.droppedLinksCount }),
  };
}

function text(key: string, value: string | undefined): object {
  return value === undefined ? {} : { [key]: value };
}

function counts(values: Readonly<Record<string, number | undefined>>): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function list(key: string, attributes: Attributes | undefined, pointer: string, types: Readonly<Record<string, string>>): object {
  return attributes === undefined ? {} : { [key]: writeAttributes(attributes, pointer, types) };
}
