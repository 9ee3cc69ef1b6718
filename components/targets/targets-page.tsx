'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { paths } from '#components/api/paths.ts';
import { promqlString } from '#components/api/prometheus.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { TableSkeleton } from '#components/data-table/table-skeleton.tsx';
import { Page } from '#components/shell/page.tsx';
import { useNamespaces } from '#components/shell/use-namespaces.ts';
import { StatusLabel } from '#components/status/status-label.tsx';
import type { NamedStatus } from '#components/status/status.ts';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import type { TargetStatus } from '#server/scrape/target-status.ts';
import { targetsQuery } from './queries.ts';

const STATES = ['all', 'up', 'down'] as const;
const LOOK: Readonly<Record<TargetStatus['health'], NamedStatus>> = { up: { status: 'healthy', label: 'Up' }, down: { status: 'failing', label: 'Down' }, unknown: { status: 'unknown', label: 'Not yet' } };
const RANK: Readonly<Record<TargetStatus['health'], number>> = { down: 0, unknown: 1, up: 2 };

const COLUMNS: readonly Column<TargetStatus>[] = [
  { id: 'health', header: 'State', width: 88, sortValue: (row) => RANK[row.health], cell: (row) => <StatusLabel quiet {...LOOK[row.health]} reason={row.lastError || undefined} /> },
  { id: 'workload', header: 'Workload', width: 190, sortValue: (row) => row.labels['workload'], cell: (row) => <Subject target={row} /> },
  {
    id: 'url',
    header: 'Address',
    from: 'md',
    sortValue: (row) => row.scrapeUrl,
    cell: (row) => (
      <span className="inline-flex max-w-full items-center">
        <code className="min-w-0 truncate font-mono text-fg-secondary">{row.scrapeUrl}</code>
        <CopyButton text={row.scrapeUrl} label="Copy the address" />
      </span>
    ),
  },
  { id: 'error', header: 'Last error', cell: (row) => (row.lastError === '' ? <span className="text-fg-tertiary">—</span> : <span title={row.lastError}>{row.lastError}</span>) },
  { id: 'samples', header: 'Samples', width: 88, align: 'right', from: 'lg', sortValue: (row) => row.samples, cell: (row) => <Samples target={row} /> },
  { id: 'duration', header: 'Took', width: 80, align: 'right', from: 'lg', sortValue: (row) => row.lastScrapeDuration, cell: (row) => formatNumber(row.lastScrape === undefined ? null : row.lastScrapeDuration, 's') },
  { id: 'last', header: 'Last scrape', width: 108, align: 'right', sortValue: (row) => row.lastScrape, cell: (row) => <RelativeTime at={row.lastScrape} /> },
];

/** `/targets`: where the metrics come from, and whether they still do. */
export function TargetsPage() {
  const query = useQuery(targetsQuery);
  const { selected: namespaces } = useNamespaces();
  const [state, setState] = useQueryState('state', parseAsStringLiteral(STATES).withDefault('all').withOptions({ history: 'push' }));
  return (
    <Page crumbs={[{ label: 'Targets' }]} time={false} fill>
      <DataState
        query={query}
        skeleton={<TableSkeleton />}
        className="h-full min-h-0"
        empty={({ targets }) =>
          targets.length === 0
            ? {
                title: 'Nothing is scraped yet',
                hint: (
                  <>
                    A workload entry annotated <code>prometheus.io/scrape: &quot;true&quot;</code> becomes a target within seconds.
                  </>
                ),
              }
            : undefined
        }
      >
        {({ targets }) => {
          const inScope = targets.filter(({ labels }) => namespaces.length === 0 || namespaces.includes(labels['namespace'] ?? ''));
          const count = (health: TargetStatus['health']): number => inScope.filter((row) => row.health === health).length;
          return (
            <DataTable
              fill
              label="Targets"
              rows={state === 'all' ? inScope : inScope.filter(({ health }) => health === state)}
              columns={inScope.some((row) => row.lastError !== '') ? COLUMNS : COLUMNS.filter(({ id }) => id !== 'error')}
              rowKey={(row) => `${row.scrapePool} ${row.labels['pod'] ?? ''} ${row.scrapeUrl}`}
              defaultSort={{ column: 'health', descending: false }}
              filterText={(row) => [...Object.values(row.labels), row.scrapeUrl, row.lastError].join(' ')}
              toolbar={
                <SegmentedControl
                  label="State"
                  value={state}
                  onValueChange={(next) => void setState(next)}
                  options={[
                    { value: 'all', label: `All ${inScope.length}` },
                    { value: 'up', label: `Up ${count('up')}` },
                    { value: 'down', label: `Down ${count('down')}` },
                  ]}
                />
              }
            />
          );
        }}
      </DataState>
    </Page>
  );
}

/** How many samples; a link to what they are. */
function Samples({ target }: { readonly target: TargetStatus }) {
  const { job = '', instance = '' } = target.labels;
  return (
    <AppLink href={paths.explore([`count by (__name__) ({job=${promqlString(job)}, instance=${promqlString(instance)}})`], 'table')} title="Its metrics in Explore" className="hover:text-accent hover:underline">
      {formatNumber(target.samples, 'count')}
    </AppLink>
  );
}

function Subject({ target }: { readonly target: TargetStatus }) {
  const { workload, namespace } = target.labels;
  const name = workload ?? target.labels['job'] ?? target.scrapeUrl;
  // The control plane and this server are targets too, but no workloads of the mesh.
  if (workload === undefined || namespace === undefined || workload === 'istiod') return <span className="font-medium">{name}</span>;
  return (
    <AppLink href={paths.workload(namespace, workload)} className="font-medium hover:underline">
      {name}
    </AppLink>
  );
}
