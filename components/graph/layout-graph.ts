import type { ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import type { EdgeRoute } from './edge-route.ts';
import type { Point } from './edge-path.ts';
import type { SceneElement } from './graph-elements.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}
/** Places of nodes (centres) and routes of edges. */
export interface GraphLayout {
  readonly places: ReadonlyMap<string, Point>;
  readonly routes: ReadonlyMap<string, EdgeRoute>;
}

/** Side of every node, px; names stand below. */
export const NODE_SIZE = 44;
const BOX_PADDING = '[top=32,left=28,bottom=28,right=28]';

/** Given to the drawing and to every box: what is in a box does not inherit it, and would stand at a third of the distance. */
const SPACING: Readonly<Record<string, string>> = {
  'elk.spacing.nodeNode': '34',
  'elk.spacing.edgeNode': '22',
  'elk.spacing.edgeEdge': '14',
  'elk.spacing.componentComponent': '48',
  'elk.layered.spacing.nodeNodeBetweenLayers': '60',
  'elk.layered.spacing.edgeNodeBetweenLayers': '20',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '14',
};

const ROOT_OPTIONS: Readonly<Record<string, string>> = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  ...SPACING,
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.nodePlacement.favorStraightEdges': 'true',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.thoroughness': '12',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
};

/** The drawing as ELK takes it: boxes hold nodes, a node carries the room of its name below it. */
export function toElk(elements: readonly SceneElement[], nameSize: (element: SceneElement) => Size): ElkNode {
  const nodes = new Map<string, ElkNode & { children: ElkNode[] }>();
  const root: ElkNode & { children: ElkNode[]; edges: ElkExtendedEdge[] } = { id: 'root', layoutOptions: ROOT_OPTIONS, children: [], edges: [] };
  for (const element of elements) {
    if (element.group === 'edge') {
      if (element.source !== undefined && element.target !== undefined) root.edges.push({ id: element.id, sources: [element.source], targets: [element.target] });
      continue;
    }
    const node: ElkNode & { children: ElkNode[] } = { id: element.id, children: [], ...(element.group === 'box' ? { layoutOptions: { ...SPACING, 'elk.padding': BOX_PADDING } } : bodyOf(nameSize(element))) };
    nodes.set(element.id, node);
    (element.parent === undefined ? root : (nodes.get(element.parent) ?? root)).children.push(node);
  }
  return root;
}

/** A node is as wide as its name, so that names have room; lines end beside the shape, and the name hangs below it. */
function bodyOf(name: Size): Partial<ElkNode> {
  return { width: Math.max(NODE_SIZE, name.width), height: NODE_SIZE, labels: [{ text: ' ', ...name }], layoutOptions: { 'elk.nodeLabels.placement': '[H_CENTER, V_BOTTOM, OUTSIDE]', 'elk.portAlignment.default': 'CENTER', 'elk.spacing.portPort': '9' } };
}

/** Reads ELK's answer. Ends of edges are drawn in to the node's shape: ELK knows rectangles only. */
export function fromElk(root: ElkNode, elements: readonly SceneElement[]): GraphLayout {
  const places = new Map<string, Point>();
  const shapes = new Map(elements.map((element) => [element.id, String(element.data['shape'])]));
  const walk = (node: ElkNode): void => {
    if (shapes.has(node.id) && (node.children ?? []).length === 0) places.set(node.id, { x: (node.x ?? 0) + (node.width ?? NODE_SIZE) / 2, y: (node.y ?? 0) + NODE_SIZE / 2 });
    for (const child of node.children ?? []) walk(child);
  };
  walk(root);
  const routes = new Map<string, EdgeRoute>();
  for (const edge of root.edges ?? []) {
    const section = edge.sections?.[0];
    const [source = '', target = ''] = [edge.sources[0], edge.targets[0]];
    const [sourceAt, targetAt] = [places.get(source), places.get(target)];
    if (section === undefined || sourceAt === undefined || targetAt === undefined || source === target) continue;
    routes.set(edge.id, { start: onShape(section.startPoint, sourceAt, shapes.get(source)), bends: section.bendPoints ?? [], end: onShape(section.endPoint, targetAt, shapes.get(target)), sourceAt, targetAt });
  }
  return { places, routes };
}

/** A point at the left or right side of a node's room, drawn in to the outline of its shape at the same height. */
function onShape(point: Point, centre: Point, shape: string | undefined): Point {
  const half = NODE_SIZE / 2;
  const rise = Math.min(1, Math.abs(point.y - centre.y) / half);
  const reach = shape === 'ellipse' ? Math.sqrt(1 - rise ** 2) : shape === 'round-hexagon' ? 1 - rise / 2 : shape === 'round-diamond' ? 1 - rise : 1;
  return { x: centre.x + Math.sign(point.x - centre.x) * half * reach, y: point.y };
}
