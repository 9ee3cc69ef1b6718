import { status } from '@grpc/grpc-js';
import { isServerError } from '#server/http/respond.ts';
import type { ServerErrorCode } from '#server/server-error.ts';

/** A call that ends with a status of gRPC that no failure of the server has, such as UNIMPLEMENTED. */
export class CallFailure extends Error {
  override readonly name = 'CallFailure';
  readonly code: status;
  constructor(code: status, message: string) {
    super(message);
    this.code = code;
  }
}

/** How a failure is told over gRPC; undefined for one that nobody meant, of which the client is told nothing more. */
export function statusOf(error: unknown): { readonly code: status; readonly details: string } | undefined {
  if (error instanceof CallFailure) return { code: error.code, details: error.message };
  if (!isServerError(error)) return undefined;
  return { code: CODES[error.code], details: error.hint === undefined ? error.message : `${error.message} ${error.hint}` };
}

const CODES: Readonly<Record<ServerErrorCode, status>> = {
  'bad-request': status.INVALID_ARGUMENT,
  invalid: status.INVALID_ARGUMENT,
  'unsupported-media-type': status.INVALID_ARGUMENT,
  'too-large': status.RESOURCE_EXHAUSTED,
  conflict: status.ABORTED,
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  'not-found': status.NOT_FOUND,
  overloaded: status.UNAVAILABLE,
  upstream: status.UNAVAILABLE,
  timeout: status.DEADLINE_EXCEEDED,
  internal: status.INTERNAL,
};
