/**
 * One trace as its page gets it: columns instead of objects, so that 100,000 spans are a few megabytes and no parsing.
 * All algorithms over a single trace (critical path, statistics, graph, comparison) take this. Rows are depth first: a
 * parent comes before its children, children by start; row i's subtree is the rows i … i + descendants[i].
 * Attributes, events and links are not in it: they are asked for by row.
 */
export interface TraceColumns {
  readonly traceId: string;
  readonly count: number;
  /** The earliest start: what `start` counts from. Decimal nanoseconds. */
  readonly startUnixNano: string;
  /** To the latest end. Nanoseconds. */
  readonly durationNano: number;
  readonly services: readonly string[];
  readonly names: readonly string[];
  /** Each distinct pair of resource and scope. */
  readonly sources: readonly TraceSource[];

  /** Row of the parent; -1 for a root. */
  readonly parent: Int32Array;
  readonly depth: Uint32Array;
  readonly descendants: Uint32Array;
  /** Nanoseconds from the trace's start. */
  readonly start: Float64Array;
  /** Nanoseconds, never negative: a span that ends before it starts has 0 and the mark `backwards`. */
  readonly duration: Float64Array;
  /** Duration less the time in which some child was running. Nanoseconds. */
  readonly self: Float64Array;
  /** 8 bytes each. */
  readonly spanIds: Uint8Array;
  /** Index into `sources`; a source tells the service. */
  readonly source: Uint32Array;
  /** Index into `names`. */
  readonly name: Uint32Array;
  /** Index into SPAN_KINDS (segment/span-words.ts). */
  readonly kind: Uint8Array;
  /** Index into SPAN_STATUSES. */
  readonly status: Uint8Array;
  /** Bits of MARKS. */
  readonly marks: Uint16Array;
  /** Texts that algorithms and rows need, for the few keys in TEXT_KEYS: index + 1 into `values`, 0 = none. */
  readonly texts: Readonly<Partial<Record<TextKey, { readonly values: readonly string[]; readonly codes: Uint32Array }>>>;

  /** Sentences: parents missing, ids used twice, clocks that differ. */
  readonly warnings: readonly string[];
  /** Time of the newest span's arrival is not known; end of the newest span, for "last span 2 s ago". Unix ms. */
  readonly newestEndMs: number;
}

export interface TraceSource {
  /** Index into `services`. */
  readonly service: number;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: { readonly name: string; readonly version?: string; readonly attributes?: Readonly<Record<string, unknown>> };
}

export const MARKS = {
  /** Names a parent that is not in the trace. */
  orphan: 1,
  /** Another span has the same id. */
  duplicateId: 2,
  /** Its parents led round in a circle, which was cut here. */
  cutCycle: 4,
  /** Ended before it started. */
  backwards: 8,
  /** Made by a mesh proxy. */
  proxy: 16,
  hasEvents: 32,
  hasLinks: 64,
  /** Has an event named `exception`. */
  hasException: 128,
  hasAttributes: 256,
} as const;

/** Attributes whose text comes with the columns. The first that a span has counts. */
export const TEXT_KEYS = {
  /** Envoy's, as `UH,URX`. */
  responseFlags: ['response_flags'],
  upstreamCluster: ['upstream_cluster.name', 'upstream_cluster'],
  canonicalService: ['istio.canonical_service'],
  canonicalRevision: ['istio.canonical_revision'],
  nodeId: ['node_id'],
  /** The caller's SPIFFE id, proved by mutual TLS; on spans of server proxies. */
  callerIdentity: ['downstream_peer_uri_san'],
  httpMethod: ['http.request.method', 'http.method'],
  httpStatus: ['http.response.status_code', 'http.status_code'],
  /** Of a proxy that tells only the whole URL, that. */
  httpPath: ['url.path', 'http.route', 'http.target', 'http.url'],
  grpcStatus: ['rpc.grpc.status_code', 'grpc.status_code'],
  dbSystem: ['db.system.name', 'db.system'],
  messagingSystem: ['messaging.system'],
  peer: ['peer.service', 'server.address', 'net.peer.name'],
  statusMessage: [],
} as const;
export type TextKey = keyof typeof TEXT_KEYS;
