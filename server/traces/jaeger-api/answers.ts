import { BytesResponse } from '#server/http/bytes-response.ts';
import { isServerError } from '#server/http/respond.ts';
import type { ServerErrorCode } from '#server/server-error.ts';

const JSON_HEADERS = { 'content-type': 'application/json', 'cache-control': 'no-store' };
const TEXT_HEADERS = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' };

/** A JSON answer made of parts that are JSON themselves: `head`, the items with commas between, `tail`. */
export function listAnswer(head: string, items: readonly Uint8Array[], tail: string): Response {
  const chunks = items.flatMap((item, i) => (i === 0 ? [item] : [COMMA, item]));
  return new BytesResponse([Buffer.from(head), ...chunks, Buffer.from(tail)], { status: 200, headers: JSON_HEADERS });
}
const COMMA = Buffer.from(',');

/** A JSON answer. `indent`: for people. */
export function jsonAnswer(value: unknown, { status = 200, indent = 0 }: { readonly status?: number; readonly indent?: number } = {}): Response {
  return new BytesResponse([Buffer.from(JSON.stringify(value, null, indent))], { status, headers: JSON_HEADERS });
}

/** A refusal of API v3: the shape of grpc-gateway, sent as plain text as Jaeger does (internal/apiv3/http_gateway.go). */
export function v3Refusal(httpCode: number, message: string): Response {
  return new BytesResponse([Buffer.from(`${JSON.stringify({ error: { httpCode, message } })}\n`)], { status: httpCode, headers: TEXT_HEADERS });
}

/** A refusal of the API before v3 (http_handler.go). */
export function legacyRefusal(code: number, msg: string): Response {
  return new BytesResponse([Buffer.from(`${JSON.stringify({ data: null, total: 0, limit: 0, offset: 0, errors: [{ code, msg }] })}\n`)], { status: code, headers: TEXT_HEADERS });
}

/** Gives what `answer` gives, or by `refusal` what was thrown on purpose; other errors are thrown on. */
export async function answered(answer: () => Promise<Response>, refusal: (status: number, message: string) => Response): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    if (!isServerError(error)) throw error;
    const hint = error.hint === undefined ? '' : ` ${error.hint}`;
    return refusal(statusOf(error.code), error.message + hint);
  }
}

/** Jaeger has one status for what it cannot find, one for wrong requests, and 500 for the rest. */
function statusOf(code: ServerErrorCode): number {
  switch (code) {
    case 'not-found':
      return 404;
    case 'bad-request':
    case 'invalid':
    case 'too-large':
    case 'unsupported-media-type':
    case 'conflict':
      return 400;
    case 'overloaded':
      return 503;
    case 'timeout':
      return 504;
    case 'upstream':
      return 502;
    case 'unauthenticated':
      return 401;
    case 'forbidden':
      return 403;
    case 'internal':
      return 500;
  }
}
