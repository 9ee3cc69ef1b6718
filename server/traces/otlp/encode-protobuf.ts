import type { Span } from '#server/traces/trace-backend.ts';
import { otlpMessage } from './descriptor.ts';
import { toOtlpJson } from './encode-json.ts';

/**
 * Spans as OTLP in protobuf: TracesData, which is laid out as ExportTraceServiceRequest and as Tempo's Trace. Decoding it gives the
 * same spans. For files and single traces: it goes by way of OTLP JSON.
 */
export function toOtlpProtobuf(spans: readonly Span[]): Uint8Array<ArrayBuffer> {
  const type = otlpMessage('ExportTraceServiceRequest');
  const { resourceSpans } = toOtlpJson(spans);
  return new Uint8Array(type.encode(type.fromObject({ resourceSpans: resourceSpans.map(withBase64Ids) })).finish());
}

/** protobufjs takes bytes as base64, and ids are hex in OTLP JSON. Iterative: attributes may be nested, ids are not in them. */
function withBase64Ids(resourceSpans: object): object {
  const list = (of: object, field: string): object[] => {
    const value: unknown = Object.entries(of).find(([key]) => key === field)?.[1];
    return Array.isArray(value) ? value.filter((item): item is object => typeof item === 'object' && item !== null) : [];
  };
  const ids = (of: object): object => Object.fromEntries(Object.entries(of).map(([key, value]) => [key, typeof value === 'string' && ID_FIELDS.has(key) ? Buffer.from(value, 'hex').toString('base64') : value]));
  return {
    ...resourceSpans,
    scopeSpans: list(resourceSpans, 'scopeSpans').map((scope) => ({ ...scope, spans: list(scope, 'spans').map((span) => ({ ...ids(span), links: list(span, 'links').map(ids) })) })),
  };
}

const ID_FIELDS = new Set(['traceId', 'spanId', 'parentSpanId']);
