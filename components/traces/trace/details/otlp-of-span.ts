import { toOtlpJson, type OtlpJson } from '#server/traces/otlp/encode-json.ts';
import type { Attributes, Span } from '#server/traces/trace-backend.ts';
import type { SpanDetails } from '#server/traces/view/schemas.ts';

/** A span as the OTLP JSON document it came in, of itself alone. */
export function otlpOfSpan(traceId: string, details: SpanDetails): OtlpJson {
  const { row: _row, service: _service, status, statusMessage, linkedFrom: _from, responseFlags: _flags, links, ...rest } = details;
  const span = {
    ...rest,
    traceId,
    status: { code: status, ...(statusMessage === undefined ? {} : { message: statusMessage }) },
    links: links.map(({ row: _target, ...link }) => link),
  };
  return toOtlpJson([withAttributes(span)]);
}

/** Safe because the server reads these values out of stored spans, whose attributes are nothing else. */
function withAttributes(span: object): Span {
  return span as Span & { readonly attributes: Attributes };
}
