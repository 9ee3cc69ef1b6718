'use client';

import { useEffect, useState, type ReactNode } from 'react';
import { toApiError } from '#components/api/api-error.ts';
import { cx } from './class-names.ts';
import { EmptyState, ErrorState, Notice } from './states.tsx';
import { SkeletonRows } from './skeleton.tsx';

/** What `DataState` reads of a query: any `useQuery` result fits, and so does a combination of several. */
export interface ShownQuery<T> {
  readonly data: T | undefined;
  readonly error: Error | null;
  readonly isPending: boolean;
  readonly isFetching: boolean;
  readonly isPlaceholderData: boolean;
  readonly dataUpdatedAt: number;
  readonly refetch: () => unknown;
}
export interface DataStateProps<T> {
  readonly query: ShownQuery<T>;
  /** Skeleton in the final shape; rows by default. */
  readonly skeleton?: ReactNode;
  /** Says why there is nothing and what to do; `undefined` when there is something. */
  readonly empty?: (data: T) => { readonly title: string; readonly hint?: ReactNode; readonly action?: ReactNode } | undefined;
  /** Says what is missing from an answer that is otherwise good (a backend warning, a truncated list). */
  readonly partial?: (data: T) => string | undefined;
  /** What was asked, shown with an error: a PromQL query, a path. */
  readonly asked?: string;
  readonly children: (data: T) => ReactNode;
  readonly className?: string;
}

/**
 * The one way to show fetched data: loading (skeleton after 200 ms), empty, partial, stale (old data with the error
 * above it), error with retry, and forbidden. A refetch keeps what is shown under a thin progress line.
 */
export function DataState<T>({ query, skeleton, empty, partial, asked, children, className }: DataStateProps<T>) {
  const { data, error, isPending, isFetching, isPlaceholderData } = query;
  const retry = (): void => void query.refetch();
  const slow = useSlow(isFetching && !isPending && (isPlaceholderData || error !== null));
  if (data === undefined) {
    if (error !== null) return <ErrorState error={toApiError(error)} asked={asked} onRetry={retry} retrying={isFetching} className={className} />;
    return <Loading className={className}>{skeleton ?? <SkeletonRows />}</Loading>;
  }
  const nothing = empty?.(data);
  const missing = partial?.(data);
  return (
    <div className={cx('relative min-w-0', className)} aria-busy={slow || undefined}>
      {slow && <div className="absolute inset-x-0 top-0 z-10 h-0.5 animate-shimmer bg-accent" aria-hidden />}
      {error !== null && <Notice status="degraded" title="Showing older data." message={toApiError(error).message} since={query.dataUpdatedAt} onRetry={retry} />}
      {missing !== undefined && <Notice status="degraded" title="Not complete." message={missing} />}
      {nothing === undefined ? children(data) : <EmptyState {...nothing} />}
    </div>
  );
}

function Loading({ children, className }: { readonly children: ReactNode; readonly className?: string | undefined }) {
  const show = useSlow(true);
  return (
    <div className={className} aria-busy="true">
      <span className="sr-only" role="status">
        {show ? 'Loading' : ''}
      </span>
      {/* Kept in the layout while invisible: what comes later does not push anything. */}
      <div className={cx('transition-opacity', !show && 'opacity-0')}>{children}</div>
    </div>
  );
}

/** True once `active` has lasted 200 ms: quick answers never flash a skeleton. */
function useSlow(active: boolean): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    if (!active) return undefined;
    const timer = setTimeout(() => setSlow(true), 200);
    return () => {
      clearTimeout(timer);
      setSlow(false);
    };
  }, [active]);
  return slow;
}
