import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { encodeExportResponse, RPC_CODES, type RpcStatus } from '#server/traces/otlp/responses.ts';
import type { Receiver, ReceiverAddress } from '../http-listener.ts';
import type { Admission, Intake, Refusal } from '../intake.ts';
import { CONTENT_ENCODINGS, isKnownEncoding, unpackBytes } from '../read-body.ts';
import { checkHealth } from './health.ts';
import { startUnaryServer, type UnaryCall } from './unary-server.ts';

export interface OtlpGrpcOptions extends ReceiverAddress {
  readonly intake: Intake;
  readonly clock: Clock;
  readonly log: Logger;
}

const SERVICE = 'opentelemetry.proto.collector.trace.v1.TraceService';

const CODES: Readonly<Record<Refusal['reason'], number>> = {
  malformed: RPC_CODES.invalidArgument,
  'too-large': RPC_CODES.resourceExhausted,
  unsupported: RPC_CODES.unimplemented,
  overloaded: RPC_CODES.resourceExhausted,
  unavailable: RPC_CODES.unavailable,
};

/**
 * Listens for OTLP/gRPC traces (opentelemetry-proto docs/specification.md): what Istio's proxies and most SDKs send by
 * default. The call succeeds when the spans are durable. Also answers health checks. Rejects with ServerError when the
 * port is taken.
 */
export function startOtlpGrpc({ intake, ...listener }: OtlpGrpcOptions): Promise<Receiver> {
  return startUnaryServer({
    ...listener,
    name: 'OTLP over gRPC',
    flag: '--otlp-grpc-port',
    encodings: CONTENT_ENCODINGS.filter((encoding) => encoding !== 'snappy'),
    knowsEncoding: (encoding) => encoding !== 'snappy' && isKnownEncoding(encoding),
    methods: {
      [`/${SERVICE}/Export`]: (call) => takeSpans(call, intake),
      '/grpc.health.v1.Health/Check': (call) => checkHealth(call, [SERVICE]),
    },
  });
}

async function takeSpans(call: UnaryCall, intake: Intake): Promise<Buffer | RpcStatus> {
  let admission: Admission | undefined;
  try {
    const message = await call.message((length) => {
      const admitted = intake.admit('otlp-grpc', length);
      if ('kind' in admitted) return statusOf(admitted);
      admission = admitted;
      return undefined;
    });
    if (message === 'gone') return { code: RPC_CODES.cancelled, message: '' };
    if ('code' in message || admission === undefined) return 'code' in message ? message : { code: RPC_CODES.internal, message: 'the message is cut off' };
    if (message.packed && call.encoding === 'identity') return statusOf(admission.refuse({ kind: 'refused', reason: 'malformed', message: 'the message is packed, but grpc-encoding does not say how' }));
    const body = await unpackBytes(message.bytes, message.packed ? call.encoding : 'identity', admission);
    const result = Buffer.isBuffer(body) ? await admission.storeOtlp(body, 'protobuf') : admission.refuse(body);
    return result.kind === 'refused' ? statusOf(result) : encodeExportResponse('protobuf', result.rejected === 0 ? undefined : result);
  } finally {
    admission?.end();
  }
}

function statusOf({ reason, message, retryAfterSeconds }: Refusal): RpcStatus {
  return { code: CODES[reason], message, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }), ...(reason === 'malformed' ? { badRequest: true } : {}) };
}
