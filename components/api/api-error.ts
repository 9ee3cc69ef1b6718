import type { ErrorCause, ServerErrorCode } from '#server/server-error.ts';

/** What can go wrong with a request: the server's codes, plus `unreachable` when there was no answer. */
export type ApiErrorCode = ServerErrorCode | 'unreachable';

/** A request that failed. `message` says what happened, `hint` what to do next; match on `code`. */
export class ApiError extends Error {
  readonly code: ApiErrorCode;
  readonly status: number;
  readonly hint: string | undefined;
  readonly requestId: string | undefined;
  readonly causes: readonly ErrorCause[];
  constructor(code: ApiErrorCode, message: string, details: { status?: number; hint?: string | undefined; requestId?: string | undefined; causes?: readonly ErrorCause[]; cause?: unknown } = {}) {
    super(message, { cause: details.cause });
    this.name = 'ApiError';
    this.code = code;
    this.status = details.status ?? 0;
    this.hint = details.hint;
    this.requestId = details.requestId;
    this.causes = details.causes ?? [];
  }
}

/** Any thrown value as an ApiError, so that views have one thing to show. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError('internal', error instanceof Error ? error.message : String(error), { cause: error });
}

const CODES: Readonly<Record<number, ServerErrorCode>> = { 400: 'bad-request', 401: 'unauthenticated', 403: 'forbidden', 404: 'not-found', 409: 'conflict', 413: 'too-large', 415: 'unsupported-media-type', 422: 'invalid', 429: 'overloaded', 502: 'upstream', 503: 'overloaded', 504: 'timeout' };

/** Reads a failed answer: problem JSON, Prometheus' `{status: "error"}`, or whatever else was sent. */
export function errorFromAnswer(status: number, body: unknown, requestId: string | null): ApiError {
  const fallback = CODES[status] ?? 'internal';
  if (isRecord(body)) {
    const causes = Array.isArray(body['causes']) ? body['causes'].filter(isCause) : [];
    const id = text(body['requestId']) ?? requestId ?? undefined;
    const message = text(body['message']) ?? text(body['error']);
    // Safe because an unknown code falls through every comparison to the generic view.
    const code = (text(body['code']) as ApiErrorCode | undefined) ?? fallback;
    if (message !== undefined) return new ApiError(code, message, { status, hint: text(body['hint']), requestId: id, causes });
  }
  return new ApiError(fallback, `The server answered ${status} without saying why.`, { status, requestId: requestId ?? undefined });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
function isCause(value: unknown): value is ErrorCause {
  return isRecord(value) && typeof value['message'] === 'string';
}
