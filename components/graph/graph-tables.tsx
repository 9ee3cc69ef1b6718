'use client';

import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { useMemo } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { StatusLabel } from '#components/status/status-label.tsx';
import { STATUS } from '#components/status/status.ts';
import { Tabs } from '#components/ui/tabs.tsx';
import type { Graph, GraphEdge, GraphNode, ProtocolRates } from '#server/graph/core/graph-model.ts';
import { errorText } from './edge-label.ts';
import type { Matches } from './find-and-hide.ts';
import { BADGES, badgesOf, kindName } from './graph-icons.ts';
import { pageOfNode } from './graph-links.ts';

export interface GraphTablesProps {
  readonly graph: Graph;
  /** Only these rows, while something is looked for. */
  readonly found: Matches | undefined;
  readonly chosen: string | undefined;
  readonly onChoose: (id: string) => void;
}

/** The same graph as two tables: everything the drawing shows, to sort, filter and read aloud. */
export function GraphTables({ graph, found, chosen, onChoose }: GraphTablesProps) {
  const [tab, setTab] = useQueryState('table', parseAsStringLiteral(['edges', 'nodes'] as const).withDefault('edges'));
  const names = useMemo(() => new Map(graph.nodes.map((node) => [node.id, node])), [graph.nodes]);
  const nodes = found === undefined ? graph.nodes : graph.nodes.filter((node) => found.nodes.has(node.id));
  const edges = found === undefined ? graph.edges : graph.edges.filter((edge) => found.edges.has(edge.id));
  const edgeColumns = useMemo(() => columnsOfEdges(names), [names]);
  return (
    <Tabs
      value={tab}
      onValueChange={(next) => void setTab(next)}
      label="What the table lists"
      className="h-full px-3"
      tabs={[
        { value: 'edges', label: 'Edges', count: edges.length, content: <DataTable label="Edges" fill rows={edges} columns={edgeColumns} rowKey={(edge) => edge.id} onOpen={(edge) => onChoose(edge.id)} selectedKey={chosen} filterText={(edge) => `${names.get(edge.source)?.label ?? ''} ${names.get(edge.target)?.label ?? ''} ${edge.rates.protocol} ${edge.health.status}`} defaultSort={{ column: 'health', descending: true }} /> },
        { value: 'nodes', label: 'Nodes', count: nodes.length, content: <DataTable label="Nodes" fill rows={nodes} columns={NODE_COLUMNS} rowKey={(node) => node.id} onOpen={(node) => onChoose(node.id)} selectedKey={chosen} filterText={(node) => `${node.label} ${node.namespace} ${kindName(node)} ${node.health.status}`} defaultSort={{ column: 'health', descending: true }} urlKey="n" /> },
      ]}
    />
  );
}

function columnsOfEdges(names: ReadonlyMap<string, GraphNode>): readonly Column<GraphEdge>[] {
  const name = (id: string): string => names.get(id)?.label ?? id;
  return [
    { id: 'source', header: 'From', cell: (edge) => name(edge.source), sortValue: (edge) => name(edge.source) },
    { id: 'target', header: 'To', cell: (edge) => name(edge.target), sortValue: (edge) => name(edge.target) },
    { id: 'health', header: 'Health', width: 116, cell: (edge) => <StatusLabel status={edge.health.status} reason={edge.health.reason} quiet />, sortValue: (edge) => STATUS[edge.health.status].rank },
    { id: 'protocol', header: 'Protocol', width: 84, from: 'xl', cell: (edge) => edge.rates.protocol.toUpperCase(), sortValue: (edge) => edge.rates.protocol },
    { id: 'rate', header: 'Rate', width: 92, align: 'right', cell: (edge) => formatNumber(edge.rates.rate, edge.rates.protocol === 'tcp' ? 'bytesPerSecond' : 'rps'), sortValue: (edge) => edge.rates.rate },
    { id: 'errors', header: 'Errors', hint: '4xx, 5xx and requests without an answer', width: 84, align: 'right', cell: (edge) => (edge.rates.protocol === 'tcp' ? '—' : errorText(edge.rates.errorRatio)), sortValue: (edge) => edge.rates.errorRatio },
    { id: 'p95', header: 'p95', width: 92, align: 'right', cell: (edge) => formatNumber(edge.latencyMs.p95, 'ms'), sortValue: (edge) => edge.latencyMs.p95 },
    { id: 'throughput', header: 'Throughput', width: 112, align: 'right', from: 'xl', hint: 'Bodies of requests and responses', cell: (edge) => formatNumber(throughput(edge), 'bytesPerSecond'), sortValue: throughput },
    { id: 'share', header: 'Share', width: 80, align: 'right', from: 'xl', hint: 'Of the caller’s requests', cell: (edge) => formatNumber(edge.shareOfSource, 'ratio'), sortValue: (edge) => edge.shareOfSource },
    { id: 'mtls', header: 'mTLS', width: 80, align: 'right', from: 'lg', cell: (edge) => formatNumber(edge.mtls, 'ratio'), sortValue: (edge) => edge.mtls },
  ];
}

const NODE_COLUMNS: readonly Column<GraphNode>[] = [
  { id: 'name', header: 'Name', cell: (node) => <NodeName node={node} />, sortValue: (node) => node.label },
  { id: 'namespace', header: 'Namespace', width: 120, from: 'lg', cell: (node) => node.namespace, sortValue: (node) => node.namespace },
  { id: 'kind', header: 'Kind', width: 120, cell: kindName, sortValue: kindName },
  { id: 'health', header: 'Health', width: 116, cell: (node) => <StatusLabel status={node.health.status} reason={node.health.reason} quiet />, sortValue: (node) => STATUS[node.health.status].rank },
  { id: 'in', header: 'Rate in', width: 92, align: 'right', cell: (node) => formatNumber(requests(node.inbound), 'rps'), sortValue: (node) => requests(node.inbound) },
  { id: 'out', header: 'Rate out', width: 92, align: 'right', cell: (node) => formatNumber(requests(node.outbound), 'rps'), sortValue: (node) => requests(node.outbound) },
  { id: 'errors', header: 'Errors in', width: 92, align: 'right', from: 'lg', cell: (node) => formatNumber(errors(node.inbound), 'ratio'), sortValue: (node) => errors(node.inbound) },
  { id: 'badges', header: 'Config', from: 'xl', cell: (node) => badgesOf(node).map((badge) => BADGES[badge]).join(', ') || '—' },
];

function NodeName({ node }: { readonly node: GraphNode }) {
  const page = pageOfNode(node);
  return page === undefined ? node.label : <AppLink href={page.href} className="font-medium hover:underline">{node.label}</AppLink>;
}

function requests(rates: readonly ProtocolRates[]): number | null {
  const mine = rates.filter((rate) => rate.protocol !== 'tcp');
  return mine.length === 0 ? null : mine.reduce((sum, rate) => sum + rate.rate, 0);
}

function errors(rates: readonly ProtocolRates[]): number | null {
  const total = requests(rates);
  return total === null || total === 0 ? null : rates.reduce((sum, rate) => sum + (rate.protocol === 'tcp' ? 0 : rate.rate * rate.errorRatio), 0) / total;
}

function throughput({ throughput: { request, response } }: GraphEdge): number | null {
  return request === null && response === null ? null : (request ?? 0) + (response ?? 0);
}
