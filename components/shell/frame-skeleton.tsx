import type { ReactNode } from 'react';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { Logo } from './logo.tsx';

/** The frame before anything is known: same measures, so that nothing jumps. */
export function FrameSkeleton({ children }: { readonly children?: ReactNode }) {
  return (
    <div className="flex h-dvh overflow-hidden" aria-busy={children === undefined}>
      <div className="sidebar-w flex shrink-0 flex-col border-r border-line bg-chrome">
        <div className="flex h-12 items-center gap-2 px-3.5 rail:justify-center rail:px-0">
          <Logo />
          <span className="text-section font-semibold tracking-tight rail:hidden">Binnacle</span>
        </div>
      </div>
      <main className="flex min-w-0 flex-1 flex-col">
        <div className="flex h-12 shrink-0 items-center border-b border-line px-4">{children === undefined && <Skeleton className="h-3 w-32" />}</div>
        <div className="min-h-0 flex-1">{children}</div>
      </main>
    </div>
  );
}
