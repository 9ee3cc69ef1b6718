import type { ReactNode } from 'react';
import { cx } from './class-names.ts';

export interface PanelProps {
  readonly title?: ReactNode;
  /** Quiet text after the title: unit, count, window. */
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  /** No padding, for tables and charts that go to the edge. */
  readonly flush?: boolean;
  readonly className?: string;
  readonly id?: string;
}

/** A bordered surface with a title: the unit of every page. */
export function Panel({ title, note, actions, children, flush = false, className, id }: PanelProps) {
  return (
    <section id={id} className={cx('flex min-w-0 flex-col rounded-panel border border-line bg-panel', className)}>
      {(title !== undefined || actions !== undefined) && (
        <header className="flex min-h-10 shrink-0 items-center gap-2 px-3 py-1.5">
          <h2 className="max-w-full shrink-0 truncate text-body font-semibold">{title}</h2>
          {/* What has no room is the note, not the title. */}
          {note !== undefined && <span className="min-w-0 truncate text-label text-fg-tertiary">{note}</span>}
          {actions !== undefined && <div className="ml-auto flex shrink-0 items-center gap-1">{actions}</div>}
        </header>
      )}
      <div className={cx('min-h-0 min-w-0 flex-1', !flush && (title === undefined ? 'p-3' : 'px-3 pb-3'))}>{children}</div>
    </section>
  );
}
