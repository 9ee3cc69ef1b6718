import { Skeleton, SkeletonRows } from '#components/ui/skeleton.tsx';

/** A table that fills the page before its rows are known: filter, header and rows stand where they will. */
export function TableSkeleton() {
  return (
    <div aria-hidden>
      <div className="flex min-h-10 items-center px-4 py-1.5">
        <Skeleton className="h-7 w-56" />
      </div>
      <div className="h-8 border-b border-line" />
      <div className="px-1">
        <SkeletonRows rows={12} />
      </div>
    </div>
  );
}
