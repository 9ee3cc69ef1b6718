import { assembleSpans, type DecodedSpans } from './assemble-spans.ts';
import { OtlpDecodeError, orMalformed } from './decode-error.ts';
import { decodeProtobufRequest } from './decode-protobuf.ts';
import { parseExactJson } from './exact-json.ts';

/** OTLP/HTTP's two encodings. */
export type OtlpEncoding = 'protobuf' | 'json';

/** The spans of an ExportTraceServiceRequest. Throws OtlpDecodeError, and nothing else, for bytes that are none. */
export function decodeTraceRequest(body: Uint8Array, encoding: OtlpEncoding): DecodedSpans {
  if (encoding === 'protobuf') return decodeProtobufRequest(body);
  const request = orMalformed('not JSON', () => parseExactJson(body));
  if (typeof request !== 'object' || request === null || Array.isArray(request)) throw new OtlpDecodeError('an OTLP JSON request is an object with resourceSpans');
  return orMalformed('not an OTLP request', () => assembleSpans(request));
}
