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
import { IssueCodes } from '#components/change/issue-codes.tsx';
import { issueCodes } from '#components/change/issue-words.ts';
import { Combobox } from '#components/ui/combobox.tsx';
import { StatusLabel } from '#components/status/status-label.tsx';
import { validationStatus } from '#components/status/status.ts';
import { Button } from '#components/ui/button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { Menu } from '#components/ui/menu.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import type { ConfigRow } from '#server/config/schemas.ts';
import { WRITABLE_KINDS } from '../editor/templates.ts';
import { ConfigTabs } from '../config-tabs.tsx';
import { kindIdOf, kindLabel, kindWords } from '../kind-label.ts';
import { configListQuery, servicesQuery } from '../queries.ts';
import { countCodes, countKinds, filterConfigRows } from './config-rows.ts';

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
  { id: 'name', header: 'Name', width: 180, sortValue: (row) => row.name, cell: (row) => <AppLink href={paths.configObject(row)} className="font-medium text-fg hover:underline">{row.name}</AppLink> },
  { id: 'kind', header: 'Kind', width: 148, sortValue: (row) => kindIdOf(row), cell: (row) => kindLabel(row) },
  { id: 'namespace', header: 'Namespace', width: 112, from: 'md', sortValue: (row) => row.namespace, cell: (row) => row.namespace ?? <span className="text-fg-tertiary">—</span> },
  { id: 'summary', header: 'What it does', from: 'md', cell: (row) => <WhatItDoes row={row} /> },
  { id: 'age', header: 'Created', width: 100, align: 'right', from: 'lg', sortValue: (row) => -Date.parse(row.creationTimestamp), cell: (row) => <RelativeTime at={row.creationTimestamp} /> },
];

/** Every object of the mesh with its validation state. */
export function ConfigListPage() {
  const query = useQuery(configListQuery());
  return (
    <Page crumbs={[{ label: 'Config' }]} actions={<NewMenu />} toolbar={<ConfigTabs current="objects" />} time={false} fill>
      <DataState query={query} skeleton={<TableSkeleton />} className="h-full min-h-0" empty={({ objects }) => (objects.length === 0 ? { title: 'The mesh has no configuration yet', hint: <>Start a workload with <code>npm run mesh -- run</code>, or write an object.</> } : undefined)}>
        {({ objects }) => <List rows={objects} />}
      </DataState>
    </Page>
  );
}

function List({ rows }: { readonly rows: readonly ConfigRow[] }) {
  const [kind, setKind] = useQueryState('kind', parseAsString.withDefault('').withOptions({ history: 'push' }));
  const [state, setState] = useQueryState('state', parseAsStringLiteral(STATES).withDefault('all').withOptions({ history: 'push' }));
  const [code, setCode] = useQueryState('code', parseAsString.withDefault('').withOptions({ history: 'push' }));
  const { selected } = useNamespaces();
  const kinds = countKinds(rows, selected);
  const shown = filterConfigRows(rows, { kind, state, code, namespaces: selected });
  const codes = countCodes(rows, selected);
  const ofKind = filterConfigRows(rows, { kind, state: 'all', code, namespaces: selected });
  const count = (wanted: (row: ConfigRow) => boolean): number => ofKind.filter(wanted).length;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <DataTable
        label="Objects"
        rows={shown}
        columns={COLUMNS}
        rowKey={(row) => `${row.group}/${row.kind}/${row.namespace ?? ''}/${row.name}`}
        hrefOf={(row) => paths.configObject(row)}
        filterText={(row) => `${kindLabel(row)} ${row.namespace ?? ''} ${row.name} ${row.summary} ${row.issues.map((issue) => `${issue.message} ${issueCodes(issue).join(' ')}`).join(' ')}`}
        defaultSort={{ column: 'state', descending: false }}
        fill={shown.length > 0}
        toolbar={
          <>
            <Combobox label="Kind" value={kind} onValueChange={(next) => void setKind(next === '' ? null : next)} options={[{ value: '', label: 'All kinds' }, ...kinds.map((entry) => ({ value: entry.kind, label: kindWords(entry.kind), note: String(entry.count) }))]} className="w-36" />
            {(codes.length > 0 || code !== '') && <Combobox label="Code" value={code} onValueChange={(next) => void setCode(next === '' ? null : next)} options={[{ value: '', label: 'All codes' }, ...codes.map((entry) => ({ value: entry.code, label: entry.code, note: String(entry.count) }))]} className="w-28" />}
            <SegmentedControl
              label="State"
              value={state}
              onValueChange={(next) => void setState(next)}
              options={[
                { value: 'all', label: `All ${ofKind.length}` },
                { value: 'findings', label: `With findings ${count(({ issues }) => issues.length > 0)}` },
                { value: 'error', label: `With errors ${count(({ validation }) => validation === 'error')}` },
              ]}
            />
          </>
        }
      />
      {shown.length === 0 && (
        <EmptyState
          title={code !== '' ? `No object with ${code} here` : state === 'all' ? 'No object of this kind here' : 'No object with findings'}
          hint={state === 'all' || code !== '' ? 'Choose another kind or code, or other namespaces.' : 'Everything that is shown is valid.'}
          action={
            <Button
              onClick={() => {
                void setKind(null);
                void setState(null);
                void setCode(null);
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

/** The gravest finding with its codes; without one, what the object does. */
function WhatItDoes({ row: { issues, summary } }: { readonly row: ConfigRow }) {
  const [first, ...more] = issues;
  if (first === undefined) return <span className="text-fg-secondary" title={summary}>{summary}</span>;
  return (
    <span className="flex min-w-0 items-center gap-1.5 text-fg-secondary" title={issues.map(({ message }) => message).join('\n')}>
      <IssueCodes issue={first} />
      <span className="min-w-0 truncate">{first.message}</span>
      {more.length > 0 && <span className="shrink-0 text-fg-tertiary">+{more.length}</span>}
    </span>
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
        ...WRITABLE_KINDS.filter(({ common }) => common === true).map((entry) => ({ kind: 'link' as const, label: kindWords(entry.kind), href: withParams(paths.configNew(), { kind: entry.kind, ns: selected.join(',') }), note: <span className="ml-3 text-label text-fg-tertiary">{entry.use}</span> })),
        { kind: 'link', label: 'Another kind…', href: withParams(paths.configNew(), { kind: 'HTTPRoute', ns: selected.join(',') }), note: <span className="ml-3 text-label text-fg-tertiary">{WRITABLE_KINDS.length} templates</span> },
      ]}
    />
  );
}
