'use client';

import { ChartSpline } from 'lucide-react';
import { Panel } from '#components/ui/panel.tsx';
import { STARTERS } from './starter-queries.ts';

/** What the page shows before the first query: five that are worth asking of any mesh. */
export function ExploreStarters({ onTake, onBrowse }: { readonly onTake: (starter: (typeof STARTERS)[number]) => void; readonly onBrowse: () => void }) {
  return (
    <Panel title="Begin with one of these" flush>
      <ul>
        {STARTERS.map((starter) => (
          <li key={starter.title} className="border-t border-line-subtle">
            <button type="button" onClick={() => onTake(starter)} className="focus-inset flex w-full items-start gap-3 px-3 py-2 text-left hover:bg-hover">
              <ChartSpline className="mt-0.5 size-4 shrink-0 text-fg-tertiary" aria-hidden />
              <span className="min-w-0">
                <span className="block font-medium">{starter.title}</span>
                <span className="block font-mono text-label break-words text-fg-secondary">{starter.expr.replaceAll('\n', ' ')}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      <p className="border-t border-line-subtle px-3 py-2 text-label text-fg-secondary">
        Or type above: completion knows every metric, label and value of the store. To look around first,{' '}
        <button type="button" onClick={onBrowse} className="rounded-control font-medium text-accent hover:underline">
          browse the metrics
        </button>
        .
      </p>
    </Panel>
  );
}
