'use client';

import type { ReactNode } from 'react';
import { paths } from '#components/api/paths.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { StatusLabel } from '#components/status/status-label.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { DroppedTargetStatus, TargetStatus } from '#server/scrape/target-status.ts';
import { targetComplaint, targetKey, targetName, targetRank, targetStatus } from './read-target.ts';

const POOL: Column<TargetStatus> = { id: 'pool', header: 'Pool', width: 148, from: 'md', sortValue: (row) => row.scrapePool, cell: (row) => <span className="text-fg-secondary">{row.scrapePool}</span> };
const COMPLAINT: Column<TargetStatus> = { id: 'error', header: 'What is wrong', cell: (row) => <span title={targetComplaint(row)}>{targetComplaint(row) ?? <span className="text-fg-tertiary">—</span>}</span> };
const COLUMNS: readonly Column<TargetStatus>[] = [
  { id: 'health', header: 'State', width: 88, sortValue: targetRank, cell: (row) => <StatusLabel quiet {...targetStatus(row)} reason={targetComplaint(row)} /> },
  { id: 'workload', header: 'Target', width: 240, sortValue: (row) => `${targetName(row)} ${row.labels['instance'] ?? ''}`, cell: (row) => <Subject target={row} /> },
  { id: 'url', header: 'Address', from: 'md', sortValue: (row) => row.scrapeUrl, cell: (row) => <code className="font-mono text-fg-secondary" title={row.scrapeUrl}>{row.scrapeUrl}</code> },
  { id: 'samples', header: 'Samples', width: 84, align: 'right', from: 'lg', sortValue: (row) => row.samples, cell: (row) => formatNumber(row.samples, 'count') },
  { id: 'duration', header: 'Took', width: 80, align: 'right', from: 'lg', sortValue: (row) => row.lastScrapeDuration, cell: (row) => formatNumber(row.lastScrape === undefined ? null : row.lastScrapeDuration, 's') },
  { id: 'last', header: 'Last scrape', width: 104, align: 'right', sortValue: (row) => row.lastScrape, cell: (row) => <RelativeTime at={row.lastScrape} /> },
];

export interface TargetTableProps {
  readonly targets: readonly TargetStatus[];
  readonly selectedKey: string | undefined;
  readonly onOpen: (key: string) => void;
  readonly toolbar: ReactNode;
  /** There is more than one pool. */
  readonly withPool: boolean;
}

/** Targets with how their last scrape went, those that need a person first. */
export function TargetTable({ targets, selectedKey, onOpen, toolbar, withPool }: TargetTableProps) {
  const [health, subject, address, ...rest] = COLUMNS;
  // What is wrong needs the room: the address is in the panel too.
  const middle = targets.some((row) => targetComplaint(row) !== undefined) ? COMPLAINT : address;
  const columns = [health, subject, withPool ? POOL : undefined, middle, ...rest].filter((column) => column !== undefined);
  return (
    <DataTable
      fill
      label="Targets"
      rows={targets}
      columns={columns}
      rowKey={targetKey}
      onOpen={(row) => onOpen(targetKey(row))}
      selectedKey={selectedKey}
      defaultSort={{ column: 'health', descending: false }}
      filterText={(row) => [...Object.values(row.labels), row.scrapePool, row.scrapeUrl, targetComplaint(row)].join(' ')}
      toolbar={toolbar}
    />
  );
}

const DROPPED_COLUMNS: readonly Column<DroppedTargetStatus>[] = [
  { id: 'address', header: 'Address', width: 200, sortValue: (row) => row.discoveredLabels['__address__'], cell: (row) => <code className="font-mono">{row.discoveredLabels['__address__'] ?? '—'}</code> },
  { id: 'pool', header: 'Pool', width: 160, sortValue: (row) => row.scrapePool, cell: (row) => row.scrapePool },
  { id: 'labels', header: 'Discovered labels', cell: (row) => <code className="font-mono text-fg-secondary" title={labelLines(row)}>{labelLines(row).replaceAll('\n', ' ')}</code> },
];

/** Targets that relabelling left out, with what discovery knew of them. */
export function DroppedTable({ dropped, toolbar }: { readonly dropped: readonly DroppedTargetStatus[]; readonly toolbar: ReactNode }) {
  return <DataTable fill label="Dropped targets" urlKey="dropped" rows={dropped} columns={DROPPED_COLUMNS} rowKey={(row) => `${row.scrapePool} ${labelLines(row)}`} filterText={labelLines} toolbar={toolbar} />;
}

function labelLines({ discoveredLabels }: DroppedTargetStatus): string {
  return Object.entries(discoveredLabels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join('\n');
}

function Subject({ target }: { readonly target: TargetStatus }) {
  const { workload, namespace } = target.labels;
  // The control plane, this server and what a file names are targets too, but no workloads of the mesh.
  if (workload === undefined || namespace === undefined || workload === 'istiod') {
    return (
      <span title={target.labels['instance']}>
        <span className="font-medium">{targetName(target)}</span> <span className="text-fg-tertiary">{target.labels['instance']}</span>
      </span>
    );
  }
  return (
    <AppLink href={paths.workload(namespace, workload)} className="font-medium hover:underline">
      {targetName(target)}
    </AppLink>
  );
}
