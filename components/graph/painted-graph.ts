import { formatNumber } from '#components/charts/format-number.ts';
import { STATUS } from '#components/status/status.ts';
import type { Graph, GraphEdge, GraphNode, HealthStatus } from '#server/graph/core/graph-model.ts';
import { edgeLabelParts, type EdgeLabelKind } from './edge-label.ts';
import { badgesOf, nodeIcon, type BadgeName, type GraphIconName } from './graph-icons.ts';

/** What is painted above Cytoscape's bodies and lines: no geometry. */
export interface PaintedNode {
  readonly name: string;
  /** `Degraded · 12.3 rps`, then what is left of it where room is short: what is wrong in a word, else the rate. */
  readonly notes: readonly [full: string, short: string];
  readonly status: HealthStatus;
  readonly icon: GraphIconName;
  readonly badges: readonly BadgeName[];
}
export interface PaintedEdge {
  /** The label in full, then shorter forms for want of room; the last of an edge with trouble is empty: its glyph alone. */
  readonly texts: readonly string[];
  readonly status: HealthStatus;
  /** Share of requests with mutual TLS, to be shown as a lock; `undefined`: not shown or not known. */
  readonly mtls: number | undefined;
  readonly rate: number;
}
export interface PaintedGraph {
  readonly nodes: ReadonlyMap<string, PaintedNode>;
  readonly edges: ReadonlyMap<string, PaintedEdge>;
}
export interface PaintSettings {
  readonly labels: readonly EdgeLabelKind[];
  readonly security: boolean;
  readonly badges: boolean;
}

/** The texts and marks of a graph. */
export function paintedGraph(graph: Pick<Graph, 'nodes' | 'edges'>, settings: PaintSettings): PaintedGraph {
  return {
    nodes: new Map(graph.nodes.map((node) => [node.id, { name: node.label, notes: nodeNotes(node), status: node.health.status, icon: nodeIcon(node), badges: settings.badges ? badgesOf(node) : [] }])),
    edges: new Map(graph.edges.map((edge) => [edge.id, paintedEdge(edge, settings)])),
  };
}

/** Status in a word and the rate through a node: in, else out. */
export function nodeNote(node: Pick<GraphNode, 'health' | 'inbound' | 'outbound'>): string {
  return nodeNotes(node)[0];
}

function nodeNotes(node: Pick<GraphNode, 'health' | 'inbound' | 'outbound'>): PaintedNode['notes'] {
  const rates = node.inbound.length > 0 ? node.inbound : node.outbound;
  const requests = rates.filter((r) => r.protocol !== 'tcp');
  const shown = requests.length > 0 ? requests : rates;
  const total = shown.reduce((sum, r) => sum + r.rate, 0);
  const word = STATUS[node.health.status].label;
  const rate = formatNumber(total, requests.length > 0 ? 'rps' : 'bytesPerSecond');
  if (total === 0) return [word, word];
  return [`${word} · ${rate}`, node.health.status === 'healthy' ? rate : word];
}

function paintedEdge(edge: GraphEdge, { labels, security }: PaintSettings): PaintedEdge {
  const parts = edgeLabelParts(edge, labels);
  const isWrong = edge.health.status === 'failing' || edge.health.status === 'degraded';
  const short = (isWrong ? parts.find((part) => part.endsWith(' err')) : undefined) ?? parts[0];
  const texts = [parts.join(' · '), ...(parts.length > 1 && short !== undefined ? [short] : []), ...(isWrong && parts.length > 0 ? [''] : [])];
  return { texts, status: edge.health.status, mtls: security && edge.mtls !== null && edge.rates.rate > 0 ? edge.mtls : undefined, rate: edge.rates.rate };
}
