import type { OtlpEncoding } from './decode-request.ts';
import { otlpMessage } from './descriptor.ts';

/** google.rpc.Code, the ones a receiver answers with. */
export const RPC_CODES = { ok: 0, cancelled: 1, invalidArgument: 3, deadlineExceeded: 4, notFound: 5, resourceExhausted: 8, unimplemented: 12, internal: 13, unavailable: 14 } as const;

/** google.rpc.Status, with the details that OTLP asks for (google/rpc/error_details.proto). */
export interface RpcStatus {
  readonly code: number;
  readonly message: string;
  /** RetryInfo: only with it an exporter sends again what was refused for RESOURCE_EXHAUSTED. */
  readonly retryAfterSeconds?: number;
  /** BadRequest, with the message as its one violation: sending the same again is of no use. */
  readonly badRequest?: boolean;
}

/**
 * The body of a success: ExportTraceServiceResponse. With nothing to say it is zero bytes, or `{}` in JSON; `rejected` 0 with
 * a message is a warning (OTLP, partial success).
 */
export function encodeExportResponse(encoding: OtlpEncoding, partial?: { readonly rejected: number; readonly message: string }): Buffer {
  if (encoding === 'json') {
    const body = partial === undefined ? {} : { partialSuccess: { rejectedSpans: String(partial.rejected), errorMessage: partial.message } };
    return Buffer.from(JSON.stringify(body));
  }
  return encode('ExportTraceServiceResponse', partial === undefined ? {} : { partialSuccess: { rejectedSpans: partial.rejected, errorMessage: partial.message } });
}

/** The body of a failure: google.rpc.Status. JSON leaves details out, as no client reads them there. */
export function encodeRpcStatus(encoding: OtlpEncoding, { code, message, retryAfterSeconds, badRequest }: RpcStatus): Buffer {
  if (encoding === 'json') return Buffer.from(JSON.stringify({ code, message }));
  const details = [
    ...(retryAfterSeconds === undefined ? [] : [detail('RetryInfo', { retryDelay: { seconds: retryAfterSeconds } })]),
    ...(badRequest === true ? [detail('BadRequest', { fieldViolations: [{ field: 'resource_spans', description: message }] })] : []),
  ];
  return encode('RpcStatus', { code, message, details });
}

function detail(name: 'RetryInfo' | 'BadRequest', value: Record<string, unknown>): object {
  return { typeUrl: `type.googleapis.com/google.rpc.${name}`, value: encode(name, value) };
}

function encode(name: string, value: Record<string, unknown>): Buffer {
  const type = otlpMessage(name);
  return Buffer.from(type.encode(type.fromObject(value)).finish());
}
