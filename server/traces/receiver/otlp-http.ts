import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { OtlpEncoding } from '#server/traces/otlp/decode-request.ts';
import { encodeExportResponse, encodeRpcStatus, RPC_CODES } from '#server/traces/otlp/responses.ts';
import { answerCrossOrigin, type AllowsOrigin } from './cross-origin.ts';
import { send, sendText, startHttpListener, type Receiver, type ReceiverAddress } from './http-listener.ts';
import type { Intake, Refusal } from './intake.ts';
import { CONTENT_ENCODINGS, readBody } from './read-body.ts';

export interface OtlpHttpOptions extends ReceiverAddress {
  readonly intake: Intake;
  readonly allowsOrigin?: AllowsOrigin;
  readonly clock: Clock;
  readonly log: Logger;
}

const PATH = '/v1/traces';

/** Statuses and codes by reason: only 429 and 503 are sent again by exporters (opentelemetry-proto docs/specification.md). */
const ANSWERS: Readonly<Record<Refusal['reason'], { readonly status: number; readonly code: number }>> = {
  malformed: { status: 400, code: RPC_CODES.invalidArgument },
  'too-large': { status: 413, code: RPC_CODES.resourceExhausted },
  unsupported: { status: 415, code: RPC_CODES.invalidArgument },
  overloaded: { status: 429, code: RPC_CODES.resourceExhausted },
  unavailable: { status: 503, code: RPC_CODES.unavailable },
};

/**
 * Listens for OTLP/HTTP traces (opentelemetry-proto docs/specification.md): `POST /v1/traces` in protobuf or JSON. A 200
 * is sent when the spans are durable. Rejects with ServerError when the port is taken.
 */
export function startOtlpHttp({ intake, allowsOrigin = () => false, ...listener }: OtlpHttpOptions): Promise<Receiver> {
  return startHttpListener({
    ...listener,
    name: 'OTLP',
    flag: '--otlp-port',
    handle: async (request, response) => {
      if (answerCrossOrigin(request, response, allowsOrigin)) return;
      const encoding = acceptHead(request, response);
      if (encoding === undefined) return;
      const length = request.headers['content-length'];
      const admission = intake.admit('otlp-http', length === undefined ? undefined : Number(length));
      if ('kind' in admission) {
        refuse(request, response, encoding, admission);
        return;
      }
      try {
        const body = await readBody(request, admission, intake.maxBodyBytes);
        if (body === 'gone') return;
        const result = Buffer.isBuffer(body) ? await admission.storeOtlp(body, encoding) : admission.refuse(body);
        if (result.kind === 'refused') refuse(request, response, encoding, result);
        else send(request, response, 200, mediaType(encoding), encodeExportResponse(encoding, result.rejected === 0 ? undefined : result));
      } finally {
        admission.end();
      }
    },
  });
}

/** The request's encoding; undefined when the request was answered already, because it is not for this receiver. */
function acceptHead(request: IncomingMessage, response: ServerResponse): OtlpEncoding | undefined {
  const path = (request.url ?? '/').split('?', 1)[0];
  if (path !== PATH) {
    sendText(request, response, 404, `There is nothing at ${path}; OTLP traces go to POST ${PATH}.`);
    return undefined;
  }
  if (request.method !== 'POST') {
    sendText(request, response, 405, `${request.method} is not served; use POST.`, { allow: 'POST' });
    return undefined;
  }
  const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/x-protobuf') return 'protobuf';
  if (type === 'application/json') return 'json';
  sendText(request, response, 415, `Content-Type ${type === '' ? 'is missing' : `${type} is not known`}; use application/x-protobuf or application/json.`);
  return undefined;
}

function refuse(request: IncomingMessage, response: ServerResponse, encoding: OtlpEncoding, { reason, message, retryAfterSeconds }: Refusal): void {
  const { status, code } = ANSWERS[reason];
  const headers = { ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }), ...(reason === 'unsupported' ? { 'accept-encoding': CONTENT_ENCODINGS.join(', ') } : {}) };
  send(request, response, status, mediaType(encoding), encodeRpcStatus(encoding, { code, message }), headers);
}

function mediaType(encoding: OtlpEncoding): string {
  return encoding === 'json' ? 'application/json' : 'application/x-protobuf';
}
