import type { OtlpEncoding } from './decode-request.ts';
import { otlpMessage } from './descriptor.ts';

/** google.rpc.Code, the ones a receiver answers with. */
export const RPC_CODES = { invalidArgument: 3, notFound: 5, resourceExhausted: 8, unimplemented: 12, unavailable: 14 } as const;

/**
 * The body of a 200: ExportTraceServiceResponse. With nothing to say it is zero bytes, or `{}` in JSON; `rejected` 0 with
 * a message is a warning (OTLP, partial success).
 */
export function encodeExportResponse(encoding: OtlpEncoding, partial?: { readonly rejected: number; readonly message: string }): Buffer {
  if (encoding === 'json') {
    const body = partial === undefined ? {} : { partialSuccess: { rejectedSpans: String(partial.rejected), errorMessage: partial.message } };
    return Buffer.from(JSON.stringify(body));
  }
  const type = otlpMessage('ExportTraceServiceResponse');
  return Buffer.from(type.encode(type.fromObject(partial === undefined ? {} : { partialSuccess: { rejectedSpans: partial.rejected, errorMessage: partial.message } })).finish());
}

/** The body of a failure: google.rpc.Status. */
export function encodeRpcStatus(encoding: OtlpEncoding, code: number, message: string): Buffer {
  if (encoding === 'json') return Buffer.from(JSON.stringify({ code, message }));
  const type = otlpMessage('RpcStatus');
  return Buffer.from(type.encode(type.fromObject({ code, message })).finish());
}
