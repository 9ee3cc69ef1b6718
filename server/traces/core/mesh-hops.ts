import { serviceOf } from './span-service.ts';
import type { TraceNode, TraceTree } from './trace-tree.ts';

/**
 * One request between two proxies. Nanoseconds; total = network + sidecar + app + downstream. Only durations are
 * compared between the two sides, never times of day, so differing clocks do no harm.
 */
export interface MeshHop {
  /** The caller's proxy; absent when the caller is not in the mesh or its span is missing. */
  readonly client?: number;
  /** The callee's proxy: one per attempt, in start order; empty when none answered or its span is missing. */
  readonly servers: readonly number[];
  /** The app's own server span of the last attempt, when the app is instrumented. */
  readonly app?: number;
  readonly from: string;
  readonly to: string;
  readonly totalNano: number;
  readonly networkNano: number;
  readonly sidecarNano: number;
  readonly appNano: number;
  readonly downstreamNano: number;
  readonly appMeasured: boolean;
  /** As the caller's proxy reports them (else the callee's); absent for none. */
  readonly responseFlags?: string;
}

/**
 * Folds the spans of Istio's proxies into hops. A client-proxy span and the server-proxy spans that are its children
 * are one hop; a gateway's inner client span stands for the outer one. Time in the server proxy's span belongs to the
 * app unless the app's own span tells the two apart; calls that the app makes through its proxy count as downstream.
 */
export function foldMeshHops(tree: TraceTree): MeshHop[] {
  const hops: MeshHop[] = [];
  for (const [index, node] of tree.nodes.entries()) {
    if (!isProxy(node)) continue;
    const children = node.children.map((i) => ({ i, node: tree.nodes[i] }));
    if (node.span.kind === 'client') {
      const nodeId = node.span.attributes['node_id'];
      const outer = children.some((c) => c.node !== undefined && isProxy(c.node) && c.node.span.kind === 'client' && c.node.span.attributes['node_id'] === nodeId);
      if (!outer) hops.push(hopOf(tree, index, children.filter((c) => c.node !== undefined && isProxyServer(c.node)).map((c) => c.i)));
    } else if (node.span.kind === 'server') {
      const parent = tree.nodes[node.parent];
      if (parent === undefined || !isProxy(parent) || parent.span.kind !== 'client') hops.push(hopOf(tree, undefined, [index]));
    }
  }
  return hops;
}

function hopOf(tree: TraceTree, clientIndex: number | undefined, servers: readonly number[]): MeshHop {
  const client = clientIndex === undefined ? undefined : tree.nodes[clientIndex];
  const parts = servers.map((s) => serverParts(tree, s));
  const inServers = servers.reduce((sum, s) => sum + duration(tree.nodes[s]), 0);
  const total = Math.max(duration(client), inServers);
  const last = servers.at(-1);
  const lastServer = last === undefined ? undefined : tree.nodes[last];
  const app = parts.at(-1)?.app;
  const flags = flagsOf(client) ?? flagsOf(lastServer);
  return {
    ...(clientIndex === undefined ? {} : { client: clientIndex }),
    servers,
    ...(app === undefined ? {} : { app }),
    from: client === undefined ? 'unknown' : workloadName(client),
    to: lastServer === undefined ? hostOfCluster(client) : workloadName(lastServer),
    totalNano: total,
    networkNano: total - inServers,
    sidecarNano: parts.reduce((sum, p) => sum + p.sidecar, 0),
    appNano: parts.reduce((sum, p) => sum + p.own, 0),
    downstreamNano: parts.reduce((sum, p) => sum + p.downstream, 0),
    appMeasured: app !== undefined,
    ...(flags === undefined ? {} : { responseFlags: flags }),
  };
}

function serverParts(tree: TraceTree, serverIndex: number): { sidecar: number; own: number; downstream: number; app: number | undefined } {
  const server = tree.nodes[serverIndex];
  if (server === undefined) return { sidecar: 0, own: 0, downstream: 0, app: undefined };
  const app = server.children.find((i) => {
    const child = tree.nodes[i];
    return child !== undefined && !isProxy(child) && child.span.kind === 'server';
  });
  const appNode = app === undefined ? undefined : tree.nodes[app];
  const from = appNode === undefined ? server.start : clamp(appNode.start, server.start, server.end);
  const to = appNode === undefined ? server.end : clamp(appNode.end, from, server.end);
  const downstream = callsWithin(tree, serverIndex, from, to);
  return { sidecar: server.end - server.start - (to - from), own: to - from - downstream, downstream, app };
}

/** Time covered by the client-proxy spans that the app behind this server span caused directly. */
function callsWithin(tree: TraceTree, serverIndex: number, from: number, to: number): number {
  const calls: TraceNode[] = [];
  const stack = [...(tree.nodes[serverIndex]?.children ?? [])];
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    const node = tree.nodes[i];
    if (node === undefined) continue;
    if (!isProxy(node)) for (const child of node.children) stack.push(child);
    else if (node.span.kind === 'client') calls.push(node);
  }
  let covered = 0;
  let coveredTo = from;
  for (const call of calls.sort((a, b) => a.start - b.start)) {
    const start = Math.max(call.start, coveredTo);
    const end = Math.min(call.end, to);
    if (end > start) {
      covered += end - start;
      coveredTo = end;
    }
  }
  return covered;
}

/** Istio's proxies tag their spans with `component=proxy` and a node id of the form `sidecar~ip~name~domain`. */
function isProxy(node: TraceNode): boolean {
  const id = node.span.attributes['node_id'];
  return node.span.attributes['component'] === 'proxy' || (typeof id === 'string' && /^(sidecar|router|waypoint|ztunnel)~/.test(id));
}

function isProxyServer(node: TraceNode): boolean {
  return isProxy(node) && node.span.kind === 'server';
}

function workloadName(node: TraceNode): string {
  const name = node.span.attributes['istio.canonical_service'];
  return typeof name === 'string' && name !== '' ? name : serviceOf(node.span);
}

/** The host in `outbound|80|v1|catalog.shop.svc.cluster.local`. */
function hostOfCluster(client: TraceNode | undefined): string {
  const cluster = client?.span.attributes['upstream_cluster.name'] ?? client?.span.attributes['upstream_cluster'];
  const host = typeof cluster === 'string' ? cluster.split('|').at(-1) : undefined;
  return host === undefined || host === '' || host === '-' ? 'unknown' : host;
}

function flagsOf(node: TraceNode | undefined): string | undefined {
  const flags = node?.span.attributes['response_flags'];
  return typeof flags === 'string' && flags !== '' && flags !== '-' ? flags : undefined;
}

function duration(node: TraceNode | undefined): number {
  return node === undefined ? 0 : node.end - node.start;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
