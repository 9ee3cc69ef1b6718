'use client';

import { useMemo, useState } from 'react';
import { codeClassColor } from '#components/charts/chart-series.ts';
import { ShareMeter } from '#components/charts/share-meter.tsx';
import { useNamespaces } from '#components/shell/use-namespaces.ts';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { byStatus, STATUS, type Status } from '#components/status/status.ts';
import { Button } from '#components/ui/button.tsx';
import { QueryLink } from '#components/ui/query-link.tsx';
import { SidePanel } from '#components/ui/side-panel.tsx';
import { Stat } from '#components/ui/stat.tsx';
import type { Graph, GraphEdge } from '#server/graph/core/graph-model.ts';
import { namespaceOfBox } from './graph-elements.ts';
import { NeighbourList } from './neighbour-list.tsx';
import { Section } from './panel-parts.tsx';
import { TrafficCharts } from './traffic-charts.tsx';
import { meshSelector } from './traffic-queries.ts';

export interface GraphPanelProps {
  readonly graph: Graph;
  /** Id of a box: the panel is about what is in it. */
  readonly box: string | undefined;
  readonly onChoose: (id: string | undefined) => void;
  readonly onClose: () => void;
}

/** The whole graph, or one box of it: how much, how well, what is wrong first. */
export function GraphPanel({ graph, box, onChoose, onClose }: GraphPanelProps) {
  const { selected } = useNamespaces();
  const namespace = box === undefined ? undefined : (namespaceOfBox(box) ?? graph.boxes.find((each) => each.id === box)?.namespace);
  const nodes = useMemo(() => (box === undefined ? graph.nodes : graph.nodes.filter((node) => node.parent === box || node.namespace === namespaceOfBox(box))), [graph.nodes, box]);
  const inside = useMemo(() => new Set(nodes.map((node) => node.id)), [nodes]);
  const edges = useMemo(() => graph.edges.filter((edge) => inside.has(edge.source) || inside.has(edge.target)), [graph.edges, inside]);
  const selector = useMemo(() => meshSelector(namespace === undefined ? selected : [namespace]), [namespace, selected]);
  const label = box === undefined ? 'The whole graph' : (namespaceOfBox(box) ?? graph.boxes.find((each) => each.id === box)?.label ?? box);
  const wrong = edges.filter((edge) => edge.health.status === 'failing' || edge.health.status === 'degraded');
  // Between a caller and a service, and again between the service and its workload, the same requests are drawn twice.
  const totals = totalsOf(graph.type === 'service' ? edges : edges.filter((edge) => !edge.source.startsWith('svc:')));
  return (
    <SidePanel label={`${label}: summary`} title={label} subtitle={box === undefined ? `${nodes.length} nodes, ${edges.length} edges, rates over ${graph.durationSeconds} s` : `${namespaceOfBox(box) === undefined ? `Versions of an app in ${namespace ?? ''}` : 'Namespace'}: ${nodes.length} nodes`} onClose={box === undefined ? onClose : () => onChoose(undefined)}>
      <Section title="Now">
        <div className="grid grid-cols-3 gap-2">
          <Stat label="Requests" value={totals.rate} unit="rps" />
          <Stat label="4xx, 5xx errors" value={totals.rate > 0 ? totals.errors / totals.rate : null} unit="ratio" />
          <Stat label="Mutual TLS" value={totals.mtls} unit="ratio" />
        </div>
        <HealthCounts statuses={nodes.map((node) => node.health.status)} />
      </Section>
      {wrong.length > 0 && (
        <Section title="What is wrong" note={wrong.length}>
          <NeighbourList graph={graph} edges={wrong} end="both" onChoose={onChoose} />
        </Section>
      )}
      <Section title="Response codes">
        {totals.codes.length === 0 ? <p className="text-label text-fg-secondary">None in this window.</p> : <ShareMeter label="Response codes" legend segments={totals.codes.map(([code, value]) => ({ label: code === '-' ? 'no response' : code, value, color: codeClassColor(code) }))} />}
      </Section>
      <Section title="Over time">
        <TrafficCharts selector={selector} />
      </Section>
      <Section title="Edges" note={edges.length}>
        <CallList graph={graph} edges={edges.filter((edge) => !wrong.includes(edge))} onChoose={onChoose} />
      </Section>
      <Section title="Made of" note="queries">
        <ul className="flex flex-col">
          {Object.entries(graph.queries).map(([name, query]) => (
            <li key={name} className="flex items-center gap-2 text-label">
              <span className="min-w-0 flex-1 truncate font-mono text-fg-secondary">{name}</span>
              <QueryLink query={query} time={graph.at} />
            </li>
          ))}
        </ul>
      </Section>
    </SidePanel>
  );
}

const FIRST = 12;

function CallList({ graph, edges, onChoose }: { readonly graph: Graph; readonly edges: readonly GraphEdge[]; readonly onChoose: (id: string) => void }) {
  const [all, setAll] = useState(false);
  const sorted = edges.toSorted((a, b) => b.rates.rate - a.rates.rate);
  if (edges.length === 0) return <p className="text-label text-fg-secondary">No others.</p>;
  return (
    <>
      <NeighbourList graph={graph} edges={all ? sorted : sorted.slice(0, FIRST)} end="both" onChoose={onChoose} />
      {!all && sorted.length > FIRST && (
        <Button variant="ghost" className="mt-1" onClick={() => setAll(true)}>
          Show all {sorted.length}
        </Button>
      )}
    </>
  );
}

function HealthCounts({ statuses }: { readonly statuses: readonly Status[] }) {
  const counts = [...Map.groupBy(statuses, (status) => status)].sort(([a], [b]) => byStatus(a, b));
  return (
    <ul className="mt-3 flex flex-wrap gap-x-3 gap-y-1 text-label" aria-label="Nodes by health">
      {counts.map(([status, same]) => (
        <li key={status} className="flex items-center gap-1.5">
          <StatusGlyph status={status} size={12} />
          <span className="tabular-nums">{same.length}</span>
          <span className="text-fg-secondary">{STATUS[status].label.toLowerCase()}</span>
        </li>
      ))}
    </ul>
  );
}

function totalsOf(edges: readonly GraphEdge[]): { rate: number; errors: number; mtls: number | null; codes: (readonly [string, number])[] } {
  const requests = edges.filter((edge) => edge.rates.protocol !== 'tcp');
  const codes = new Map<string, number>();
  let [rate, errors, secured, known] = [0, 0, 0, 0];
  for (const edge of requests) {
    rate += edge.rates.rate;
    errors += edge.rates.rate * edge.rates.errorRatio;
    if (edge.mtls !== null) {
      secured += edge.rates.rate * edge.mtls;
      known += edge.rates.rate;
    }
    for (const [code, value] of Object.entries(edge.rates.codes)) codes.set(code, (codes.get(code) ?? 0) + value);
  }
  return { rate, errors, mtls: known > 0 ? secured / known : null, codes: [...codes].filter(([, value]) => value > 0).sort(([a], [b]) => (a < b ? -1 : 1)) };
}
