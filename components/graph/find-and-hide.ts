import type { Graph } from '#server/graph/core/graph-model.ts';
import { evaluate, type Expression } from './graph-expression.ts';

export interface Matches {
  readonly nodes: ReadonlySet<string>;
  readonly edges: ReadonlySet<string>;
}

/** Nodes and edges an expression is true of. */
export function matchesOf(graph: Pick<Graph, 'nodes' | 'edges'>, expression: Expression): Matches {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  return {
    nodes: new Set(graph.nodes.filter((node) => evaluate(expression, { kind: 'node', node }) === true).map((node) => node.id)),
    edges: new Set(graph.edges.filter((edge) => evaluate(expression, { kind: 'edge', edge, source: byId.get(edge.source), target: byId.get(edge.target) }) === true).map((edge) => edge.id)),
  };
}

/**
 * The graph without what matches. As in Kiali, edges of hidden nodes go, and so do nodes left with hidden edges only (a
 * node that never had an edge stays unless it matches). Unlike there, an edge that the question was asked of and that
 * does *not* match stays, with both ends: hiding what is healthy must not take a failing call to a healthy service away.
 */
export function hide<G extends Pick<Graph, 'nodes' | 'edges' | 'boxes'>>(graph: G, expression: Expression): G {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const verdicts = new Map(graph.edges.map((edge) => [edge.id, evaluate(expression, { kind: 'edge', edge, source: byId.get(edge.source), target: byId.get(edge.target) })]));
  const spared = new Set(graph.edges.filter((edge) => verdicts.get(edge.id) === false).flatMap((edge) => [edge.source, edge.target]));
  const hidden = new Set([...matchesOf(graph, expression).nodes].filter((id) => !spared.has(id)));
  const edges = graph.edges.filter((edge) => verdicts.get(edge.id) !== true && !hidden.has(edge.source) && !hidden.has(edge.target));
  const connected = new Set(edges.flatMap((edge) => [edge.source, edge.target]));
  const hadEdge = new Set(graph.edges.flatMap((edge) => [edge.source, edge.target]));
  const nodes = graph.nodes.filter((node) => !hidden.has(node.id) && (connected.has(node.id) || !hadEdge.has(node.id)));
  return withBoxes(graph, nodes, edges);
}

/** What can reach `focus` or be reached from it within `hops` calls (`Infinity`: all the way up and down). */
export function neighbourhood<G extends Pick<Graph, 'nodes' | 'edges' | 'boxes'>>(graph: G, focus: string, hops: number): G {
  const near = new Set([focus]);
  for (const [here, there] of [['source', 'target'], ['target', 'source']] as const) {
    const seen = new Set([focus]);
    let front = [focus];
    for (let step = 0; step < hops && front.length > 0; step += 1) {
      const next = graph.edges.filter((edge) => front.includes(edge[here]) && !seen.has(edge[there])).map((edge) => edge[there]);
      for (const id of next) seen.add(id);
      front = [...new Set(next)];
    }
    for (const id of seen) near.add(id);
  }
  const nodes = graph.nodes.filter((node) => near.has(node.id));
  return withBoxes(graph, nodes, graph.edges.filter((edge) => near.has(edge.source) && near.has(edge.target)));
}

function withBoxes<G extends Pick<Graph, 'nodes' | 'edges' | 'boxes'>>(graph: G, nodes: G['nodes'], edges: G['edges']): G {
  const boxed = new Set(nodes.map((node) => node.parent));
  return { ...graph, nodes, edges, boxes: graph.boxes.filter((box) => boxed.has(box.id)) };
}
