'use client';

import { Lock, RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ApiError } from '#components/api/api-error.ts';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { STATUS, type Status } from '#components/status/status.ts';
import { Button } from './button.tsx';
import { cx } from './class-names.ts';
import { CopyButton } from './copy-button.tsx';
import { RelativeTime } from './relative-time.tsx';

export interface EmptyStateProps {
  /** Why there is nothing: "No traffic in the last 5 minutes". */
  readonly title: string;
  /** The next step, or the exact command in `<code>`. */
  readonly hint?: ReactNode;
  readonly action?: ReactNode;
  readonly className?: string | undefined;
}

/** Nothing to show, and why. Instructions, not art. */
export function EmptyState({ title, hint, action, className }: EmptyStateProps) {
  return (
    <div className={cx('flex min-h-32 flex-col items-center justify-center gap-1 px-6 py-8 text-center', className)}>
      <p className="text-body font-medium">{title}</p>
      {hint !== undefined && <div className="max-w-[56ch] text-body text-fg-secondary [&_code]:rounded-sm [&_code]:bg-sunken [&_code]:px-1 [&_code]:font-mono [&_code]:text-label">{hint}</div>}
      {action !== undefined && <div className="mt-2 flex gap-2">{action}</div>}
    </div>
  );
}

export interface ErrorStateProps {
  readonly error: ApiError;
  readonly asked?: string | undefined;
  readonly onRetry?: () => void;
  readonly retrying?: boolean;
  readonly className?: string | undefined;
}

/** A failure in the place of what failed: what happened, why, what next, and what to hand to somebody who can help. */
export function ErrorState({ error, asked, onRetry, retrying = false, className }: ErrorStateProps) {
  if (error.code === 'forbidden') return <ForbiddenState message={error.message} hint={error.hint} className={className} />;
  const report = [error.message, error.hint, asked, error.requestId === undefined ? undefined : `request ${error.requestId}`].filter((part) => part !== undefined).join('\n');
  return (
    <div role="alert" className={cx('flex min-h-32 flex-col items-center justify-center gap-1 px-6 py-8 text-center', className)}>
      <p className="flex items-center gap-1.5 text-body font-medium">
        <StatusGlyph status={error.code === 'unreachable' ? 'not-ready' : 'failing'} />
        {error.message}
      </p>
      {error.hint !== undefined && <p className="max-w-[56ch] text-body text-fg-secondary">{error.hint}</p>}
      {error.causes.length > 0 && (
        <ul className="max-w-[72ch] text-left text-label text-fg-secondary">
          {error.causes.slice(0, 5).map((cause) => (
            <li key={`${cause.field ?? ''}${cause.line ?? ''}${cause.message}`}>
              {cause.field !== undefined && <code className="mr-1 font-mono text-fg">{cause.field}</code>}
              {cause.message}
            </li>
          ))}
        </ul>
      )}
      {asked !== undefined && <code className="mt-1 max-w-full truncate rounded-sm bg-sunken px-1.5 font-mono text-label text-fg-secondary">{asked}</code>}
      <div className="mt-2 flex items-center gap-1">
        {onRetry !== undefined && (
          <Button onClick={onRetry} pending={retrying} icon={<RotateCw />}>
            Retry
          </Button>
        )}
        <CopyButton text={report} label="Copy details" />
      </div>
      {error.requestId !== undefined && <p className="font-mono text-axis text-fg-tertiary">request {error.requestId}</p>}
    </div>
  );
}

/** Signed in, but not allowed to see this. */
export function ForbiddenState({ message, hint, className }: { readonly message: string; readonly hint?: string | undefined; readonly className?: string | undefined }) {
  return (
    <div className={cx('flex min-h-32 flex-col items-center justify-center gap-1 px-6 py-8 text-center', className)}>
      <Lock className="size-4 text-fg-tertiary" aria-hidden />
      <p className="text-body font-medium">{message}</p>
      <p className="text-body text-fg-secondary">{hint ?? 'Ask an admin of this console for a role that may.'}</p>
    </div>
  );
}

export interface NoticeProps {
  readonly status: Status;
  readonly title: string;
  readonly message?: ReactNode;
  /** Unix ms of the data still shown. */
  readonly since?: number;
  readonly onRetry?: () => void;
  readonly action?: ReactNode;
}

/** One line above content that is still good: stale, partial, paused. */
export function Notice({ status, title, message, since, onRetry, action }: NoticeProps) {
  return (
    <div role="status" className={cx('flex min-h-8 items-center gap-2 border-b px-3 py-1 text-label', STATUS[status].boxClass)}>
      <StatusGlyph status={status} />
      <p className="min-w-0 flex-1 truncate">
        <span className="font-medium">{title}</span> <span className="text-fg-secondary">{message}</span>
        {since !== undefined && since > 0 && (
          <span className="text-fg-secondary">
            {' '}
            Last good answer <RelativeTime at={since} />.
          </span>
        )}
      </p>
      {action}
      {onRetry !== undefined && (
        <button type="button" onClick={onRetry} className="h-6 shrink-0 rounded-control px-1.5 font-medium hover:bg-hover">
          Retry
        </button>
      )}
    </div>
  );
}
