'use client';

import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { parseAsString, parseAsStringLiteral, useQueryState } from 'nuqs';
import { paths, withParams } from '#components/api/paths.ts';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { useMay } from '#components/session/queries.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { TableSkeleton } from '#components/data-table/table-skeleton.tsx';
import { Page } from '#components/shell/page.tsx';
import { useNamespaces } from '#components/shell/use-namespaces.ts';
import { StatusLabel } from '#components/status/status-label.tsx';
import { validationStatus } from '#components/status/status.ts';
import { Button } from '#components/ui/button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { Menu } from '#components/ui/menu.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { Select } from '#components/ui/select.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import type { ConfigRow } from '#server/config/schemas.ts';
import { WRITABLE_KINDS } from '../editor/templates.ts';
import { configListQuery, servicesQuery } from '../queries.ts';
import { countKinds, filterConfigRows } from './config-rows.ts';

const STATES = ['all', 'findings', 'error'] as const;
const RANK: Readonly<Record<ConfigRow['validation'], number>> = { error: 0, warning: 1, valid: 2 };

const COLUMNS: readonly Column<ConfigRow>[] = [
  {
    id: 'state',
    header: 'State',
    width: 116,
    sortValue: (row) => RANK[row.validation],
    cell: (row) => <StatusLabel quiet {...validationStatus(row.validation)} reason={row.issues[0]?.message} className="align-middle" />,
  },
  { id: 'name', header: 'Name', width: 210, sortValue: (row) => row.name, cell: (row) => <AppLink href={paths.configObject(row)} className="font-medium text-fg hover:underline">{row.name}</AppLink> },
  { id: 'kind', header: 'Kind', width: 160, sortValue: (row) => row.kind, cell: (row) => row.kind },
  { id: 'namespace', header: 'Namespace', width: 120, from: 'md', sortValue: (row) => row.namespace, cell: (row) => row.namespace ?? <span className="text-fg-tertiary">—</span> },
  { id: 'summary', header: 'What it does', from: 'lg', cell: (row) => <span className="text-fg-secondary" title={row.issues.length === 0 ? row.summary : undefined}>{row.issues[0]?.message ?? row.summary}</span> },
  { id: 'age', header: 'Created', width: 100, align: 'right', from: 'md', sortValue: (row) => -Date.parse(row.creationTimestamp), cell: (row) => <RelativeTime at={row.creationTimestamp} /> },
];

/** Every object of the mesh with its validation state. */
export function ConfigListPage() {
  const query = useQuery(configListQuery());
  return (
    <Page crumbs={[{ label: 'Config' }]} actions={<NewMenu />} time={false} fill>
      <DataState query={query} skeleton={<TableSkeleton />} className="h-full min-h-0" empty={({ objects }) => (objects.length === 0 ? { title: 'The mesh has no configuration yet', hint: <>Start a workload with <code>npm run mesh -- run</code>, or write an object.</> } : undefined)}>
        {({ objects }) => <List rows={objects} />}
      </DataState>
    </Page>
  );
}

function List({ rows }: { readonly rows: readonly ConfigRow[] }) {
  const [kind, setKind] = useQueryState('kind', parseAsString.withDefault('').withOptions({ history: 'push' }));
  const [state, setState] = useQueryState('state', parseAsStringLiteral(STATES).withDefault('all').withOptions({ history: 'push' }));
  const { selected } = useNamespaces();
  const kinds = countKinds(rows, selected);
  const shown = filterConfigRows(rows, { kind, state, namespaces: selected });
  const ofKind = filterConfigRows(rows, { kind, state: 'all', namespaces: selected });
  const count = (wanted: (row: ConfigRow) => boolean): number => ofKind.filter(wanted).length;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <DataTable
        label="Objects"
        rows={shown}
        columns={COLUMNS}
        rowKey={(row) => `${row.kind}/${row.namespace ?? ''}/${row.name}`}
        hrefOf={(row) => paths.configObject(row)}
        filterText={(row) => `${row.kind} ${row.namespace ?? ''} ${row.name} ${row.summary} ${row.issues.map(({ message, code }) => `${message} ${code ?? ''}`).join(' ')}`}
        defaultSort={{ column: 'state', descending: false }}
        fill={shown.length > 0}
        toolbar={
          <>
            <Select label="Kind" value={kind} onValueChange={(next) => void setKind(next)} options={[{ value: '', label: 'All kinds' }, ...kinds.map((entry) => ({ value: entry.kind, label: `${entry.kind} (${entry.count})` }))]} className="w-52" />
            <SegmentedControl
              label="State"
              value={state}
              onValueChange={(next) => void setState(next)}
              options={[
                { value: 'all', label: `All ${ofKind.length}` },
                { value: 'findings', label: `With findings ${count(({ validation }) => validation !== 'valid')}` },
                { value: 'error', label: `Invalid ${count(({ validation }) => validation === 'error')}` },
              ]}
            />
          </>
        }
      />
      {shown.length === 0 && (
        <EmptyState
          title={state === 'all' ? 'No object of this kind here' : 'No object with findings'}
          hint={state === 'all' ? 'Choose another kind or other namespaces.' : 'Everything that is shown is valid.'}
          action={
            <Button
              onClick={() => {
                void setKind(null);
                void setState(null);
              }}
            >
              Show all
            </Button>
          }
        />
      )}
    </div>
  );
}

function NewMenu() {
  const services = useQuery(servicesQuery).data ?? [];
  const { selected } = useNamespaces();
  const namespace = selected[0] ?? services[0]?.namespace ?? 'default';
  if (!useMay('edit')) return null;
  // A split needs two versions to share between.
  const splittable = services.filter(({ external, namespace: owner, workloads }) => !external && workloads.length > 1 && (selected.length === 0 || selected.includes(owner)));
  return (
    <Menu
      trigger={
        <Button variant="primary" icon={<Plus />}>
          New
        </Button>
      }
      entries={[
        { kind: 'heading', label: 'In a form' },
        { kind: 'link', label: 'Authorization policy', href: paths.authorization(namespace) },
        ...splittable.slice(0, 12).map((service) => ({ kind: 'link' as const, label: `Traffic split of ${service.name}`, href: paths.trafficSplit(service.namespace, service.name) })),
        { kind: 'separator' },
        { kind: 'heading', label: 'As YAML' },
        ...WRITABLE_KINDS.map((entry) => ({ kind: 'link' as const, label: entry.kind, href: withParams(paths.configNew(), { kind: entry.kind, ns: selected.join(',') }), note: <span className="ml-3 text-label text-fg-tertiary">{entry.use}</span> })),
      ]}
    />
  );
}
