'use client';

import { Crosshair, Route, ShieldCheck } from 'lucide-react';
import { useMemo } from 'react';
import { AppLink } from '#components/shell/app-link.tsx';
import { StatusBadge } from '#components/status/status-label.tsx';
import { buttonClass, Button } from '#components/ui/button.tsx';
import { SidePanel } from '#components/ui/side-panel.tsx';
import type { Graph, GraphNode } from '#server/graph/core/graph-model.ts';
import { codeToTrace, FailedTraces } from './failed-traces.tsx';
import { GraphIcon } from './graph-icon.tsx';
import { BADGES, badgesOf, kindName, nodeIcon } from './graph-icons.ts';
import { linksOfNode, pageOfNode, traceServiceOf, trafficSplitHref } from './graph-links.ts';
import { NeighbourList } from './neighbour-list.tsx';
import { CodesAndFlags, ConfigList, LinkRow, Section, TrafficTable } from './panel-parts.tsx';
import { TrafficCharts } from './traffic-charts.tsx';
import { inboundSelector, outboundSelector } from './traffic-queries.ts';
import { paths, withParams } from '#components/api/paths.ts';

export interface NodePanelProps {
  readonly graph: Graph;
  readonly node: GraphNode;
  readonly isFocus: boolean;
  readonly onChoose: (id: string | undefined) => void;
  readonly onFocus: (id: string | null) => void;
}

/** Everything about one node, and where to go from it. */
export function NodePanel({ graph, node, isFocus, onChoose, onFocus }: NodePanelProps) {
  const callers = graph.edges.filter((edge) => edge.target === node.id);
  const calls = graph.edges.filter((edge) => edge.source === node.id);
  const isCaller = node.inbound.length === 0 && node.outbound.length > 0;
  const selector = useMemo(() => (isCaller ? outboundSelector(node) : inboundSelector(node)), [isCaller, node]);
  const badges = badgesOf(node);
  const traced = traceServiceOf(node);
  const page = pageOfNode(node);
  const split = trafficSplitHref(node);
  const app = node.app ?? node.service;
  return (
    <SidePanel
      label={`${node.label}: details`}
      onClose={() => onChoose(undefined)}
      title={page === undefined ? node.label : <AppLink href={page.href} className="hover:underline">{node.label}</AppLink>}
      subtitle={
        <span className="flex items-center gap-1.5">
          <GraphIcon name={nodeIcon(node)} size={12} />
          {kindName(node)}
          {node.namespace !== 'unknown' && <> in {node.namespace}</>}
        </span>
      }
    >
      <Section title="Health">
        <div className="flex flex-wrap items-center gap-2 text-label">
          <StatusBadge status={node.health.status} />
          <span className="min-w-0 flex-1 basis-40 text-fg-secondary">{node.health.reason}</span>
        </div>
        {badges.length > 0 && (
          <ul className="mt-2 flex flex-wrap gap-1" aria-label="Badges">
            {badges.map((badge) => (
              <li key={badge} className="inline-flex h-6 items-center gap-1.5 rounded-control border border-line px-1.5 text-label">
                <GraphIcon name={badge} size={13} />
                {BADGES[badge]}
              </li>
            ))}
          </ul>
        )}
        <div className="mt-2 flex flex-wrap gap-1.5">
          <Button icon={<Crosshair />} onClick={() => onFocus(isFocus ? null : node.id)} aria-pressed={isFocus}>
            {isFocus ? 'Show all again' : 'Focus on its calls'}
          </Button>
          {split !== undefined && node.kind !== 'serviceEntry' && (
            <AppLink href={split} className={buttonClass()}>
              <Route />
              Open traffic split
            </AppLink>
          )}
          {app !== undefined && node.namespace !== 'unknown' && node.kind !== 'serviceEntry' && (
            <AppLink href={withParams(paths.authorization(node.namespace), { to: app })} className={buttonClass()}>
              <ShieldCheck />
              Authorization
            </AppLink>
          )}
        </div>
      </Section>
      <Section title="Traffic" note={`over ${graph.durationSeconds} s`}>
        <TrafficTable rows={[{ direction: 'In', rates: node.inbound }, { direction: 'Out', rates: node.outbound }]} />
      </Section>
      {callers.length > 0 && (
        <Section title="Called by" note={callers.length}>
          <NeighbourList graph={graph} edges={callers} end="source" onChoose={onChoose} />
        </Section>
      )}
      {calls.length > 0 && (
        <Section title="Calls" note={calls.length}>
          <NeighbourList graph={graph} edges={calls} end="target" onChoose={onChoose} />
        </Section>
      )}
      {selector !== undefined && !node.isIdle && (
        <Section title={isCaller ? 'What it sends' : 'What it receives'}>
          <TrafficCharts selector={selector} />
        </Section>
      )}
      <Section title="Response codes and flags">
        <CodesAndFlags rates={node.inbound.length > 0 ? node.inbound : node.outbound} />
      </Section>
      {traced !== undefined && (
        <Section title="Failed traces">
          <FailedTraces service={traced} code={codeToTrace(node.inbound.length > 0 ? node.inbound : node.outbound)} />
        </Section>
      )}
      <Section title="Config that applies" note="as it is now">
        <ConfigList config={node.config ?? []} />
      </Section>
      <Section title="Go to">
        <LinkRow links={linksOfNode(node)} />
      </Section>
    </SidePanel>
  );
}
