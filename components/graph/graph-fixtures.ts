import type { Graph, GraphEdge, GraphNode, HealthStatus } from '#server/graph/core/graph-model.ts';

/** A node for tests: healthy, silent, of namespace `shop`. */
export function aNode(name: string, over: Partial<GraphNode> = {}): GraphNode {
  return { id: `wl:shop/${name}`, kind: 'workload', namespace: 'shop', workload: name, label: name, health: { status: 'healthy', reason: '' }, inbound: [], outbound: [], isRoot: false, isIdle: false, isOutside: false, isGateway: false, badges: [], ...over };
}

/** An edge for tests between two node names. */
export function anEdge(from: string, to: string, over: Partial<Omit<GraphEdge, 'rates' | 'health'>> & { rate?: number; errorRatio?: number; protocol?: 'http' | 'grpc' | 'tcp'; status?: HealthStatus } = {}): GraphEdge {
  const { rate = 1, errorRatio = 0, protocol = 'http', status = 'healthy', ...rest } = over;
  return {
    id: `wl:shop/${from}>wl:shop/${to}>${protocol}`,
    source: `wl:shop/${from}`,
    target: `wl:shop/${to}`,
    rates: { protocol, rate, errorRatio, codes: { 200: rate * (1 - errorRatio), ...(errorRatio > 0 ? { 503: rate * errorRatio } : {}) }, flags: { '-': rate } },
    shareOfSource: 1,
    latencyMs: { p50: null, p95: null, p99: null },
    throughput: { request: null, response: null },
    mtls: null,
    health: { status, reason: '' },
    ...rest,
  };
}

/** A graph for tests. */
export function aGraph(nodes: readonly GraphNode[], edges: readonly GraphEdge[], over: Partial<Graph> = {}): Graph {
  return { type: 'workload', at: 0, durationSeconds: 60, nodes, edges, boxes: [], queries: {}, warnings: [], ...over };
}
