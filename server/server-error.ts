/** Every way a verb of the server fails on purpose. Mapped to HTTP once, in server/http/respond.ts. */
export type ServerErrorCode =
  | 'bad-request'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'invalid'
  | 'too-large'
  | 'unsupported-media-type'
  | 'overloaded'
  | 'upstream'
  | 'timeout'
  | 'internal';

/** Where in the caller's input the fault is. */
export interface ErrorCause { readonly message: string; readonly field?: string; readonly line?: number; readonly column?: number }

/** An expected failure. `message` says what happened, `hint` what to do next. Match on `code`, not on the class. */
export class ServerError extends Error {
  readonly code: ServerErrorCode;
  readonly hint: string | undefined;
  readonly causes: readonly ErrorCause[];
  constructor(code: ServerErrorCode, message: string, options: { hint?: string; causes?: readonly ErrorCause[]; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'ServerError';
    this.code = code;
    this.hint = options.hint;
    this.causes = options.causes ?? [];
  }
}

/** What anything that was thrown says about itself, in one line. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
