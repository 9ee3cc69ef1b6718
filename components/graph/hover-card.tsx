'use client';

import { StatusLabel } from '#components/status/status-label.tsx';
import type { Graph } from '#server/graph/core/graph-model.ts';
import { edgeLabelParts, EDGE_LABELS } from './edge-label.ts';
import type { Point } from './edge-path.ts';
import { GraphIcon } from './graph-icon.tsx';
import { BADGES, badgesOf, kindName } from './graph-icons.ts';

/** What the pointer is over, in words: status and why, numbers, badges. The side panel says the same and more. */
export function HoverCard({ graph, id, at }: { readonly graph: Graph; readonly id: string; readonly at: Point }) {
  const node = graph.nodes.find((each) => each.id === id);
  const edge = graph.edges.find((each) => each.id === id);
  const health = (node ?? edge)?.health;
  if (health === undefined) return null;
  const name = (of: string): string => graph.nodes.find((each) => each.id === of)?.label ?? of;
  return (
    <div aria-hidden className="pointer-events-none absolute z-20 flex w-max max-w-64 flex-col gap-0.5 rounded-panel border border-line bg-overlay px-2.5 py-1.5 text-label shadow-overlay" style={{ left: `min(${at.x + 28}px, calc(100% - 272px))`, top: `min(${at.y + 18}px, calc(100% - 120px))` }}>
      <div className="flex items-baseline gap-2">
        <span className="min-w-0 truncate font-semibold">{edge === undefined ? node?.label : `${name(edge.source)} → ${name(edge.target)}`}</span>
        <span className="shrink-0 text-fg-tertiary">{node === undefined ? edge?.rates.protocol.toUpperCase() : kindName(node)}</span>
      </div>
      <StatusLabel status={health.status} />
      <span className="text-fg-secondary">{health.reason}</span>
      {edge !== undefined && <span className="tabular-nums">{edgeLabelParts(edge, EDGE_LABELS).join(' · ')}</span>}
      {node !== undefined &&
        badgesOf(node).map((badge) => (
          <span key={badge} className="flex items-center gap-1.5 text-fg-secondary">
            <GraphIcon name={badge} size={12} />
            {BADGES[badge]}
          </span>
        ))}
    </div>
  );
}
