import type { PeerInfo } from './peer-metadata.ts';

/** Envoy's response flags that this proxy sets, in the order in which several are written. Source: envoy stream_info utility.h. */
const RESPONSE_FLAGS = ['UH', 'UT', 'UR', 'UF', 'UC', 'UO', 'NR', 'DI', 'FI', 'RL', 'UAEX', 'DC', 'URX', 'SI', 'DPE', 'DT', 'UPE', 'NC'] as const;
export type ResponseFlag = (typeof RESPONSE_FLAGS)[number];

/** The service a cluster stands for, as metrics name it. */
export interface DestinationService {
  /** `catalog.shop.svc.cluster.local` */
  readonly host: string;
  /** `catalog` */
  readonly name: string;
  readonly namespace: string;
}

/**
 * What is known of one request when it has ended: filled in along the pipeline, read once by metrics, spans and access
 * log. Times are milliseconds.
 */
export interface RequestRecord {
  readonly startedAtMs: number;
  requestId: string;
  method: string;
  path: string;
  authority: string;
  protocol: string;
  userAgent: string;
  downstreamRemote: string;
  downstreamLocal: string;
  requestedServerName: string;
  forwardedFor: string;
  /** 0 = the client left before an answer. */
  status: number;
  flags: ResponseFlag[];
  details: string;
  /** Why this proxy ended the connection: TCP only. */
  terminationDetails?: string;
  /** TLS or connect failure in words. */
  transportFailure: string;
  routeName: string;
  clusterName: string;
  upstreamHost: string;
  upstreamLocal: string;
  attempts: number;
  bytesReceived: number;
  bytesSent: number;
  durationMs: number;
  upstreamServiceTimeMs: number | undefined;
  grpcStatus: string;
  isGrpc: boolean;
  /** The other end, from metadata exchange or endpoint metadata. */
  peer: PeerInfo | undefined;
  /** `spiffe://…` of the other end, from its certificate. */
  peerPrincipal: string | undefined;
  ownPrincipal: string | undefined;
  destination: DestinationService | undefined;
  mutualTls: boolean;
  traceId: string;
  operation: string;
  /** What filters noted about the request, by filter name: the claims of its token, the rule that matched. */
  metadata?: Record<string, Record<string, unknown>> | undefined;
  /** As they were sent on; for logs and tags that name a header. */
  requestHeaders?: Readonly<Record<string, string | string[] | undefined>> | undefined;
  responseHeaders?: Readonly<Record<string, string | string[] | undefined>> | undefined;
}

/** The two ends of a client's connection, as a record names them. */
export interface ConnectionEnds {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly serverName: string;
}

/** The record of a connection of which nothing is known yet but its ends: as it is for TCP; a request fills in its own part. */
export function connectionRecord(downstream: ConnectionEnds, startedAtMs: number): RequestRecord {
  return {
    startedAtMs,
    requestId: '',
    method: '',
    path: '',
    authority: '',
    protocol: '',
    userAgent: '',
    downstreamRemote: `${downstream.remoteAddress}:${downstream.remotePort}`,
    downstreamLocal: `${downstream.localAddress}:${downstream.localPort}`,
    requestedServerName: downstream.serverName,
    forwardedFor: '',
    status: 0,
    flags: [],
    details: '',
    transportFailure: '',
    routeName: '',
    clusterName: '',
    upstreamHost: '',
    upstreamLocal: '',
    attempts: 0,
    bytesReceived: 0,
    bytesSent: 0,
    durationMs: 0,
    upstreamServiceTimeMs: undefined,
    grpcStatus: '',
    isGrpc: false,
    peer: undefined,
    peerPrincipal: undefined,
    ownPrincipal: undefined,
    destination: undefined,
    mutualTls: false,
    traceId: '',
    operation: '',
  };
}

/** Notes something under a filter's name, beside what it noted before. */
export function noteMetadata(record: RequestRecord, filter: string, fields: Record<string, unknown>): void {
  record.metadata ??= {};
  const known = record.metadata[filter];
  if (known === undefined) record.metadata[filter] = fields;
  else Object.assign(known, fields);
}

/** `UF,URX`, or `-` for none, as logs and metrics write it. */
export function formatFlags(flags: readonly ResponseFlag[]): string {
  if (flags.length < 2) return flags[0] ?? '-';
  return RESPONSE_FLAGS.filter((flag) => flags.includes(flag)).join(',');
}

/** Adds a flag once. */
export function addFlag(record: RequestRecord, flag: ResponseFlag): void {
  if (!record.flags.includes(flag)) record.flags.push(flag);
}
