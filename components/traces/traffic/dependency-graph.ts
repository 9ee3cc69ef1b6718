import type { Graph, GraphEdge, GraphNode, Health } from '#server/graph/core/graph-model.ts';
import type { DependenciesAnswer } from '#server/traces/derived/schemas.ts';
import { errorRatio } from './red-figures.ts';

/** From this share of failed calls on, an edge or a service is degraded, and failing: Kiali's defaults for HTTP requests. */
const DEGRADED_FROM = 0.001;
const FAILING_FROM = 0.1;

/** What traces say of who calls whom, in the form that the graph's engine draws. Rates are per second of the range. */
export function dependencyGraph({ nodes, edges, fromMs, toMs }: Pick<DependenciesAnswer, 'nodes' | 'edges' | 'fromMs' | 'toMs'>): Graph {
  const called = new Set(edges.map((edge) => edge.server));
  const outgoing = new Map<string, number>();
  for (const edge of edges) outgoing.set(edge.client, (outgoing.get(edge.client) ?? 0) + edge.ratePerSecond);
  return {
    type: 'service',
    at: toMs / 1000,
    durationSeconds: (toMs - fromMs) / 1000,
    boxes: [],
    queries: {},
    warnings: [],
    nodes: nodes.map(({ name, kind, traffic }): GraphNode => {
      const [label, namespace] = splitName(name);
      return {
        id: name,
        kind: kind === 'service' ? 'service' : kind === 'database' ? 'serviceEntry' : 'unknown',
        namespace,
        service: label,
        label: name,
        health: traffic === undefined ? { status: 'unknown', reason: 'It sends no spans.' } : healthOf(errorRatio(traffic), 'calls'),
        inbound: [],
        outbound: [],
        isRoot: !called.has(name),
        isIdle: false,
        isOutside: kind !== 'service',
        isGateway: false,
        badges: [],
      };
    }),
    edges: edges.map((edge): GraphEdge => {
      const ratio = errorRatio(edge) ?? 0;
      const ms = (nano: number | null): number | null => (nano === null ? null : nano / 1e6);
      const failed = edge.ratePerSecond * ratio;
      return {
        id: `${edge.client}→${edge.server}→${edge.type}`,
        source: edge.client,
        target: edge.server,
        rates: { protocol: 'http', rate: edge.ratePerSecond, errorRatio: ratio, codes: { ok: edge.ratePerSecond - failed, ...(failed > 0 ? { error: failed } : {}) }, flags: {} },
        shareOfSource: edge.ratePerSecond / (outgoing.get(edge.client) ?? edge.ratePerSecond),
        latencyMs: { p50: ms(edge.p50Nano), p95: ms(edge.p95Nano), p99: ms(edge.p99Nano) },
        throughput: { request: null, response: null },
        mtls: null,
        health: healthOf(ratio, 'calls'),
      };
    }),
  };
}

/** `catalog.shop` → `catalog`, `shop`: how the mesh's proxies name the services of their spans. */
function splitName(name: string): readonly [service: string, namespace: string] {
  const dot = name.indexOf('.');
  return dot <= 0 ? [name, ''] : [name.slice(0, dot), name.slice(dot + 1)];
}

function healthOf(ratio: number | null, what: string): Health {
  if (ratio === null) return { status: 'idle', reason: `No ${what} in this range.` };
  const text = `${(ratio * 100).toPrecision(2)} % of ${what} failed (degraded from ${DEGRADED_FROM * 100} %, failing from ${FAILING_FROM * 100} %).`;
  return { status: ratio >= FAILING_FROM ? 'failing' : ratio >= DEGRADED_FROM ? 'degraded' : 'healthy', reason: ratio === 0 ? `No ${what} failed.` : text };
}
