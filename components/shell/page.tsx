'use client';

import type { ReactNode } from 'react';
import { LiveToggle } from '#components/time/live-toggle.tsx';
import { TimeRangePicker } from '#components/time/time-range-picker.tsx';
import { formatMoment } from '#components/time/time-window.ts';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { Breadcrumb, type Crumb } from '#components/ui/breadcrumb.tsx';
import { cx } from '#components/ui/class-names.ts';
import { Notice } from '#components/ui/states.tsx';
import { NamespacePicker } from './namespace-picker.tsx';
import { usePreferences } from './preferences.ts';

export interface PageProps {
  /** From the area to the page; the last is the page's name and its `h1`. */
  readonly crumbs: readonly Crumb[];
  /** Beside the name: status, kind. */
  readonly badge?: ReactNode;
  /** Buttons of this page, before the shared controls. */
  readonly actions?: ReactNode;
  readonly namespaces?: boolean;
  readonly time?: boolean;
  /** The content fills the window and scrolls by itself (graph, editors, trace). */
  readonly fill?: boolean;
  /** A row under the header: filters, tabs. Stays when the content scrolls. */
  readonly toolbar?: ReactNode;
  readonly children: ReactNode;
}

/** Every page: header of 48 px (where you are, on the right what you look at) over the content. */
export function Page({ crumbs, badge, actions, namespaces = true, time = true, fill = false, toolbar, children }: PageProps) {
  const { zone } = usePreferences();
  return (
    // Made anew in another zone: every time on the page is told in it.
    <div key={zone} className="flex h-full min-h-0 flex-col">
      <header className="flex h-12 shrink-0 items-center gap-2 border-b border-line bg-canvas pr-2 pl-4">
        <div className="flex min-w-0 flex-1 items-center gap-2">
          <Breadcrumb crumbs={crumbs} />
          {badge}
        </div>
        <div className="flex shrink-0 items-center gap-1">
          {actions !== undefined && <div className="flex items-center gap-1.5 pr-1">{actions}</div>}
          {namespaces && <NamespacePicker />}
          {time && (
            <>
              {namespaces && <span className="h-4 w-px bg-line" aria-hidden />}
              <TimeRangePicker />
              <span className="h-4 w-px bg-line" aria-hidden />
              <LiveToggle />
            </>
          )}
        </div>
      </header>
      {time && <MomentNotice />}
      {toolbar !== undefined && <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-2 border-b border-line px-4 py-1.5">{toolbar}</div>}
      <div className={cx('min-h-0 flex-1', fill ? 'flex flex-col' : 'overflow-y-auto')}>{fill ? children : <div className="mx-auto flex max-w-[1680px] flex-col gap-4 p-4">{children}</div>}</div>
    </div>
  );
}

/** While a moment is pinned, the page says so: numbers of the past must not pass for the present. */
function MomentNotice() {
  const { view, resume } = useTimeRange();
  if (view.at === null) return null;
  return (
    <Notice
      status="idle"
      title={`The mesh as of ${formatMoment(view.at)}.`}
      message="Nothing moves until you go live."
      action={
        <button type="button" onClick={resume} className="h-6 rounded-control px-1.5 font-medium text-accent hover:bg-hover">
          Go live
        </button>
      }
    />
  );
}
