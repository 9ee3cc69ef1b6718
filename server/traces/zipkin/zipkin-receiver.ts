import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { answerCrossOrigin, type AllowsOrigin } from '#server/traces/receiver/cross-origin.ts';
import { send, sendText, startHttpListener, type Receiver, type ReceiverAddress } from '#server/traces/receiver/http-listener.ts';
import type { Intake, Refusal } from '#server/traces/receiver/intake.ts';
import { readBody } from '#server/traces/receiver/read-body.ts';
import { decodeZipkin } from './decode-zipkin.ts';

export interface ZipkinReceiverOptions extends ReceiverAddress {
  readonly intake: Intake;
  readonly allowsOrigin?: AllowsOrigin;
  readonly clock: Clock;
  readonly log: Logger;
}

const PATH = '/api/v2/spans';
const ENCODINGS: ReadonlyMap<string, 'json' | 'protobuf'> = new Map([['application/json', 'json'], ['application/x-protobuf', 'protobuf']]);
const STATUSES: Readonly<Record<Refusal['reason'], number>> = { malformed: 400, 'too-large': 413, unsupported: 415, overloaded: 429, unavailable: 503 };

/**
 * Listens for Zipkin's spans in JSON and protobuf (openzipkin/zipkin-api zipkin2-api.yaml and zipkin.proto): `POST
 * /api/v2/spans`, answered 202 when they are durable. Refusals are text. Rejects with ServerError when the port is taken.
 */
export function startZipkinReceiver({ intake, allowsOrigin = () => false, ...listener }: ZipkinReceiverOptions): Promise<Receiver> {
  return startHttpListener({
    ...listener,
    name: 'Zipkin',
    flag: '--zipkin-port',
    handle: async (request, response) => {
      if (answerCrossOrigin(request, response, allowsOrigin)) return;
      const path = (request.url ?? '/').split('?', 1)[0];
      if (path !== PATH) return sendText(request, response, 404, `There is nothing at ${path}; Zipkin's spans, version 2, go to POST ${PATH}.`);
      if (request.method !== 'POST') return sendText(request, response, 405, `${request.method} is not served; use POST.`, { allow: 'POST' });
      const type = (request.headers['content-type'] ?? 'application/json').split(';', 1)[0]?.trim().toLowerCase();
      const encoding = ENCODINGS.get(type ?? '');
      if (encoding === undefined) return sendText(request, response, 415, `Content-Type ${type} is not known; use ${[...ENCODINGS.keys()].join(' or ')}.`);
      const length = request.headers['content-length'];
      const admission = intake.admit('zipkin', length === undefined ? undefined : Number(length));
      const refuse = ({ reason, message, retryAfterSeconds }: Refusal): void => sendText(request, response, STATUSES[reason], message, retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) });
      if ('kind' in admission) return refuse(admission);
      try {
        const body = await readBody(request, admission, intake.maxBodyBytes);
        if (body === 'gone') return;
        const result = Buffer.isBuffer(body) ? await admission.storeSpans(() => decodeZipkin(body, listener.clock.now() * 1000, encoding)) : admission.refuse(body);
        if (result.kind === 'refused') refuse(result);
        // Zipkin has no partial success: what was rejected is told in words, to those who read them.
        else send(request, response, 202, 'text/plain; charset=utf-8', Buffer.from(result.message));
      } finally {
        admission.end();
      }
    },
  });
}
