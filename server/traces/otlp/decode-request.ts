import { assembleSpans, type DecodedSpans } from './assemble-spans.ts';
import { OtlpDecodeError, orMalformed } from './decode-error.ts';
import { decodeProtobufRequest } from './decode-protobuf.ts';

/** OTLP/HTTP's two encodings. */
export type OtlpEncoding = 'protobuf' | 'json';

/** The spans of an ExportTraceServiceRequest. Throws OtlpDecodeError, and nothing else, for bytes that are none. */
export function decodeTraceRequest(body: Uint8Array, encoding: OtlpEncoding): DecodedSpans {
  if (encoding === 'protobuf') return decodeProtobufRequest(body);
  const request = orMalformed('not JSON', () => parseJson(body));
  if (typeof request !== 'object' || request === null || Array.isArray(request)) throw new OtlpDecodeError('an OTLP JSON request is an object with resourceSpans');
  return orMalformed('not an OTLP request', () => assembleSpans(request));
}

/**
 * JSON whose integers beyond 2^53 come as decimal strings: OTLP allows 64-bit integers as JSON numbers, which
 * JSON.parse alone would round.
 */
function parseJson(body: Uint8Array): unknown {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  // The slow way only when a long run of digits stands where a value may stand.
  if (!/[:[,]\s*-?\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key: string, value: unknown, context?: { source?: string }) => {
    const source = context?.source;
    return typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source) ? source : value;
  });
}
