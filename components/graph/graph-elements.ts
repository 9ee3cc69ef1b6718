import type { Graph, GraphEdge, GraphNode, HealthStatus } from '#server/graph/core/graph-model.ts';
import { edgeWidth } from './edge-label.ts';

/** One thing of the drawing. Its data is flat and comparable: what changes in it is what is drawn anew. */
export interface SceneElement {
  readonly id: string;
  readonly group: 'box' | 'node' | 'edge';
  readonly parent?: string;
  readonly source?: string;
  readonly target?: string;
  readonly data: Readonly<Record<string, string | number>>;
}
export interface BoxSettings {
  readonly namespaceBoxes: boolean;
  readonly appBoxes: boolean;
}

const NAMESPACE_BOX = 'ns:';

/** Id of a namespace's box. */
export function namespaceBoxId(namespace: string): string {
  return `${NAMESPACE_BOX}${namespace}`;
}
/** The namespace of a box id; `undefined` for anything else. */
export function namespaceOfBox(id: string): string | undefined {
  return id.startsWith(NAMESPACE_BOX) ? id.slice(NAMESPACE_BOX.length) : undefined;
}

/** What is drawn for a graph: boxes before what is in them, nodes before edges. */
export function sceneElements(graph: Pick<Graph, 'nodes' | 'edges' | 'boxes'>, settings: BoxSettings): SceneElement[] {
  const boxIds = new Set(settings.appBoxes ? graph.boxes.map((box) => box.id) : []);
  const namespaces = settings.namespaceBoxes ? [...new Set(graph.nodes.map((node) => node.namespace))].filter((ns) => ns !== 'unknown').toSorted() : [];
  const inNamespace = (namespace: string): { parent: string } | object => (namespaces.includes(namespace) ? { parent: namespaceBoxId(namespace) } : {});
  return [
    ...namespaces.map((namespace): SceneElement => ({ id: namespaceBoxId(namespace), group: 'box', data: { label: namespace, box: 'namespace' } })),
    ...graph.boxes.filter((box) => boxIds.has(box.id)).map((box): SceneElement => ({ id: box.id, group: 'box', ...inNamespace(box.namespace), data: { label: box.label, box: 'app' } })),
    ...graph.nodes.map((node): SceneElement => ({ id: node.id, group: 'node', ...(node.parent !== undefined && boxIds.has(node.parent) ? { parent: node.parent } : inNamespace(node.namespace)), data: nodeData(node) })),
    ...graph.edges.map((edge): SceneElement => ({ id: edge.id, group: 'edge', source: edge.source, target: edge.target, data: edgeData(edge) })),
  ];
}

/** Shapes of Cytoscape by kind: each kind has its own. */
export function nodeShape({ kind }: Pick<GraphNode, 'kind'>): 'ellipse' | 'round-rectangle' | 'round-hexagon' | 'round-diamond' {
  switch (kind) {
    case 'workload':
    case 'unknown':
      return 'ellipse';
    case 'app':
      return 'round-rectangle';
    case 'service':
      return 'round-hexagon';
    case 'serviceEntry':
      return 'round-diamond';
  }
}

/** How statuses are drawn: an idle or unknown thing looks the same. */
export function drawnStatus(status: HealthStatus): string {
  return status === 'unknown' ? 'idle' : status;
}

function nodeData(node: GraphNode): SceneElement['data'] {
  // The room that the painted name and the note below it take, whatever the traffic.
  return { label: node.label, room: `${node.label}\nHealthy · 99.9 rps`, shape: nodeShape(node), status: drawnStatus(node.health.status), line: node.kind === 'unknown' || node.kind === 'serviceEntry' || node.isOutside ? 'dashed' : 'solid', outside: node.isOutside ? 1 : 0 };
}

function edgeData(edge: GraphEdge): SceneElement['data'] {
  // Widths are drawn in quarters of a pixel: smaller changes would repaint for nothing.
  return { status: edge.rates.rate === 0 ? 'idle' : edge.rates.protocol === 'tcp' ? 'tcp' : drawnStatus(edge.health.status), width: Math.round(edgeWidth(edge) * 4) / 4 };
}
