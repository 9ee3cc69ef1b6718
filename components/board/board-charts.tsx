'use client';

import { useQuery } from '@tanstack/react-query';
import { useMemo, type ReactNode } from 'react';
import { ChartMarkers } from '#components/charts/chart-markers.tsx';
import { PromqlPanel } from '#components/charts/promql-panel.tsx';
import { boardSections, rateWindow, type BoardId } from '#components/board/boards.ts';
import { markersOf } from '#components/board/change-markers.ts';
import { changesQuery } from '#components/board/queries.ts';
import { useTimeRange } from '#components/time/use-time-range.ts';

export interface BoardChartsProps {
  readonly board: Extract<BoardId, 'service' | 'workload'>;
  /** As the board names it: a host, or `namespace/name`. */
  readonly subject: string;
  /** Which sections of the board, by title; all when left out. */
  readonly sections?: readonly string[];
}

/** The dashboard of a service or workload within its page: the same charts, so that both tell the same story. */
export function BoardCharts({ board, subject, sections }: BoardChartsProps): ReactNode {
  const { promRange, window } = useTimeRange();
  const changes = useQuery(changesQuery);
  const markers = useMemo(() => markersOf(changes.data?.entries ?? [], window.fromMs, window.toMs), [changes.data, window.fromMs, window.toMs]);
  const rateSeconds = rateWindow(promRange.step);
  const shown = useMemo(() => boardSections(board, { namespaces: [], rateSeconds, service: subject, workload: subject }), [board, rateSeconds, subject]);
  return (
    <ChartMarkers markers={markers}>
      {shown
        .filter(({ title }) => sections === undefined || sections.includes(title))
        .map((section) => (
          <section key={section.title} aria-label={section.title} className="flex flex-col gap-2">
            <h2 className="text-section font-semibold">{section.title}</h2>
            <div className="grid gap-4 md:grid-cols-2 2xl:grid-cols-4">
              {section.panels.map((panel) => (
                <PromqlPanel key={panel.title} height={150} {...panel} />
              ))}
            </div>
          </section>
        ))}
    </ChartMarkers>
  );
}
