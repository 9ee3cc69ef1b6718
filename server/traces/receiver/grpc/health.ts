import { OtlpDecodeError } from '#server/traces/otlp/decode-error.ts';
import { RPC_CODES, type RpcStatus } from '#server/traces/otlp/responses.ts';
import { TextCache } from '#server/traces/otlp/text-cache.ts';
import { WireReader } from '#server/traces/otlp/wire-reader.ts';
import type { UnaryCall } from './unary-server.ts';

/** HealthCheckResponse { status: SERVING } */
const SERVING = Buffer.from([0x08, 0x01]);
const MAX_REQUEST_BYTES = 1024;
const texts = new TextCache();

/**
 * Answers `grpc.health.v1.Health/Check` (grpc doc/health-checking.md) for the server as a whole and for the services
 * given; NOT_FOUND for another.
 */
export async function checkHealth(call: UnaryCall, services: readonly string[]): Promise<Buffer | RpcStatus> {
  const message = await call.message((length) => (length > MAX_REQUEST_BYTES ? { code: RPC_CODES.resourceExhausted, message: `a health check takes ${MAX_REQUEST_BYTES} bytes at most` } : undefined));
  if (message === 'gone') return { code: RPC_CODES.cancelled, message: '' };
  if ('code' in message) return message;
  if (message.packed) return { code: RPC_CODES.unimplemented, message: 'a health check is not to be packed' };
  try {
    const service = serviceAsked(message.bytes);
    return service === '' || services.includes(service) ? SERVING : { code: RPC_CODES.notFound, message: `${service} is not served here` };
  } catch (error) {
    if (!(error instanceof OtlpDecodeError)) throw error;
    return { code: RPC_CODES.invalidArgument, message: error.message };
  }
}

function serviceAsked(request: Buffer): string {
  const reader = new WireReader(request, texts);
  let service = '';
  while (reader.pos < reader.limit) {
    const tag = reader.tag();
    if (tag === 0x0a) service = reader.text();
    else reader.skip(tag, 1);
  }
  return service;
}
