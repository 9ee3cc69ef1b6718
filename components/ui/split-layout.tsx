import type { ReactNode } from 'react';
import { cx } from './class-names.ts';

export interface SplitLayoutProps {
  readonly children: ReactNode;
  /** The side; `undefined` gives all room to the content. */
  readonly side?: ReactNode;
  /** Width of the side in px from 1024 px on; below, it covers the lower part. */
  readonly sideWidth?: number;
  readonly className?: string;
}

/** Content and a side panel: beside each other on wide screens, stacked on narrow ones. Fills its parent. */
export function SplitLayout({ children, side, sideWidth = 360, className }: SplitLayoutProps) {
  return (
    <div className={cx('flex h-full min-h-0 min-w-0 flex-1 flex-col lg:flex-row', className)}>
      <div className="relative min-h-0 min-w-0 flex-1">{children}</div>
      {side !== undefined && side !== null && side !== false && (
        <div className="h-[45%] shrink-0 border-t border-line lg:h-auto lg:w-(--side-width) lg:border-t-0 lg:border-l" style={{ '--side-width': `${sideWidth}px` } as React.CSSProperties}>
          {side}
        </div>
      )}
    </div>
  );
}
