import { bucketQuantile, type Bucket } from './bucket-quantile.ts';
import { dedupeReporters, type FlowKey, type FlowSource, type RequestFlow } from './flows.ts';
import type { GraphBox, GraphEdge, GraphNode, GraphType, ProtocolRates } from './graph-model.ts';
import { trafficHealth } from './health.ts';
import { destinationNode, serviceNode, sourceNode, type NodeIdentity } from './node-identity.ts';

/** Everything the queries brought, already turned into flows. */
export interface GraphInput {
  readonly requests: readonly RequestFlow[];
  readonly buckets: readonly { readonly key: FlowKey; readonly reporter: string; readonly le: number; readonly rate: number }[];
  readonly requestBytes: readonly ReportedRate[];
  readonly responseBytes: readonly ReportedRate[];
  readonly security: readonly { readonly key: FlowKey; readonly policy: string; readonly sourcePrincipal: string | undefined; readonly destinationPrincipal: string | undefined; readonly rate: number }[];
}
export interface ReportedRate {
  readonly key: FlowKey;
  readonly reporter: string;
  readonly rate: number;
}
export interface GraphShape {
  readonly type: GraphType;
  /** Draw edges of known traffic that had none in this window. */
  readonly idleEdges?: boolean;
  /** Draw caller → service → workload instead of caller → workload. */
  readonly serviceNodes: boolean;
}

interface EdgeDraft {
  readonly source: NodeIdentity;
  readonly target: NodeIdentity;
  readonly protocol: ProtocolRates['protocol'];
  rate: number;
  readonly codes: Map<string, number>;
  readonly flags: Map<string, number>;
  readonly buckets: Map<number, number>;
  requestBytes: number | undefined;
  responseBytes: number | undefined;
  secureRate: number;
  securityRate: number;
  sourcePrincipal: string | undefined;
  destinationPrincipal: string | undefined;
}

/**
 * Nodes, edges and boxes of the graph. Latency quantiles are computed from bucket rates summed over everything an
 * edge stands for, so they are exact for the grouping that is drawn.
 */
export function buildGraph(input: GraphInput, shape: GraphShape): { nodes: GraphNode[]; edges: GraphEdge[]; boxes: GraphBox[] } {
  const drafts = new Map<string, EdgeDraft>();
  const flows = dedupeReporters(input.requests.filter((flow) => flow.rate > 0 || shape.idleEdges === true));
  const toHops = hopsOf(shape, shape.type === 'service' ? servicesOfWorkloads(flows) : new Map());
  for (const flow of flows) {
    for (const draft of draftsOf(drafts, toHops(flow.key), flow.protocol)) {
      if (flow.rate <= 0) continue;
      draft.rate += flow.rate;
      draft.codes.set(flow.code, (draft.codes.get(flow.code) ?? 0) + flow.rate);
      draft.flags.set(flow.flags, (draft.flags.get(flow.flags) ?? 0) + flow.rate);
    }
  }
  // Telemetry beside the requests never makes an edge of its own: no requests, no edge.
  const existing = (key: FlowKey): EdgeDraft[] => (['http', 'grpc'] as const).flatMap((protocol) => toHops(key).flatMap(([s, t]) => drafts.get(edgeId(s, t, protocol)) ?? []));
  for (const b of dedupeReporters(input.buckets)) for (const draft of existing(b.key)) draft.buckets.set(b.le, (draft.buckets.get(b.le) ?? 0) + b.rate);
  for (const r of dedupeReporters(input.requestBytes)) for (const draft of existing(r.key)) draft.requestBytes = (draft.requestBytes ?? 0) + r.rate;
  for (const r of dedupeReporters(input.responseBytes)) for (const draft of existing(r.key)) draft.responseBytes = (draft.responseBytes ?? 0) + r.rate;
  for (const s of input.security) {
    for (const draft of existing(s.key)) {
      draft.securityRate += s.rate;
      if (s.policy === 'mutual_tls') draft.secureRate += s.rate;
      draft.sourcePrincipal ??= s.sourcePrincipal;
      draft.destinationPrincipal ??= s.destinationPrincipal;
    }
  }
  return assemble([...drafts.values()], shape.type);
}

type Hops = (key: FlowKey) => [NodeIdentity, NodeIdentity][];

function hopsOf(shape: GraphShape, services: ReadonlyMap<string, NodeIdentity>): Hops {
  return (key) => {
    const source = services.get(workloadKey(key.source)) ?? sourceNode(shape.type, key.source);
    const target = destinationNode(shape.type, key.destination);
    if (!shape.serviceNodes || target.kind === 'service' || key.destination.service === undefined) return [[source, target]];
    const service = serviceNode(key.destination);
    return [
      [source, service],
      [service, target],
    ];
  };
}

/**
 * The service a workload stands for in a graph of services: the one it is called through most. A workload that nobody
 * calls through a service (a gateway, a client) stands for itself.
 */
function servicesOfWorkloads(flows: readonly RequestFlow[]): Map<string, NodeIdentity> {
  const busiest = new Map<string, { node: NodeIdentity; rate: number }>();
  for (const [id, same] of Map.groupBy(flows, (flow) => `${workloadKey(flow.key.destination)} ${serviceNode(flow.key.destination).id}`)) {
    const first = same[0]?.key.destination;
    if (first?.workload === undefined || first.service === undefined) continue;
    const workload = id.slice(0, id.indexOf(' '));
    const rate = same.reduce((sum, flow) => sum + flow.rate, 0);
    if (rate >= (busiest.get(workload)?.rate ?? 0)) busiest.set(workload, { node: serviceNode(first), rate });
  }
  return new Map([...busiest].map(([workload, { node }]) => [workload, node]));
}

function workloadKey(end: FlowSource): string {
  return `${end.namespace ?? ''}/${end.workload ?? ''}`;
}

function edgeId(source: NodeIdentity, target: NodeIdentity, protocol: string): string {
  return `${source.id}>${target.id}>${protocol}`;
}

function draftsOf(drafts: Map<string, EdgeDraft>, hops: ReturnType<Hops>, protocol: ProtocolRates['protocol']): EdgeDraft[] {
  return hops.map(([source, target]) => {
    const id = edgeId(source, target, protocol);
    let draft = drafts.get(id);
    if (draft === undefined) {
      draft = { source, target, protocol, rate: 0, codes: new Map(), flags: new Map(), buckets: new Map(), requestBytes: undefined, responseBytes: undefined, secureRate: 0, securityRate: 0, sourcePrincipal: undefined, destinationPrincipal: undefined };
      drafts.set(id, draft);
    }
    return draft;
  });
}

function assemble(drafts: readonly EdgeDraft[], type: GraphType): { nodes: GraphNode[]; edges: GraphEdge[]; boxes: GraphBox[] } {
  const outTotals = new Map<string, number>();
  for (const d of drafts) {
    const key = `${d.source.id}>${d.protocol}`;
    outTotals.set(key, (outTotals.get(key) ?? 0) + d.rate);
  }
  const edges = drafts.map((d) => edgeOf(d, outTotals.get(`${d.source.id}>${d.protocol}`) ?? 0));
  const identities = new Map<string, NodeIdentity>();
  for (const d of drafts) {
    identities.set(d.source.id, d.source);
    identities.set(d.target.id, d.target);
  }
  const nodes = [...identities.values()].map((identity) => nodeOf(identity, edges)).toSorted((a, b) => a.id.localeCompare(b.id));
  return { nodes, edges: edges.toSorted((a, b) => a.id.localeCompare(b.id)), boxes: type === 'versionedApp' ? appBoxes(nodes) : [] };
}

function edgeOf(draft: EdgeDraft, outTotal: number): GraphEdge {
  const rates = ratesOf(draft.protocol, draft.rate, draft.codes, draft.flags);
  const buckets: Bucket[] = [...draft.buckets].map(([le, count]) => ({ le, count }));
  const quantile = (q: number): number | null => bucketQuantile(q, buckets) ?? null;
  return {
    id: edgeId(draft.source, draft.target, draft.protocol),
    source: draft.source.id,
    target: draft.target.id,
    rates,
    shareOfSource: outTotal > 0 ? draft.rate / outTotal : 0,
    latencyMs: { p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99) },
    throughput: { request: draft.requestBytes ?? null, response: draft.responseBytes ?? null },
    mtls: draft.securityRate > 0 ? draft.secureRate / draft.securityRate : null,
    ...(draft.sourcePrincipal === undefined ? {} : { sourcePrincipal: draft.sourcePrincipal }),
    ...(draft.destinationPrincipal === undefined ? {} : { destinationPrincipal: draft.destinationPrincipal }),
    health: trafficHealth([rates]),
  };
}

function isError(protocol: ProtocolRates['protocol'], code: string): boolean {
  if (protocol === 'tcp') return false;
  if (code === '-') return true;
  return protocol === 'grpc' && code.length < 3 ? code !== '0' : /^[45]/.test(code);
}

function ratesOf(protocol: ProtocolRates['protocol'], rate: number, codes: ReadonlyMap<string, number>, flags: ReadonlyMap<string, number>): ProtocolRates {
  const errors = [...codes].reduce((sum, [code, r]) => sum + (isError(protocol, code) ? r : 0), 0);
  return { protocol, rate, errorRatio: rate > 0 ? errors / rate : 0, codes: Object.fromEntries(codes), flags: Object.fromEntries(flags) };
}

function sumRates(list: readonly ProtocolRates[]): ProtocolRates[] {
  const protocols = [...new Set(list.map((r) => r.protocol))].toSorted();
  return protocols.map((protocol) => {
    const same = list.filter((r) => r.protocol === protocol);
    const add = (pick: (r: ProtocolRates) => Readonly<Record<string, number>>): Map<string, number> => {
      const sum = new Map<string, number>();
      for (const r of same) for (const [k, v] of Object.entries(pick(r))) sum.set(k, (sum.get(k) ?? 0) + v);
      return sum;
    };
    return ratesOf(protocol, same.reduce((s, r) => s + r.rate, 0), add((r) => r.codes), add((r) => r.flags));
  });
}

function nodeOf(identity: NodeIdentity, edges: readonly GraphEdge[]): GraphNode {
  const inbound = sumRates(edges.filter((e) => e.target === identity.id).map((e) => e.rates));
  const outbound = sumRates(edges.filter((e) => e.source === identity.id).map((e) => e.rates));
  return {
    ...identity,
    inbound,
    outbound,
    health: trafficHealth([...inbound, ...outbound]),
    isRoot: inbound.length === 0 && outbound.length > 0,
    isIdle: [...inbound, ...outbound].every((r) => r.rate === 0),
    isOutside: false,
    isGateway: false,
    badges: [],
  };
}

/** A box around the versions of one app, where there are at least two. */
export function appBoxes(nodes: readonly GraphNode[]): GraphBox[] {
  const byParent = Map.groupBy(nodes.filter((n) => n.parent !== undefined), (n) => n.parent ?? '');
  return [...byParent]
    .filter(([, members]) => members.length > 1)
    .map(([id, members]) => ({ id, kind: 'app', label: members[0]?.app ?? id, namespace: members[0]?.namespace ?? '' }));
}
