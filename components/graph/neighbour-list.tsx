'use client';

import { formatNumber } from '#components/charts/format-number.ts';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { byStatus, STATUS } from '#components/status/status.ts';
import type { Graph, GraphEdge } from '#server/graph/core/graph-model.ts';
import { errorText } from './edge-label.ts';

export interface NeighbourListProps {
  readonly graph: Graph;
  readonly edges: readonly GraphEdge[];
  /** The end that is shown; `both` shows the whole call. */
  readonly end: 'source' | 'target' | 'both';
  readonly onChoose: (id: string) => void;
}

/** Edges, worst and then busiest first; pressing one chooses it. */
export function NeighbourList({ graph, edges, end, onChoose }: NeighbourListProps) {
  const name = (id: string): string => graph.nodes.find((node) => node.id === id)?.label ?? id;
  const sorted = edges.toSorted((a, b) => byStatus(a.health.status, b.health.status) || b.rates.rate - a.rates.rate);
  return (
    <ul className="-mx-1.5 flex flex-col">
      {sorted.map((edge) => (
        <li key={edge.id}>
          <button type="button" title={edge.health.reason} onClick={() => onChoose(edge.id)} className="focus-inset flex min-h-6 w-full items-center gap-2 rounded-control px-1.5 py-0.5 text-left text-label hover:bg-hover">
            <StatusGlyph status={edge.health.status} quiet size={12} label={STATUS[edge.health.status].label} />
            <span className="min-w-0 flex-1 truncate">
              {end === 'both' ? (
                <>
                  {name(edge.source)} <span className="text-fg-tertiary">→</span> {name(edge.target)}
                </>
              ) : (
                name(edge[end])
              )}
            </span>
            {edge.rates.errorRatio > 0 && <span className="shrink-0 tabular-nums">{errorText(edge.rates.errorRatio)} err</span>}
            <span className="w-16 shrink-0 text-right text-fg-secondary tabular-nums">{formatNumber(edge.rates.rate, edge.rates.protocol === 'tcp' ? 'bytesPerSecond' : 'rps')}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
