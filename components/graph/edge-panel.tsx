'use client';

import { Route, ShieldCheck } from 'lucide-react';
import { useMemo } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { StatusBadge } from '#components/status/status-label.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { SidePanel } from '#components/ui/side-panel.tsx';
import { Stat } from '#components/ui/stat.tsx';
import type { Graph, GraphConfigRef, GraphEdge, GraphNode } from '#server/graph/core/graph-model.ts';
import { codeToTrace, FailedTraces } from './failed-traces.tsx';
import { GraphIcon } from './graph-icon.tsx';
import { authorizationHref, traceServiceOf, tracesHref, trafficSplitHref } from './graph-links.ts';
import { CodesAndFlags, ConfigList, Facts, LinkRow, Section } from './panel-parts.tsx';
import { TrafficCharts } from './traffic-charts.tsx';
import { edgeSelector } from './traffic-queries.ts';

export interface EdgePanelProps {
  readonly graph: Graph;
  readonly edge: GraphEdge;
  readonly onChoose: (id: string | undefined) => void;
}

/** Everything about one call: how it goes, how it is secured, what shapes it, and the traces that show why. */
export function EdgePanel({ graph, edge, onChoose }: EdgePanelProps) {
  const { source, target } = useMemo(() => ({ source: graph.nodes.find((node) => node.id === edge.source), target: graph.nodes.find((node) => node.id === edge.target) }), [graph.nodes, edge.source, edge.target]);
  const selector = useMemo(() => edgeSelector(edge, source, target), [edge, source, target]);
  const { rates, latencyMs, throughput } = edge;
  const isTcp = rates.protocol === 'tcp';
  const [from, to] = [source === undefined ? undefined : traceServiceOf(source), target === undefined ? undefined : traceServiceOf(target)];
  const split = target === undefined || target.kind === 'serviceEntry' ? undefined : trafficSplitHref(target);
  const authorization = target === undefined ? undefined : authorizationHref(edge, target);
  return (
    <SidePanel
      label="Call: details"
      onClose={() => onChoose(undefined)}
      title={
        <span className="flex min-w-0 items-baseline gap-1.5">
          <EndButton node={source} onChoose={onChoose} />
          <span className="text-fg-tertiary">→</span>
          <EndButton node={target} onChoose={onChoose} />
        </span>
      }
      subtitle={`${rates.protocol.toUpperCase()} over ${graph.durationSeconds} s`}
    >
      <Section title="Health">
        <div className="flex flex-wrap items-center gap-2 text-label">
          <StatusBadge status={edge.health.status} />
          <span className="min-w-0 flex-1 basis-40 text-fg-secondary">{edge.health.reason}</span>
        </div>
        <div className="mt-3 grid grid-cols-3 gap-2">
          <Stat label={isTcp ? 'Throughput' : 'Requests'} value={rates.rate} unit={isTcp ? 'bytesPerSecond' : 'rps'} />
          {!isTcp && <Stat label="4xx, 5xx errors" value={rates.errorRatio} unit="ratio" />}
          {!isTcp && <Stat label="p95" value={latencyMs.p95} unit="ms" />}
        </div>
        <div className="mt-3 flex flex-wrap gap-1.5">
          {split !== undefined && (
            <AppLink href={split} className={buttonClass()}>
              <Route />
              Open traffic split
            </AppLink>
          )}
          {authorization !== undefined && (
            <AppLink href={authorization} className={buttonClass()}>
              <ShieldCheck />
              Open authorization for this edge
            </AppLink>
          )}
        </div>
      </Section>
      <Section title="Details">
        <Facts
          facts={[
            ['Share of the caller', formatNumber(edge.shareOfSource, 'ratio')],
            ...(isTcp ? [] : [['p50, p95, p99', [latencyMs.p50, latencyMs.p95, latencyMs.p99].map((ms) => formatNumber(ms, 'ms')).join(' · ')] as const]),
            ...(isTcp ? [] : [['Request, response', `${formatNumber(throughput.request, 'bytesPerSecond')} · ${formatNumber(throughput.response, 'bytesPerSecond')}`] as const]),
          ]}
        />
      </Section>
      <Section title="Security">
        <Facts
          facts={[
            ['Mutual TLS', <Mtls key="mtls" share={edge.mtls} />],
            ['Caller', <Principal key="source" principal={edge.sourcePrincipal} />],
            ['Callee', <Principal key="target" principal={edge.destinationPrincipal} />],
          ]}
        />
      </Section>
      {selector !== undefined && rates.rate > 0 && (
        <Section title="Over time">
          <TrafficCharts selector={selector} />
        </Section>
      )}
      <Section title="Response codes and flags">
        <CodesAndFlags rates={[rates]} />
      </Section>
      {!isTcp && (from ?? to) !== undefined && (
        <Section title="Failed traces" note={from !== undefined && to !== undefined ? 'through both ends' : undefined}>
          <FailedTraces service={to ?? from ?? ''} through={to === undefined ? undefined : from} code={codeToTrace([rates])} />
        </Section>
      )}
      <Section title="Config that applies" note="as it is now">
        <ConfigList config={configOfEdge(source, target)} />
      </Section>
      <Section title="Go to">
        <LinkRow links={[...(from === undefined ? [] : [{ label: `Traces of ${source?.label ?? ''}`, href: tracesHref(from) }]), ...(to === undefined ? [] : [{ label: `Traces of ${target?.label ?? ''}`, href: tracesHref(to) }])]} />
      </Section>
    </SidePanel>
  );
}

function EndButton({ node, onChoose }: { readonly node: GraphNode | undefined; readonly onChoose: (id: string) => void }) {
  if (node === undefined) return <span>unknown</span>;
  return (
    <button type="button" onClick={() => onChoose(node.id)} className="min-w-0 truncate rounded-sm hover:underline">
      {node.label}
    </button>
  );
}

function Mtls({ share }: { readonly share: number | null }) {
  if (share === null) return <>—</>;
  const all = share >= 0.9995;
  return (
    <span className="inline-flex items-center gap-1">
      <GraphIcon name={all ? 'lock' : 'unlock'} size={12} />
      {all ? 'all requests' : share <= 0 ? 'none' : `${formatNumber(share, 'ratio')} of requests`}
    </span>
  );
}

/** `spiffe://cluster.local/ns/shop/sa/ui` in full on hover, short in the row. */
function Principal({ principal }: { readonly principal: string | undefined }) {
  if (principal === undefined) return <>—</>;
  const short = /\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(principal);
  return (
    <span className="font-mono" title={principal}>
      {short === null ? principal : `${short[1] ?? ''}/${short[2] ?? ''}`}
    </span>
  );
}

/** What shapes a call is what applies to the callee; what applies to the caller alone (its own routes) does not. */
function configOfEdge(source: GraphNode | undefined, target: GraphNode | undefined): readonly GraphConfigRef[] {
  const gateway = source?.isGateway === true ? (source.config ?? []).filter((ref) => ref.kind === 'Gateway' || ref.kind === 'VirtualService') : [];
  const all = [...(target?.config ?? []), ...gateway];
  return all.filter((ref, index) => all.findIndex((other) => other.kind === ref.kind && other.namespace === ref.namespace && other.name === ref.name) === index);
}
