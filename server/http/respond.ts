import type { ErrorCause, ServerErrorCode } from '#server/server-error.ts';

/** RFC 9457 problem document, with the fields the console shows. */
export interface Problem {
  readonly code: ServerErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly requestId: string;
  readonly causes?: readonly ErrorCause[];
}

/** HTTP status of each error code: the one place where failures become status codes. */
function statusOf(code: ServerErrorCode): number {
  switch (code) {
    case 'bad-request':
      return 400;
    case 'unauthenticated':
      return 401;
    case 'forbidden':
      return 403;
    case 'not-found':
      return 404;
    case 'conflict':
      return 409;
    case 'too-large':
      return 413;
    case 'unsupported-media-type':
      return 415;
    case 'invalid':
      return 422;
    case 'internal':
      return 500;
    case 'upstream':
      return 502;
    case 'overloaded':
      return 503;
    case 'timeout':
      return 504;
  }
}

interface ExpectedFailure {
  readonly code: ServerErrorCode;
  readonly message: string;
  readonly hint: string | undefined;
  readonly causes: readonly ErrorCause[];
}

/** Is this a failure some verb meant to report? Matched by name and code, so that it holds across module copies. */
export function isServerError(error: unknown): error is ExpectedFailure {
  return error instanceof Error && error.name === 'ServerError' && 'code' in error;
}

/** The problem document for any error; what nobody expected becomes `internal` without its details. */
function problemFrom(error: unknown, requestId: string): Problem {
  if (isServerError(error)) {
    return {
      code: error.code,
      message: error.message,
      requestId,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.causes.length === 0 ? {} : { causes: error.causes }),
    };
  }
  return { code: 'internal', message: 'The server failed to answer this request.', hint: `Look for request ${requestId} in the server's log.`, requestId };
}

/** JSON with the right header. */
export function jsonResponse(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(value ?? null), { status, headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers } });
}

/** The answer for a failed request; for clients of Prometheus with the fields that these read besides. */
export function problemResponse(error: unknown, requestId: string, { prometheus = false }: { readonly prometheus?: boolean } = {}): Response {
  const problem = problemFrom(error, requestId);
  const envelope = prometheus ? { status: 'error', errorType: problem.code === 'bad-request' || problem.code === 'too-large' ? 'bad_data' : problem.code, error: problem.hint === undefined ? problem.message : `${problem.message} ${problem.hint}` } : {};
  return jsonResponse({ ...problem, ...envelope }, statusOf(problem.code), { 'content-type': 'application/problem+json; charset=utf-8' });
}
