'use client';

import { useQuery } from '@tanstack/react-query';
import { paths } from '#components/api/paths.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { Page } from '#components/shell/page.tsx';
import { useNamespaces } from '#components/shell/use-namespaces.ts';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { DataState } from '#components/ui/data-state.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { Skeleton, SkeletonRows } from '#components/ui/skeleton.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import { ProblemList } from './problem-list.tsx';
import { overviewQuery } from './queries.ts';
import { RecentChanges } from './recent-changes.tsx';
import { ServiceTable } from './service-table.tsx';
import { Vitals } from './vitals.tsx';

/** `/`: is the mesh well? What is wrong comes first, then the vital signs, then every service. */
export function OverviewPage() {
  const { selected } = useNamespaces();
  const { promRange } = useTimeRange();
  const query = useQuery(overviewQuery(selected, promRange.from, promRange.to));
  return (
    <Page crumbs={[{ label: 'Overview' }]}>
      <DataState query={query} skeleton={<OverviewSkeleton />} partial={({ warnings }) => (warnings.length === 0 ? undefined : warnings.join(' '))}>
        {(answer) => (
          <div className="flex flex-col gap-4">
            <ProblemList problems={answer.problems} />
            <Vitals answer={answer} />
            <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_290px]">
              <Panel
                title="Services"
                note={`${answer.services.length}`}
                flush
                actions={
                  <AppLink href={paths.services()} className="rounded-sm px-1 text-label text-accent hover:underline">
                    All services
                  </AppLink>
                }
              >
                {answer.services.length === 0 ? (
                  <EmptyState
                    title="No service is registered here yet"
                    hint={
                      <>
                        Any program joins with <code>npm run mesh -- run --service NAME --version V --port P -- COMMAND</code>
                      </>
                    }
                  />
                ) : (
                  <ServiceTable services={answer.services} />
                )}
              </Panel>
              <RecentChanges namespaces={selected} />
            </div>
          </div>
        )}
      </DataState>
    </Page>
  );
}

function OverviewSkeleton() {
  return (
    <div className="flex flex-col gap-4" aria-hidden>
      <Skeleton className="h-10 w-full" />
      <Skeleton className="h-24 w-full" />
      <Panel flush>
        <SkeletonRows rows={10} />
      </Panel>
    </div>
  );
}
