'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsString, useQueryState } from 'nuqs';
import { useMemo } from 'react';
import { paths } from '#components/api/paths.ts';
import { ChartMarkers } from '#components/charts/chart-markers.tsx';
import { PromqlPanel } from '#components/charts/promql-panel.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { Page } from '#components/shell/page.tsx';
import { useNamespaces } from '#components/shell/use-namespaces.ts';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { cx } from '#components/ui/class-names.ts';
import { Combobox, type ComboboxOption } from '#components/ui/combobox.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import { BOARD_IDS, BOARD_TITLES, boardSections, rateWindow, type BoardId } from '#components/board/boards.ts';
import { changesQuery, servicesQuery, workloadsQuery } from '#components/board/queries.ts';
import { markersOf } from '#components/board/change-markers.ts';

/** `/dashboards/[board]`: charts of the mesh, a service, a workload, or the control plane. */
export function DashboardPage({ board }: { readonly board: BoardId }) {
  const { promRange, window } = useTimeRange();
  const { selected: namespaces } = useNamespaces();
  const subject = useSubject(board, namespaces);
  const changes = useQuery(changesQuery);
  const markers = useMemo(() => markersOf(changes.data?.entries ?? [], window.fromMs, window.toMs), [changes.data, window.fromMs, window.toMs]);
  const rateSeconds = rateWindow(promRange.step);
  const sections = useMemo(() => boardSections(board, { namespaces, rateSeconds, service: subject?.value ?? undefined, workload: subject?.value ?? undefined }), [board, namespaces, rateSeconds, subject?.value]);
  return (
    <Page
      crumbs={[{ label: 'Dashboards', href: paths.dashboard() }, { label: BOARD_TITLES[board] }]}
      namespaces={board !== 'control-plane'}
      toolbar={
        <>
          <BoardTabs board={board} />
          {subject !== undefined && <Combobox label={BOARD_TITLES[board]} value={subject.value} onValueChange={subject.select} options={subject.options} placeholder={`Choose a ${board}`} className="w-72" />}
        </>
      }
    >
      <ChartMarkers markers={markers}>
        {sections.length === 0 && (
          <Panel>
            <EmptyState title={`Choose a ${board}`} hint={subject?.options.length === 0 ? `No ${board} is known yet in the namespaces shown.` : `Its charts appear here; the choice is kept in the address.`} />
          </Panel>
        )}
        {sections.map((section) => (
          <section key={section.title} aria-label={section.title} className="flex flex-col gap-2">
            <h2 className="text-section font-semibold">{section.title}</h2>
            <div className="grid gap-4 md:grid-cols-2 2xl:grid-cols-4">
              {section.panels.map((panel) => (
                <PromqlPanel key={panel.title} height={160} {...panel} />
              ))}
            </div>
          </section>
        ))}
      </ChartMarkers>
    </Page>
  );
}

function BoardTabs({ board }: { readonly board: BoardId }) {
  return (
    <nav aria-label="Dashboards" className="flex gap-1">
      {BOARD_IDS.map((id) => (
        <AppLink key={id} href={paths.dashboard(id)} aria-current={id === board ? 'page' : undefined} className={cx('inline-flex h-7 items-center rounded-control px-2 text-body', id === board ? 'bg-active font-medium text-fg' : 'text-fg-secondary hover:bg-hover hover:text-fg')}>
          {BOARD_TITLES[id]}
        </AppLink>
      ))}
    </nav>
  );
}

interface Subject {
  readonly value: string | null;
  readonly select: (value: string | null) => void;
  readonly options: readonly ComboboxOption[];
}

/** What a service or workload board is about, from `?subject=`; the busiest one unless chosen. */
function useSubject(board: BoardId, namespaces: readonly string[]): Subject | undefined {
  const [chosen, setChosen] = useQueryState(board === 'workload' ? 'workload' : 'service', parseAsString.withOptions({ history: 'push' }));
  const services = useQuery({ ...servicesQuery, enabled: board === 'service' });
  const workloads = useQuery({ ...workloadsQuery, enabled: board === 'workload' });
  if (board !== 'service' && board !== 'workload') return undefined;
  const rows = board === 'service' ? (services.data?.services ?? []).map((s) => ({ ...s, value: s.host })) : (workloads.data?.workloads ?? []).map((w) => ({ ...w, value: `${w.namespace}/${w.name}` }));
  const shown = rows.filter((row) => namespaces.length === 0 || namespaces.includes(row.namespace));
  const busiest = shown.toSorted((a, b) => (b.requestsPerSecond ?? 0) - (a.requestsPerSecond ?? 0))[0];
  return { value: chosen ?? busiest?.value ?? null, select: (value) => void setChosen(value), options: shown.map(({ value, name, namespace }) => ({ value, label: name, note: namespace })) };
}
