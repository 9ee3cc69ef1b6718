import type { GraphTheme } from '#components/graph/graph-theme.ts';
import type { Graph } from '#server/graph/core/graph-model.ts';
import { COLUMN_WIDTH, ROW_HEIGHT, type LayeredPlaces } from './layered-places.ts';
import type { TopologyView } from './topology-view.ts';

/** From this zoom on names can be read. */
const NAMES_FROM = 0.55;
const DOT = 5;
/** Room from one name to the next column's dots. */
const NAME_WIDTH = COLUMN_WIDTH - 24;

export interface TopologyScene {
  readonly graph: Graph;
  readonly places: LayeredPlaces;
  /** Indexes of source and target, for each edge of the graph. */
  readonly ends: readonly (readonly [number, number])[];
  /** Nodes and edges that stand out; all the others are dimmed. */
  readonly lit: ReadonlySet<string> | undefined;
  readonly chosen: string | undefined;
}

/** Draws what the view shows: edges by health in one stroke for each colour, dots, and names when they can be read. Canvas of `width` × `height` CSS pixels. */
export function paintTopology(context: CanvasRenderingContext2D, { graph, places, ends, lit, chosen }: TopologyScene, view: TopologyView, theme: GraphTheme, { width, height, ratio }: { readonly width: number; readonly height: number; readonly ratio: number }): void {
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const { zoom, offsetX, offsetY } = view;
  const sx = (node: number): number => (places.x[node] ?? 0) * zoom + offsetX;
  const sy = (node: number): number => (places.y[node] ?? 0) * zoom + offsetY;
  const strokes = new Map<string, Path2D>();
  for (const [i, edge] of graph.edges.entries()) {
    const [from, to] = ends[i] ?? [0, 0];
    const [x0, y0, x1, y1] = [sx(from), sy(from), sx(to), sy(to)];
    if (Math.max(x0, x1) < 0 || Math.min(x0, x1) > width || Math.max(y0, y1) < 0 || Math.min(y0, y1) > height) continue;
    const isLit = lit?.has(edge.id) ?? false;
    const style = edge.id === chosen ? 'chosen' : `${edge.health.status === 'failing' || edge.health.status === 'degraded' ? edge.health.status : 'plain'}${lit === undefined ? '' : isLit ? ' lit' : ' dim'}`;
    let path = strokes.get(style);
    if (path === undefined) strokes.set(style, (path = new Path2D()));
    const bend = Math.max(12 * zoom, Math.abs(x1 - x0) / 2);
    path.moveTo(x0, y0);
    path.bezierCurveTo(x0 + bend, y0, x1 - bend, y1, x1, y1);
  }
  for (const [style, path] of [...strokes].sort(([a], [b]) => rank(a) - rank(b))) {
    context.strokeStyle = style === 'chosen' ? theme.selected : style.startsWith('failing') ? theme.status.failing : style.startsWith('degraded') ? theme.status.degraded : theme.edge;
    context.globalAlpha = style.endsWith('dim') ? 0.08 : style === 'plain' ? 0.35 : 0.9;
    context.lineWidth = style === 'chosen' ? 2 : 1;
    context.stroke(path);
  }
  const named = zoom >= NAMES_FROM;
  const radius = Math.max(1.5, Math.min(DOT, DOT * zoom * 1.6));
  context.font = `11px ${theme.font}`;
  context.textBaseline = 'middle';
  for (const [node, { id, label, health }] of graph.nodes.entries()) {
    const [x, y] = [sx(node), sy(node)];
    if (x < -NAME_WIDTH || x > width + radius || y < -ROW_HEIGHT || y > height + ROW_HEIGHT) continue;
    const standsOut = id === chosen || lit?.has(id) === true;
    context.globalAlpha = lit === undefined || standsOut ? 1 : 0.25;
    context.beginPath();
    context.arc(x, y, standsOut ? radius + 1.5 : radius, 0, 2 * Math.PI);
    context.fillStyle = health.status === 'failing' ? theme.status.failing : health.status === 'degraded' ? theme.status.degraded : health.status === 'healthy' ? theme.status.healthy : theme.status.idle;
    context.fill();
    if (id === chosen) {
      context.strokeStyle = theme.selected;
      context.lineWidth = 2;
      context.stroke();
    }
    if (!named && !(standsOut && (lit?.size ?? 0) < 200)) continue;
    const text = label.length > 26 ? `${label.slice(0, 25)}…` : label;
    if (!named) {
      context.fillStyle = theme.labelBg;
      context.fillRect(x + radius + 3, y - 8, context.measureText(text).width + 4, 16);
    }
    context.fillStyle = theme.nodeText;
    context.fillText(text, x + radius + 5, y);
  }
  context.globalAlpha = 1;
}

function rank(style: string): number {
  return style === 'chosen' ? 4 : style.endsWith('lit') ? 3 : style.startsWith('failing') ? 2 : style.startsWith('degraded') ? 1 : 0;
}
