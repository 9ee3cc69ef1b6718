'use client';

import cytoscape, { type Core } from 'cytoscape';
import { Maximize2 } from 'lucide-react';
import { useQueryState } from 'nuqs';
import { useEffect, useMemo, useRef } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { readGraphTheme, toRgba } from '#components/graph/graph-theme.ts';
import { useDarkTheme } from '#components/shell/preferences.ts';
import { IconButton } from '#components/ui/icon-button.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { criticalTimes } from '#server/traces/core/critical-path.ts';
import { traceGraph, type GraphNode } from '#server/traces/core/trace-graph.ts';
import type { TraceAnalysis } from '../model/trace-analysis.ts';
import { operationText, type TraceModel } from '../model/trace-model.ts';
import { graphStyle } from './graph-style.ts';
import { shareOf } from './node-share.ts';
import { ColourMark } from './service-mark.tsx';
import { tidyTree } from './tidy-tree.ts';
import { viewParsers } from './view-params.ts';

export interface GraphViewProps {
  readonly model: TraceModel;
  readonly analysis: TraceAnalysis;
  readonly selected: number;
  readonly onSelect: (row: number) => void;
}

/** So many places of the call tree are drawn, those nearest to the root; the table has all of them. */
const MOST_DRAWN = 800;
const STEP = { x: 230, y: 58 };
/** Pixels round the whole tree, and the width of a node. */
const MARGIN = 32;
const BOX = 190;
/** Smaller than this nothing can be read. */
const LEAST_ZOOM = 0.6;

/** The trace as a tree of calls: spans of one path are one node, with their number, time and errors. */
export function GraphView({ model, analysis, selected, onSelect }: GraphViewProps) {
  const [color, setColor] = useQueryState('color', viewParsers.color);
  const nodes = useMemo(() => traceGraph(model.columns, { critical: criticalTimes(analysis.criticalPath, model.columns.count) }), [model, analysis]);
  const drawn = useMemo(() => nearest(nodes, MOST_DRAWN), [nodes]);
  const host = useRef<HTMLDivElement>(null);
  const drawing = useRef<Core>(null);
  const moved = useRef(false);
  const dark = useDarkTheme();
  const latest = useRef(onSelect);
  useEffect(() => {
    latest.current = onSelect;
  });
  useEffect(() => {
    if (host.current === null) return undefined;
    const cy = cytoscape({ container: host.current, minZoom: 0.05, maxZoom: 2, boxSelectionEnabled: false, autounselectify: true, layout: { name: 'preset' } });
    drawing.current = cy;
    cy.on('tap', 'node', (event) => latest.current(Number(event.target.data('row'))));
    // Until the reader moves it, the whole tree is seen, however the window changes.
    cy.on('dragpan scrollzoom pinchzoom', () => {
      moved.current = true;
    });
    const watch = new ResizeObserver(() => {
      cy.resize();
      if (!moved.current) fitAll(cy);
    });
    watch.observe(host.current);
    return () => {
      watch.disconnect();
      drawing.current = null;
      cy.destroy();
    };
  }, []);
  useEffect(() => {
    const cy = drawing.current;
    if (cy === null) return;
    const places = tidyTree(drawn.map(({ parent }) => parent), STEP);
    cy.elements().remove();
    cy.add([
      ...drawn.map(({ node }, i) => ({ group: 'nodes' as const, data: { id: String(i), row: node.rows[0] ?? 0, label: labelOf(model, node) }, position: { ...(places[i] ?? { x: 0, y: 0 }) } })),
      ...drawn.flatMap(({ parent, node }, i) => (parent < 0 ? [] : [{ group: 'edges' as const, data: { source: String(parent), target: String(i) }, classes: node.nonBlocking ? 'async' : '' }])),
    ]);
    moved.current = false;
    fitAll(cy);
  }, [drawn, model]);
  useEffect(() => {
    const cy = drawing.current;
    if (cy === null) return;
    const style = getComputedStyle(document.documentElement);
    const token = (name: string): string => toRgba(style.getPropertyValue(name)).css;
    const services = new Map(model.services.map((service) => [service.name, token(/--[\w-]+/.exec(service.color)?.[0] ?? '')]));
    cy.style(graphStyle(readGraphTheme()));
    cy.batch(() => {
      drawn.forEach(({ node }, i) => {
        const share = shareOf(node, color, model.columns.durationNano);
        const fill = color === 'service' ? (services.get(node.service) ?? token('--series-12')) : token(`--heat-${Math.round(share * 5)}`);
        cy.$id(String(i)).style({ 'border-color': node.errors > 0 ? token('--status-failing-fg') : color === 'service' ? fill : token('--graph-node-border'), ...(color === 'service' ? {} : { 'background-color': fill, color: token(share > 0.5 ? '--surface-canvas' : '--text-primary') }) }).toggleClass('chosen', node.rows.includes(selected));
      });
    });
  }, [drawn, color, model, selected, dark]);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex min-h-10 flex-wrap items-center gap-2 border-b border-line px-3 py-1 text-label">
        <SegmentedControl label="Colour" value={color} onValueChange={(next) => void setColor(next)} options={[{ value: 'service', label: 'Service' }, { value: 'time', label: 'Time' }, { value: 'self', label: 'Own time' }, { value: 'errors', label: 'Errors' }]} />
        <span className="text-fg-tertiary tabular-nums">{drawn.length < nodes.length ? `${formatNumber(drawn.length)} of ${formatNumber(nodes.length)} places drawn, the ones nearest to the root; the table has all` : `${formatNumber(nodes.length)} places in the tree of calls`}</span>
        <IconButton label="Fit" icon={<Maximize2 />} onClick={() => drawing.current !== null && fitAll(drawing.current)} className="ml-auto" />
      </div>
      <div className="relative min-h-0 flex-[3]">
        <div className="absolute inset-0" aria-hidden>
          <div ref={host} className="size-full" />
        </div>
      </div>
      <div className="min-h-0 flex-[2] border-t border-line">
        <DataTable label="Places in the tree of calls" rows={nodes} columns={nodeColumns(model)} rowKey={(node) => String(node.rows[0] ?? 0)} onOpen={(node) => onSelect(node.rows[0] ?? 0)} filterText={(node) => `${node.service} ${nameOf(model, node)} ${node.name}`} defaultSort={{ column: 'self', descending: true }} urlKey="graph-" compact fill />
      </div>
    </div>
  );
}

/** All of it in the window, never larger than it is; a tree that could not be read then begins at its root. */
function fitAll(cy: Core): void {
  cy.fit(undefined, MARGIN);
  if (cy.zoom() > 1) {
    cy.zoom(1);
    cy.center();
  } else if (cy.zoom() < LEAST_ZOOM) {
    cy.zoom(LEAST_ZOOM);
    const root = cy.$id('0').position();
    cy.pan({ x: MARGIN + (BOX / 2 - root.x) * LEAST_ZOOM, y: cy.height() / 2 - root.y * LEAST_ZOOM });
  }
}

/** What the spans of a place did: the request, when a proxy named them after their route. */
function nameOf(model: TraceModel, node: GraphNode): string {
  return operationText(model.columns, node.rows[0] ?? 0);
}

function labelOf(model: TraceModel, node: GraphNode): string {
  const count = node.rows.length === 1 ? '' : `× ${node.rows.length}  `;
  const errors = node.errors === 0 ? '' : `  ${node.errors} failed`;
  return `${cut(node.service)}\n${cut(nameOf(model, node))}\n${count}${formatNumber(node.total / 1e6, 'ms')}${errors}`;
}

function cut(text: string): string {
  return text.length > 28 ? `${text.slice(0, 27)}…` : text;
}

/** The nodes nearest to the root, renumbered; parents come before their children. */
function nearest(nodes: readonly GraphNode[], most: number): readonly { readonly node: GraphNode; readonly parent: number }[] {
  const depth = new Uint32Array(nodes.length);
  nodes.forEach((node, i) => {
    depth[i] = node.parent < 0 ? 0 : (depth[node.parent] ?? 0) + 1;
  });
  const chosen = Uint32Array.from(nodes.keys())
    .sort((a, b) => (depth[a] ?? 0) - (depth[b] ?? 0) || (nodes[b]?.total ?? 0) - (nodes[a]?.total ?? 0))
    .slice(0, most)
    .sort();
  const placeOf = new Map(Array.from(chosen, (node, place) => [node, place]));
  return Array.from(chosen).flatMap((at) => {
    const node = nodes[at];
    return node === undefined ? [] : [{ node, parent: placeOf.get(node.parent) ?? -1 }];
  });
}

function nodeColumns(model: TraceModel): Column<GraphNode>[] {
  const colors = new Map(model.services.map((service) => [service.name, service.color]));
  const ms = (nano: number): string => formatNumber(nano / 1e6, 'ms');
  return [
    { id: 'service', header: 'Service', cell: (node) => <ColourMark color={colors.get(node.service)} text={node.service} />, sortValue: (node) => node.service },
    { id: 'operation', header: 'Operation', cell: (node) => nameOf(model, node), sortValue: (node) => nameOf(model, node) },
    { id: 'count', header: 'Spans', cell: (node) => formatNumber(node.rows.length), sortValue: (node) => node.rows.length, align: 'right', width: 80 },
    { id: 'errors', header: 'Errors', cell: (node) => (node.errors === 0 ? '—' : formatNumber(node.errors)), sortValue: (node) => node.errors, align: 'right', width: 80, from: 'md' },
    { id: 'total', header: 'Time', cell: (node) => ms(node.total), sortValue: (node) => node.total, align: 'right', width: 90 },
    { id: 'avg', header: 'Average', cell: (node) => ms(node.total / node.rows.length), sortValue: (node) => node.total / node.rows.length, align: 'right', width: 90, from: 'lg' },
    { id: 'self', header: 'Own time', cell: (node) => ms(node.self), sortValue: (node) => node.self, align: 'right', width: 105, from: 'md' },
    { id: 'critical', header: 'Critical', hint: 'Of the critical path', cell: (node) => ms(node.critical), sortValue: (node) => node.critical, align: 'right', width: 90, from: 'lg' },
  ];
}
