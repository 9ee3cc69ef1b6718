'use client';

import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { AppLink } from '#components/shell/app-link.tsx';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import type { Status } from '#components/status/status.ts';
import { ShowMore } from '#components/ui/show-more.tsx';
import { Panel } from '#components/ui/panel.tsx';
import type { Problem } from '#server/overview/schemas.ts';

const SHOWN = 6;
const LOOK: Readonly<Record<Problem['severity'], Status>> = { failing: 'failing', degraded: 'degraded', info: 'idle' };
const SPOKEN: Readonly<Record<Problem['severity'], string>> = { failing: 'Failing', degraded: 'Degraded', info: 'Worth knowing' };

/** What is wrong right now, worst first; each line leads to where it can be understood. */
export function ProblemList({ problems }: { readonly problems: readonly Problem[] }) {
  const [all, setAll] = useState(false);
  if (problems.length === 0) {
    return (
      <div className="flex min-h-10 items-center gap-2 rounded-panel border border-healthy-border bg-healthy-bg px-3 text-body" role="status">
        <StatusGlyph status="healthy" />
        <span className="font-medium">Nothing is wrong.</span>
        <span className="text-fg-secondary">Services, workloads, proxies, targets, alerts, rollouts and configuration are as they should be.</span>
      </div>
    );
  }
  const shown = all ? problems : problems.slice(0, SHOWN);
  return (
    <Panel title="Wrong right now" note={countText(problems)} flush>
      <ul aria-label="Wrong right now, worst first">
        {shown.map((problem) => (
          <li key={`${problem.href}${problem.title}${problem.detail}`} className="border-t border-line-subtle">
            <AppLink href={problem.href} className="focus-inset group flex min-h-9 items-center gap-2 px-3 py-1.5 hover:bg-hover">
              <StatusGlyph status={LOOK[problem.severity]} label={SPOKEN[problem.severity]} />
              <span className="min-w-0 shrink-0 font-medium max-md:shrink">{problem.title}</span>
              <span className="min-w-0 flex-1 truncate text-label text-fg-secondary" title={problem.detail}>
                {problem.detail}
              </span>
              <ChevronRight className="size-3.5 shrink-0 text-fg-tertiary opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100" aria-hidden />
            </AppLink>
          </li>
        ))}
      </ul>
      <ShowMore all={all} hidden={problems.length - SHOWN} onToggle={() => setAll(!all)} />
    </Panel>
  );
}

function countText(problems: readonly Problem[]): string {
  const count = (severity: Problem['severity']): number => problems.filter((problem) => problem.severity === severity).length;
  return [
    [count('failing'), 'failing'],
    [count('degraded'), 'degraded'],
    [count('info'), 'worth knowing'],
  ]
    .flatMap(([n, word]) => (n === 0 ? [] : [`${n} ${word}`]))
    .join(' · ');
}
