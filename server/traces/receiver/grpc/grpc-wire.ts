import type { RpcStatus } from '#server/traces/otlp/responses.ts';
import { encodeRpcStatus, RPC_CODES } from '#server/traces/otlp/responses.ts';

/** Length-prefixed message of gRPC: a flag for packed ones, then four bytes of length (grpc doc/PROTOCOL-HTTP2.md). */
export const PREFIX_BYTES = 5;

/** One message in its frame; never packed, which every client takes. */
export function frameMessage(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, PREFIX_BYTES);
  return frame;
}

/** What a frame's first five bytes announce; undefined for a flag that does not exist. */
export function readPrefix(bytes: Buffer): { readonly packed: boolean; readonly length: number } | undefined {
  const flag = bytes[0] ?? 0;
  return flag > 1 ? undefined : { packed: flag === 1, length: bytes.readUInt32BE(1) };
}

const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** Milliseconds of a `grpc-timeout` header such as `10S` or `250m`; undefined when there is none or it is not one. */
export function readTimeout(header: string | readonly string[] | undefined): number | undefined {
  const match = typeof header === 'string' ? /^(\d{1,8})([HMSmun])$/.exec(header) : null;
  return match === null ? undefined : Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? 1);
}

/** The trailers that end a call: the status, and its details when there are some to tell. */
export function statusTrailers(status: RpcStatus): Record<string, string> {
  const { code, message, retryAfterSeconds, badRequest } = status;
  const details = retryAfterSeconds !== undefined || badRequest === true;
  return {
    'grpc-status': String(code),
    ...(message === '' || code === RPC_CODES.ok ? {} : { 'grpc-message': percentEncode(message) }),
    // Binary metadata goes as base64, for which padding may be left out.
    ...(details ? { 'grpc-status-details-bin': encodeRpcStatus('protobuf', status).toString('base64') } : {}),
  };
}

/** Status-Message's own percent-encoding: printable ASCII but `%` stays, every other byte of its UTF-8 is encoded. */
function percentEncode(message: string): string {
  let encoded = '';
  for (const byte of Buffer.from(message.slice(0, 1000))) encoded += byte >= 0x20 && byte < 0x7f && byte !== 0x25 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  return encoded;
}
