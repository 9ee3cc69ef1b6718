import { drawStatusGlyph } from '#components/status/draw-status-glyph.ts';
import type { HealthStatus } from '#server/graph/core/graph-model.ts';
import type { Point } from './edge-path.ts';
import { iconPath, type GraphIconName } from './graph-icons.ts';
import type { GraphTheme } from './graph-theme.ts';
import { NODE_SIZE } from './layout-graph.ts';
import type { PaintedEdge, PaintedNode } from './painted-graph.ts';
import { nameRoom, overlaps, placeLabels, type LabelRequest, type PlacedLabel, type Rect } from './place-labels.ts';

/** A node with its place on the screen. */
export interface PlacedNode extends PaintedNode, Point {
  readonly id: string;
  readonly faded: boolean;
  readonly chosen: boolean;
  readonly focused: boolean;
  readonly pinned: boolean;
}
export interface PlacedEdge extends PaintedEdge {
  readonly id: string;
  readonly points: readonly Point[];
  readonly faded: boolean;
  readonly chosen: boolean;
  readonly hovered: boolean;
}
export interface PlacedBox extends Rect {
  readonly id: string;
  readonly label: string;
  readonly kind: 'namespace' | 'app';
}
export interface PaintInput {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly boxes: readonly PlacedBox[];
  readonly zoom: number;
  readonly theme: GraphTheme;
}

const FADED = 0.25;
const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Where every text stands: the costly part of painting, done anew only when something but the window moves. */
export interface PlacedTexts {
  readonly names: ReadonlyMap<string, Name>;
  readonly labels: ReadonlyMap<string, PlacedLabel>;
}

/** Shortens names until neighbours do not touch, then finds a place for every edge label that there is room for. */
export function placeTexts(context: CanvasRenderingContext2D, { nodes, edges, boxes, zoom, theme }: PaintInput): PlacedTexts {
  const half = (NODE_SIZE / 2) * zoom + 2;
  const natural = nodes.map((node) => ({ id: node.id, x: node.x, y: node.y, width: nameOf(context, node, zoom, theme, Infinity).rect.width }));
  const names = namesApart(nodes, new Map(nodes.map((node) => [node.id, nameOf(context, node, zoom, theme, Math.max(40, nameRoom(node, natural, NAME_BAND)))])), zoom);
  const obstacles: Rect[] = [
    ...nodes.map((node): Rect => ({ x: node.x - half, y: node.y - half, width: 2 * half, height: 2 * half })),
    ...[...names.values()].map((name) => name.rect),
    ...boxes.map((box): Rect => ({ x: box.x, y: box.y, width: boxLabelWidth(context, box, zoom, theme), height: 20 })),
  ];
  return { names, labels: placeLabels(edges.flatMap((edge) => labelOf(context, edge, zoom, theme)), obstacles) };
}

/** Paints names, glyphs, badges and labels in screen px, so that text never gets smaller than it can be read. */
export function paintScene(context: CanvasRenderingContext2D, { nodes, edges, boxes, zoom, theme }: PaintInput, { names, labels }: PlacedTexts): void {
  for (const box of boxes) paintBoxLabel(context, box, zoom, theme);
  for (const edge of edges) {
    const place = labels.get(edge.id);
    if (place !== undefined) paintEdgeLabel(context, edge, place, zoom, theme);
  }
  for (const node of nodes) paintNode(context, node, names.get(node.id), zoom, theme);
  context.globalAlpha = 1;
}

/** Seen from afar, a name is only shown where it covers no other node or name; what is wrong or picked goes first. */
function namesApart(nodes: readonly PlacedNode[], names: ReadonlyMap<string, Name>, zoom: number): ReadonlyMap<string, Name> {
  if (zoom > 0.45) return names;
  const half = (NODE_SIZE / 2) * zoom;
  const taken: Rect[] = nodes.map((node) => ({ x: node.x - half, y: node.y - half, width: 2 * half, height: 2 * half }));
  const urgency = (node: PlacedNode): number => (node.chosen || node.focused ? 2 : 0) + (isWrong(node.status) ? 1 : 0);
  const kept = new Map<string, Name>();
  for (const node of nodes.toSorted((a, b) => urgency(b) - urgency(a))) {
    const name = names.get(node.id);
    if (name === undefined || (taken.some((other) => overlaps(name.rect, other)) && !node.chosen && !node.focused)) continue;
    taken.push(name.rect);
    kept.set(node.id, name);
  }
  return kept;
}

interface Name {
  readonly lines: readonly { readonly text: string; readonly strong: boolean; readonly size: number }[];
  readonly rect: Rect;
}

/** Names of nodes whose centres are less than this apart in height stand in one row, px. */
const NAME_BAND = 38;

function nameOf(context: CanvasRenderingContext2D, node: PlacedNode, zoom: number, theme: GraphTheme, room: number): Name {
  const size = clamp(12 * zoom, 11.5, 13.5);
  const measured = (text: string, strong: boolean): Name['lines'][number] & { width: number } => {
    const line = { text, strong, size: strong ? size : size - 1 };
    context.font = fontOf(line, theme);
    return { ...line, width: context.measureText(text).width };
  };
  const notes = zoom > 0.6 ? node.notes : zoom > 0.42 && isWrong(node.status) ? [node.notes[1]] : [];
  const note = notes.map((text) => measured(text, false)).find((line) => line.width <= room);
  context.font = fontOf({ text: '', strong: true, size }, theme);
  const name = measured(shorten(context, node.name, Math.min(room, 190)), true);
  const lines = note === undefined ? [name] : [name, note];
  const width = Math.max(...lines.map((line) => line.width));
  const hasBadges = node.badges.length > 0 && zoom > 0.45;
  const top = node.y + (NODE_SIZE / 2) * zoom + (hasBadges ? badgeSize(zoom) / 2 + 3 : 4);
  const height = lines.reduce((sum, line) => sum + line.size * 1.25, 0);
  return { lines, rect: { x: node.x - width / 2 - 3, y: top, width: width + 6, height: height + 2 } };
}

function isWrong(status: HealthStatus): boolean {
  return status === 'failing' || status === 'degraded' || status === 'not-ready';
}

function paintNode(context: CanvasRenderingContext2D, node: PlacedNode, name: Name | undefined, zoom: number, theme: GraphTheme): void {
  context.globalAlpha = node.faded ? FADED : 1;
  const half = (NODE_SIZE / 2) * zoom;
  strokeIcon(context, node.icon, node.x, node.y, 22 * zoom, node.status === 'idle' ? theme.secondaryText : theme.nodeText, 1.7);
  // From afar the glyph is the node.
  const glyph = clamp(15 * zoom, zoom > 0.4 ? 11 : 9, 17);
  const offset = zoom > 0.4 ? half * 0.8 : 0;
  circle(context, node.x + offset, node.y - offset, glyph / 2 + 1.5, theme.canvas);
  drawStatusGlyph(context, node.status, node.x + offset, node.y - offset, glyph, { color: statusColor(node.status, theme), mark: theme.nodeBg });
  if (node.pinned && zoom > 0.6) strokeIcon(context, 'pin', node.x - offset, node.y - offset, 11 * zoom, theme.secondaryText, 2);
  if (zoom > 0.45) paintBadges(context, node, half, zoom, theme);
  context.textAlign = 'center';
  context.textBaseline = 'top';
  let y = (name?.rect.y ?? 0) + 2;
  for (const line of name?.lines ?? []) {
    context.font = fontOf(line, theme);
    // A halo instead of a ground: lines of boxes stay whole, and lines below the text do not disturb it.
    context.strokeStyle = theme.canvas;
    context.lineWidth = 3.5;
    context.lineJoin = 'round';
    context.strokeText(line.text, node.x, y);
    context.fillStyle = line.strong ? theme.nodeText : theme.secondaryText;
    context.fillText(line.text, node.x, y);
    y += line.size * 1.25;
  }
  if (node.focused) {
    context.strokeStyle = theme.selected;
    context.lineWidth = 2;
    context.beginPath();
    context.roundRect(node.x - half - 6, node.y - half - 6, 2 * half + 12, 2 * half + 12, 10);
    context.stroke();
  }
}

/** At most four badges; more end in "+n". */
function paintBadges(context: CanvasRenderingContext2D, node: PlacedNode, half: number, zoom: number, theme: GraphTheme): void {
  const size = badgeSize(zoom);
  const shown = node.badges.length > 4 ? node.badges.slice(0, 3) : node.badges;
  const slots = shown.length + (shown.length < node.badges.length ? 1 : 0);
  let x = node.x - ((slots - 1) * (size + 1)) / 2;
  const y = node.y + half;
  for (const badge of shown) {
    badgeGround(context, x, y, size, theme);
    strokeIcon(context, badge, x, y, size * 0.72, theme.nodeText, 2.2);
    x += size + 1;
  }
  if (shown.length === node.badges.length) return;
  badgeGround(context, x, y, size, theme);
  context.fillStyle = theme.nodeText;
  context.font = `600 ${size * 0.52}px ${theme.font}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(`+${node.badges.length - shown.length}`, x, y + 0.5);
}

function badgeSize(zoom: number): number {
  return clamp(16 * zoom, 11, 18);
}

function badgeGround(context: CanvasRenderingContext2D, x: number, y: number, size: number, theme: GraphTheme): void {
  circle(context, x, y, size / 2, theme.badgeBg);
  context.strokeStyle = theme.nodeBorder;
  context.lineWidth = 1;
  context.beginPath();
  context.arc(x, y, size / 2, 0, 2 * Math.PI);
  context.stroke();
}

const LABEL_GAP = 3;

/** An edge is labelled when there is something to say; what is wrong says so even while labels are off. */
function labelOf(context: CanvasRenderingContext2D, edge: PlacedEdge, zoom: number, theme: GraphTheme): LabelRequest[] {
  // Half-visible labels would be crossed by their own lines.
  if (edge.faded) return [];
  const size = labelSize(zoom);
  context.font = `500 ${size}px ${theme.font}`;
  const widths = formsOf(edge, zoom).map(({ text, glyph, lock }) => {
    const marks = (glyph ? size + LABEL_GAP : 0) + (lock === undefined ? 0 : size + (text === '' ? 0 : LABEL_GAP - 1));
    return text === '' && marks === 0 ? 0 : marks + (text === '' ? 0 : context.measureText(text).width) + 8;
  });
  if ((widths[0] ?? 0) === 0) return [];
  const urgency = edge.status === 'failing' ? 2e6 : edge.status === 'degraded' ? 1e6 : 0;
  const isPicked = edge.chosen || edge.hovered;
  return [{ id: edge.id, points: edge.points, widths, height: size + 6, priority: (isPicked ? 1e9 : 0) + urgency + edge.rate, required: isPicked || edge.status === 'failing' }];
}

interface LabelForm {
  readonly text: string;
  readonly glyph: boolean;
  readonly lock: GraphIconName | undefined;
}

/** The forms of an edge's label, longest first: shorter ones go without the lock. */
function formsOf(edge: PlacedEdge, zoom: number): LabelForm[] {
  const glyph = edge.status === 'failing' || edge.status === 'degraded';
  // From afar only what is wrong is labelled; the rest would be dust.
  if (zoom <= 0.5 && !edge.chosen && !edge.hovered) return [{ text: '', glyph, lock: undefined }];
  const lock = edge.mtls === undefined ? undefined : edge.mtls >= 0.9995 ? 'lock' : 'unlock';
  return edge.texts.flatMap((text, index): LabelForm[] => (index === 0 ? [{ text, glyph, lock }, ...(lock === 'lock' && text !== '' ? [{ text, glyph, lock: undefined }] : [])] : [{ text, glyph, lock: undefined }]));
}

function labelSize(zoom: number): number {
  return clamp(11 * zoom, 10, 12);
}

function paintEdgeLabel(context: CanvasRenderingContext2D, edge: PlacedEdge, rect: PlacedLabel, zoom: number, theme: GraphTheme): void {
  const size = labelSize(zoom);
  const { text, glyph, lock } = formsOf(edge, zoom)[rect.form] ?? { text: '', glyph: false, lock: undefined };
  context.globalAlpha = 1;
  roundRect(context, rect, rect.height / 2.6, theme.labelBg, edge.chosen ? theme.selected : theme.labelBorder);
  const middle = rect.y + rect.height / 2;
  let x = rect.x + 4;
  if (glyph) {
    drawStatusGlyph(context, edge.status, x + size / 2, middle, size, { color: statusColor(edge.status, theme), mark: theme.canvas });
    x += size + LABEL_GAP;
  }
  if (lock !== undefined) {
    strokeIcon(context, lock, x + size / 2 - 0.5, middle, size, lock === 'lock' ? theme.secondaryText : theme.status.degraded, 2.2);
    x += size + (text === '' ? 0 : LABEL_GAP - 1);
  }
  context.font = `500 ${size}px ${theme.font}`;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillStyle = theme.nodeText;
  context.fillText(text, x, middle + 0.5);
}

function boxLabelWidth(context: CanvasRenderingContext2D, box: PlacedBox, zoom: number, theme: GraphTheme): number {
  context.font = boxFont(box, zoom, theme);
  return Math.min(box.width, context.measureText(box.label).width + 16);
}

function boxFont(box: PlacedBox, zoom: number, theme: GraphTheme): string {
  return `${box.kind === 'namespace' ? 600 : 500} ${clamp(11.5 * zoom, 10.5, 13)}px ${theme.font}`;
}

function paintBoxLabel(context: CanvasRenderingContext2D, box: PlacedBox, zoom: number, theme: GraphTheme): void {
  context.font = boxFont(box, zoom, theme);
  context.textAlign = 'left';
  context.textBaseline = 'top';
  context.fillStyle = theme.secondaryText;
  context.fillText(shorten(context, box.label, box.width - 12), box.x + 8, box.y + 6);
}

function fontOf({ strong, size }: Name['lines'][number], theme: GraphTheme): string {
  return `${strong ? 600 : 400} ${size}px ${theme.font}`;
}

function statusColor(status: HealthStatus, theme: GraphTheme): string {
  return theme.status[status === 'unknown' ? 'idle' : status];
}

function shorten(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && context.measureText(`${text.slice(0, end)}…`).width > width) end -= 1;
  return `${text.slice(0, end)}…`;
}

function strokeIcon(context: CanvasRenderingContext2D, name: GraphIconName, x: number, y: number, size: number, color: string, width: number): void {
  context.save();
  context.translate(x - size / 2, y - size / 2);
  context.scale(size / 24, size / 24);
  context.lineWidth = width;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.strokeStyle = color;
  context.stroke(new Path2D(iconPath(name)));
  context.restore();
}

function circle(context: CanvasRenderingContext2D, x: number, y: number, radius: number, color: string): void {
  context.fillStyle = color;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

function roundRect(context: CanvasRenderingContext2D, { x, y, width, height }: Rect, radius: number, fill: string, stroke?: string): void {
  context.beginPath();
  context.roundRect(x, y, width, height, radius);
  context.fillStyle = fill;
  context.fill();
  if (stroke === undefined) return;
  context.strokeStyle = stroke;
  context.lineWidth = 1;
  context.stroke();
}
