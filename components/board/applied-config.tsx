'use client';

import { useQuery } from '@tanstack/react-query';
import { paths } from '#components/api/paths.ts';
import { configListQuery } from '#components/config/queries.ts';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { StatusLabel } from '#components/status/status-label.tsx';
import { validationStatus } from '#components/status/status.ts';
import { DataState } from '#components/ui/data-state.tsx';
import type { ConfigRow } from '#server/config/schemas.ts';

const COLUMNS: readonly Column<ConfigRow>[] = [
  { id: 'state', header: 'State', width: 104, cell: (row) => <StatusLabel quiet {...validationStatus(row.validation)} reason={row.issues[0]?.message} /> },
  {
    id: 'object',
    header: 'Object',
    width: 240,
    sortValue: (row) => row.name,
    cell: (row) => (
      <AppLink href={paths.configObject(row)} className="font-medium hover:underline">
        {row.name}
      </AppLink>
    ),
  },
  { id: 'kind', header: 'Kind', width: 170, from: 'md', sortValue: (row) => row.kind, cell: (row) => row.kind },
  { id: 'summary', header: 'What it does', cell: (row) => <span className="text-fg-secondary" title={row.summary}>{row.issues[0]?.message ?? row.summary}</span> },
];

/** Configuration objects, named `Kind/namespace/name`, with their validation and what they do. */
export function AppliedConfig({ names, hint }: { readonly names: readonly string[]; readonly hint: string }) {
  const query = useQuery(configListQuery());
  return (
    <DataState query={query} empty={({ objects }) => (pick(objects, names).length === 0 ? { title: 'No config applies', hint } : undefined)}>
      {({ objects }) => <DataTable label="Config that applies" urlKey="config" rows={pick(objects, names)} columns={COLUMNS} rowKey={keyOf} hrefOf={(row) => paths.configObject(row)} />}
    </DataState>
  );
}

function pick(objects: readonly ConfigRow[], names: readonly string[]): readonly ConfigRow[] {
  const wanted = new Set(names);
  return objects.filter((row) => wanted.has(keyOf(row)));
}

function keyOf({ kind, namespace, name }: ConfigRow): string {
  return `${kind}/${namespace ?? '-'}/${name}`;
}
