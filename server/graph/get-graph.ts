import { vectorRows, type VectorRow } from '#server/promql/vector-rows.ts';
import type { ServerContext } from '#server/server-context.ts';
import { ServerError } from '#server/server-error.ts';
import { appBoxes, buildGraph, type GraphInput, type ReportedRate } from './core/build-graph.ts';
import { decorateNodes } from './core/decorate-graph.ts';
import { flowKey, requestFlow, tcpFlow, type RequestFlow } from './core/flows.ts';
import type { Graph, GraphEdge, GraphNode } from './core/graph-model.ts';
import { graphQueries, type GraphQueries } from './queries.ts';
import type { GetGraphQuery } from './schemas.ts';

type GraphContext = Pick<ServerContext, 'metrics' | 'config' | 'clock' | 'scrapeIntervalSeconds'>;

/** The graph at one moment. All queries run side by side; one that fails is a warning on the graph, all failing is an error. */
export async function getGraph({ ctx, input, signal }: { ctx: GraphContext; input: Omit<GetGraphQuery, 'idleEdges'> & Partial<Pick<GetGraphQuery, 'idleEdges'>>; signal?: AbortSignal }): Promise<Graph> {
  const at = input.at ?? ctx.clock.now() / 1000;
  // A rate needs two samples: a window shorter than two scrapes would always be empty.
  const durationSeconds = Math.max(input.duration, 2.2 * ctx.scrapeIntervalSeconds);
  const queries = graphQueries(durationSeconds, { idle: input.idleEdges === true });
  const names = Object.keys(queries) as (keyof GraphQueries)[];
  const answers = await Promise.allSettled(names.map((name) => ctx.metrics.query(queries[name], { time: at, ...(signal === undefined ? {} : { signal }) })));
  const warnings: string[] = [];
  const rows = new Map<keyof GraphQueries, VectorRow[]>();
  for (const [index, name] of names.entries()) {
    const answer = answers[index];
    if (answer?.status === 'fulfilled') rows.set(name, vectorRows(answer.value));
    else warnings.push(`The query for ${name} failed: ${answer?.reason instanceof Error ? answer.reason.message : String(answer?.reason)}`);
  }
  if (rows.get('requests') === undefined) throw new ServerError('upstream', 'The metrics needed for the graph could not be read.', { hint: warnings[0] ?? 'Try again.' });
  const serviceNodes = input.serviceNodes && input.type !== 'service';
  const built = buildGraph(inputOf(rows), { type: input.type, serviceNodes, idleEdges: input.idleEdges === true });
  const decorated = decorateNodes(built.nodes, ctx.config.snapshot(), { type: input.type, namespaces: input.namespaces, idleNodes: input.idleNodes, serviceNodes });
  const { nodes, edges } = restrict(decorated, built.edges);
  return { type: input.type, at, durationSeconds, nodes, edges, boxes: input.type === 'versionedApp' ? appBoxes(nodes) : built.boxes, queries: { ...queries }, warnings };
}

function inputOf(rows: ReadonlyMap<keyof GraphQueries, readonly VectorRow[]>): GraphInput {
  const of = (name: keyof GraphQueries): readonly VectorRow[] => rows.get(name) ?? [];
  const reported = (name: keyof GraphQueries): ReportedRate[] => of(name).map(({ labels, value }) => ({ key: flowKey(labels), reporter: labels['reporter'] ?? '', rate: value }));
  const requests: RequestFlow[] = [];
  for (const { labels, value } of of('requests')) requests.push(...maybe(requestFlow(labels, value)));
  for (const name of ['tcpSent', 'tcpReceived'] as const) for (const { labels, value } of of(name)) requests.push(...maybe(tcpFlow(labels, value)));
  return {
    requests,
    buckets: of('durationBuckets').map(({ labels, value }) => ({ key: flowKey(labels), reporter: labels['reporter'] ?? '', le: labels['le'] === '+Inf' ? Infinity : Number(labels['le']), rate: value })),
    requestBytes: reported('requestBytes'),
    responseBytes: reported('responseBytes'),
    security: of('security').map(({ labels, value }) => ({
      key: flowKey(labels),
      policy: labels['connection_security_policy'] ?? 'unknown',
      sourcePrincipal: principal(labels['source_principal']),
      destinationPrincipal: principal(labels['destination_principal']),
      rate: value,
    })),
  };
}

function principal(value: string | undefined): string | undefined {
  return value === undefined || value === 'unknown' || value === '' ? undefined : value;
}

function maybe<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

/** Keeps edges that touch a chosen namespace, and the nodes on them. */
function restrict(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): { nodes: GraphNode[]; edges: GraphEdge[] } {
  const outside = new Set(nodes.filter((n) => n.isOutside).map((n) => n.id));
  const kept = edges.filter((e) => !outside.has(e.source) || !outside.has(e.target)).filter((e) => !(outside.has(e.source) && e.target === 'unknown') && !(outside.has(e.target) && e.source === 'unknown'));
  const touched = new Set(kept.flatMap((e) => [e.source, e.target]));
  return { nodes: nodes.filter((n) => touched.has(n.id) || (n.isIdle && !n.isOutside)), edges: kept };
}
