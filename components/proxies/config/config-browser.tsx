'use client';

import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { useMemo } from 'react';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { StatusLabel } from '#components/status/status-label.tsx';
import { comparisonStatus, STATUS } from '#components/status/status.ts';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { SplitLayout } from '#components/ui/split-layout.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import type { ComparedResource } from '#server/proxies/schemas.ts';
import { CONFIG_TYPES, TYPE_NAMES } from '../type-names.ts';
import { isDifference } from './is-difference.ts';
import { namedBy, refKey, type ConfigRef } from './references.ts';
import { ConfigIndex } from './resource-link.tsx';
import { ResourcePanel } from './resource-panel.tsx';
import { summarizeResource } from './summarize-resource.ts';

interface Row extends ComparedResource {
  readonly key: string;
  readonly summary: string;
  /** All that a search may find: names, hosts, addresses, whatever stands in it. */
  readonly text: string;
}

const STATE: Column<Row> = { id: 'state', header: 'State', width: 112, sortValue: (row) => -STATUS[comparisonStatus(row).status].rank, cell: (row) => <StatusLabel quiet {...comparisonStatus(row)} /> };
const TYPE: Column<Row> = { id: 'type', header: 'Type', width: 96, sortValue: (row) => CONFIG_TYPES.indexOf(row.type), cell: (row) => TYPE_NAMES[row.type].one };
const NAME: Column<Row> = { id: 'name', header: 'Name', sortValue: (row) => row.name, cell: (row) => <code className="font-mono" title={row.name}>{row.name}</code> };
const REST: readonly Column<Row>[] = [
  { id: 'summary', header: 'What', from: 'lg', width: 320, sortValue: (row) => row.summary, cell: (row) => <span className="text-fg-secondary" title={row.summary}>{row.summary}</span> },
  { id: 'received', header: 'Received', from: 'md', width: 104, align: 'right', hint: 'When the proxy got it in this form', sortValue: (row) => row.updatedAt, cell: (row) => <RelativeTime at={row.updatedAt} /> },
];

/** A proxy's configuration: a table for each type, searched in all of its text, and the chosen resource beside it with links to what it names. */
export function ConfigBrowser({ resources, onlyDifferences }: { readonly resources: readonly ComparedResource[]; readonly onlyDifferences: boolean }) {
  const [{ type, resource }, setView] = useQueryStates({ type: parseAsStringLiteral(CONFIG_TYPES).withDefault('listener'), resource: parseAsString }, { history: 'push' });
  const rows = useMemo(() => resources.map((one): Row => ({ ...one, key: refKey(one), summary: summarizeResource(one), text: `${one.name} ${JSON.stringify([one.held, one.offered])}` })), [resources]);
  const users = useMemo(() => namedBy(resources), [resources]);
  const open = rows.find((row) => row.key === resource);
  const index = useMemo(
    () => ({ has: (ref: ConfigRef) => rows.some((row) => row.key === refKey(ref)), open: (ref: ConfigRef) => void setView({ type: ref.type, resource: refKey(ref) }), users: (ref: ConfigRef) => users.get(refKey(ref)) ?? [] }),
    [rows, users, setView],
  );
  const differing = rows.filter(isDifference);
  if (onlyDifferences && differing.length === 0) return <NoDifference compared={rows.some(({ comparison }) => comparison !== 'unknown')} />;
  const shown = onlyDifferences ? differing : rows.filter((row) => row.type === type);
  return (
    <ConfigIndex value={index}>
      <SplitLayout sideWidth={560} side={open === undefined ? undefined : <ResourcePanel key={open.key} resource={open} startWithDifference={onlyDifferences} onClose={() => void setView({ resource: null })} />}>
        <DataTable
          fill
          label={onlyDifferences ? 'Differences' : TYPE_NAMES[type].many}
          rows={shown}
          columns={onlyDifferences ? [STATE, TYPE, NAME, ...REST] : [NAME, ...REST, STATE]}
          rowKey={(row) => row.key}
          onOpen={(row) => void setView({ resource: row.key === resource ? null : row.key })}
          selectedKey={resource ?? undefined}
          filterText={(row) => row.text}
          defaultSort={{ column: 'name', descending: false }}
          {...(onlyDifferences
            ? {}
            : {
                toolbar: (
                  <SegmentedControl label="Type" value={type} onValueChange={(next) => void setView({ type: next, resource: null })} options={CONFIG_TYPES.map((one) => ({ value: one, label: `${TYPE_NAMES[one].many} ${rows.filter((row) => row.type === one).length}`, description: TYPE_NAMES[one].api }))} />
                ),
              })}
        />
      </SplitLayout>
    </ConfigIndex>
  );
}

function NoDifference({ compared }: { readonly compared: boolean }) {
  return compared ? (
    <EmptyState title="The proxy has exactly what the control plane offers" hint="Every listener, route, cluster, endpoint and secret is the same, field by field." />
  ) : (
    <EmptyState title="There is nothing to compare" hint="Only one side tells this proxy's configuration." />
  );
}
