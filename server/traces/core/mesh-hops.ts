import { SPAN_KINDS } from '#server/traces/segment/span-words.ts';
import { MARKS, type TextKey, type TraceColumns } from '#server/traces/view/trace-columns.ts';
import { childRows, type ChildRows } from './child-rows.ts';

/**
 * One request between two proxies; indexes are rows. Nanoseconds; total = network + sidecar + app + downstream. Only
 * durations are compared between the two sides, never times of day, so differing clocks do no harm.
 */
export interface MeshHop {
  /** The caller's proxy; absent when the caller is not in the mesh or its span is missing. */
  readonly client?: number;
  /** A gateway makes two client spans: the outer one, which `client` stands for. */
  readonly outer?: number;
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
  /** `outbound|80|v1|catalog.shop.svc.cluster.local`, as the caller's proxy chose it; absent when it does not say. */
  readonly upstreamCluster?: string;
  /** Who the caller proved to be by mutual TLS, as the callee's proxy saw it; absent when it does not say. */
  readonly callerIdentity?: string;
}

const CLIENT = SPAN_KINDS.indexOf('client');
const SERVER = SPAN_KINDS.indexOf('server');

/**
 * Folds the spans of Istio's proxies into hops. A client-proxy span and the server-proxy spans that are its children
 * are one hop; a gateway's inner client span stands for the outer one. Time in the server proxy's span belongs to the
 * app unless the app's own span tells the two apart; calls that the app makes through its proxy count as downstream.
 */
export function foldMeshHops(columns: TraceColumns): MeshHop[] {
  if (!columns.marks.some((marks) => (marks & MARKS.proxy) !== 0)) return [];
  return new HopFolder(columns).hops();
}

/** Which hop each row is part of (index into `hops`, -1 for none), and the rows to leave out when each hop is one row: all but its first. */
export function hopMembers(hops: readonly MeshHop[], rows: number): { readonly hopOf: Int32Array; readonly omitted: Uint8Array } {
  const hopOf = new Int32Array(rows).fill(-1);
  const omitted = new Uint8Array(rows);
  for (const [index, { client, outer, servers, app }] of hops.entries()) {
    const members = [outer, client, ...servers, app].filter((row) => row !== undefined);
    for (const [i, row] of members.entries()) {
      hopOf[row] = index;
      if (i > 0) omitted[row] = 1;
    }
  }
  return { hopOf, omitted };
}

class HopFolder {
  readonly #columns: TraceColumns;
  readonly #children: ChildRows;

  constructor(columns: TraceColumns) {
    this.#columns = columns;
    this.#children = childRows(columns.parent);
  }

  hops(): MeshHop[] {
    const { count, parent } = this.#columns;
    const hops: MeshHop[] = [];
    for (let row = 0; row < count; row++) {
      const above = parent[row] ?? -1;
      if (this.#isProxy(row, CLIENT)) {
        const node = this.#text('nodeId', row);
        const sameProxy = (other: number): boolean => this.#isProxy(other, CLIENT) && this.#text('nodeId', other) === node;
        const children = this.#childrenOf(row);
        if (!children.some(sameProxy)) hops.push(this.#hop(row, above >= 0 && sameProxy(above) ? above : undefined, children.filter((c) => this.#isProxy(c, SERVER))));
      } else if (this.#isProxy(row, SERVER) && (above < 0 || !this.#isProxy(above, CLIENT))) hops.push(this.#hop(undefined, undefined, [row]));
    }
    return hops;
  }

  #hop(client: number | undefined, outer: number | undefined, servers: readonly number[]): MeshHop {
    const parts = servers.map((s) => this.#serverParts(s));
    const inServers = servers.reduce((sum, s) => sum + this.#duration(s), 0);
    const total = Math.max(client === undefined ? 0 : this.#duration(client), inServers);
    const last = servers.at(-1);
    const app = parts.at(-1)?.app;
    const flags = (client === undefined ? undefined : this.#text('responseFlags', client)) ?? (last === undefined ? undefined : this.#text('responseFlags', last));
    const identity = last === undefined ? undefined : this.#text('callerIdentity', last);
    const cluster = client === undefined ? undefined : this.#text('upstreamCluster', client);
    return {
      ...(client === undefined ? {} : { client }),
      ...(outer === undefined ? {} : { outer }),
      servers,
      ...(app === undefined ? {} : { app }),
      from: client === undefined ? 'unknown' : this.#workload(client),
      to: last === undefined ? hostOfCluster(cluster) : this.#workload(last),
      totalNano: total,
      networkNano: total - inServers,
      sidecarNano: parts.reduce((sum, p) => sum + p.sidecar, 0),
      appNano: parts.reduce((sum, p) => sum + p.own, 0),
      downstreamNano: parts.reduce((sum, p) => sum + p.downstream, 0),
      appMeasured: app !== undefined,
      ...(flags === undefined ? {} : { responseFlags: flags }),
      ...(cluster === undefined ? {} : { upstreamCluster: cluster }),
      ...(identity === undefined ? {} : { callerIdentity: identity }),
    };
  }

  #serverParts(server: number): { sidecar: number; own: number; downstream: number; app: number | undefined } {
    const start = this.#start(server);
    const end = start + this.#duration(server);
    const app = this.#childrenOf(server).find((child) => this.#columns.kind[child] === SERVER && !this.#isProxy(child));
    const from = app === undefined ? start : clamp(this.#start(app), start, end);
    const to = app === undefined ? end : clamp(this.#start(app) + this.#duration(app), from, end);
    const downstream = this.#callsWithin(server, from, to);
    return { sidecar: end - start - (to - from), own: to - from - downstream, downstream, app };
  }

  /** Time covered by the client-proxy spans that the app behind this server span caused directly. */
  #callsWithin(server: number, from: number, to: number): number {
    const calls: number[] = [];
    const stack = this.#childrenOf(server);
    for (let row = stack.pop(); row !== undefined; row = stack.pop()) {
      if (!this.#isProxy(row)) for (const child of this.#childrenOf(row)) stack.push(child);
      else if (this.#isProxy(row, CLIENT)) calls.push(row);
    }
    let covered = 0;
    let coveredTo = from;
    for (const call of calls.sort((a, b) => this.#start(a) - this.#start(b))) {
      const start = Math.max(this.#start(call), coveredTo);
      const end = Math.min(this.#start(call) + this.#duration(call), to);
      if (end <= start) continue;
      covered += end - start;
      coveredTo = end;
    }
    return covered;
  }

  #isProxy(row: number, kind?: number): boolean {
    return ((this.#columns.marks[row] ?? 0) & MARKS.proxy) !== 0 && (kind === undefined || this.#columns.kind[row] === kind);
  }

  #workload(row: number): string {
    const { sources, services, source } = this.#columns;
    return this.#text('canonicalService', row) ?? services[sources[source[row] ?? 0]?.service ?? 0] ?? 'unknown';
  }

  #text(key: TextKey, row: number): string | undefined {
    const texts = this.#columns.texts[key];
    const code = texts?.codes[row] ?? 0;
    return code === 0 ? undefined : texts?.values[code - 1];
  }

  #childrenOf(row: number): number[] {
    const { first, child } = this.#children;
    return [...child.subarray(first[row] ?? 0, first[row + 1] ?? 0)];
  }

  #start(row: number): number {
    return this.#columns.start[row] ?? 0;
  }

  #duration(row: number): number {
    return this.#columns.duration[row] ?? 0;
  }
}

/** The host in `outbound|80|v1|catalog.shop.svc.cluster.local`. */
function hostOfCluster(cluster: string | undefined): string {
  const host = cluster?.split('|').at(-1);
  return host === undefined || host === '' ? 'unknown' : host;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
