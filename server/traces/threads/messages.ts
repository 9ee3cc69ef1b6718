import type { ErrorCause, ServerErrorCode } from '#server/server-error.ts';

export interface ThreadRequest {
  readonly id: number;
  readonly verb: string;
  readonly args: readonly unknown[];
}

/** `id` 0 tells that the thread is ready. */
export type ThreadMessage =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly name: string; readonly message: string; readonly expected: { readonly code: ServerErrorCode; readonly hint: string | undefined; readonly causes: readonly ErrorCause[] } | undefined }
  | { readonly kind: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly fields: Readonly<Record<string, unknown>>; readonly message: string };
