import { cx } from './class-names.ts';

/** A grey block in the place of what will come. Give it the final size. */
export function Skeleton({ className }: { readonly className?: string }) {
  return <span aria-hidden className={cx('block animate-shimmer rounded-control bg-active', className)} />;
}

/** The shape of a table or list before its rows are known. */
export function SkeletonRows({ rows = 6 }: { readonly rows?: number }) {
  return (
    <div aria-hidden className="flex flex-col">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} className="row-h flex items-center gap-4 border-b border-line-subtle px-3">
          <Skeleton className="h-2.5 w-2.5 rounded-full" />
          <Skeleton className={['h-2.5 w-40', 'h-2.5 w-28', 'h-2.5 w-52'][index % 3] ?? 'h-2.5 w-40'} />
          <Skeleton className="ml-auto h-2.5 w-16" />
          <Skeleton className="h-2.5 w-12" />
        </div>
      ))}
    </div>
  );
}
