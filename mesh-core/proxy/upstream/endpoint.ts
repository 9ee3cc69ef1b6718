import type { Cluster, LbEndpoint, TlsContext } from '#mesh-core/domain/envoy/resources.ts';
import { endpointKey } from '#mesh-core/domain/decide/balance/host-sets.ts';
import { tlsContextOf } from '../config/check-support.ts';
import type { Deadlines } from '../http/deadlines.ts';
import type { SecretSource } from '../identity/secret-source.ts';
import { peerFromEndpointMetadata } from '../telemetry/peer-metadata.ts';
import type { PeerInfo } from '../telemetry/peer-metadata.ts';
import type { Socket } from 'node:net';
import { connectEndpoint } from './connect-endpoint.ts';
import type { ConnectFailure, ConnectTarget } from './connect-endpoint.ts';
import { Http2Pool } from '../http2/client-pool.ts';
import { ProtocolPool } from '../http2/protocol-pool.ts';
import type { UpstreamHttp } from '../http2/protocol-pool.ts';
import { HostStats } from '../stats/scoped-stats.ts';
import type { ClusterStats } from '../stats/scoped-stats.ts';
import { isMeshContext } from '../tls/tls-material.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { Http1Pool } from './http1/http1-pool.ts';

/** Idle connections are closed before the peer's own limit (an hour between proxies; apps announce theirs). */
const IDLE_MESH_MS = 60_000;
/** Node closes idle connections after 5 s; most other servers later. */
const IDLE_PLAIN_MS = 4000;

export interface EndpointOptions {
  /** When the host came, on the proxy's clock; for slow start. */
  readonly bornMs: number;
  readonly connectTimeoutMs: number;
  readonly secrets: SecretSource;
  readonly deadlines: Deadlines;
  readonly http: UpstreamHttp;
  readonly clusterStats: ClusterStats;
  /** Of the endpoint that this one takes the place of. */
  readonly stats?: HostStats | undefined;
}

/** One address of a cluster with its pool of kept connections. */
export class Endpoint {
  readonly key: string;
  readonly address: string;
  readonly port: number;
  readonly lb: LbEndpoint;
  /** Is this a peer of the mesh, reached by mutual TLS? */
  readonly mesh: boolean;
  /** From the control plane; used until the peer has told itself. */
  readonly peer: PeerInfo | undefined;
  readonly bornMs: number;
  readonly pool: ConnectionPool;
  active = 0;
  readonly stats: HostStats;
  readonly #target: ConnectTarget;
  readonly #secrets: SecretSource;

  constructor(lb: LbEndpoint, tls: TlsContext | undefined, { bornMs, connectTimeoutMs, secrets, deadlines, http, clusterStats, stats = new HostStats() }: EndpointOptions) {
    this.lb = lb;
    this.bornMs = bornMs;
    this.key = endpointKey(lb);
    ({ address: this.address, portValue: this.port } = lb.endpoint.address.socketAddress);
    this.mesh = tls !== undefined && isMeshContext(tls);
    this.peer = peerFromEndpointMetadata(lb.metadata?.filterMetadata?.['istio']?.['workload']);
    this.#secrets = secrets;
    this.stats = stats;
    this.#target = { address: this.address, port: this.port, timeoutMs: connectTimeoutMs, tls, protocol: 'http1', stats: { cluster: clusterStats, host: stats } };
    const { maxConcurrentStreams, maxRequestsPerConnection, maxAgeMs } = http;
    const shared = { secrets, idleMs: http.idleMs ?? (this.mesh ? IDLE_MESH_MS : IDLE_PLAIN_MS), deadlines, ...(maxRequestsPerConnection === undefined ? {} : { maxRequestsPerConnection }) };
    const http1 = (): ConnectionPool => new Http1Pool({ ...shared, target: this.#target, ...(maxAgeMs === undefined ? {} : { maxAgeMs }) });
    const http2 = (): ConnectionPool => new Http2Pool({ ...shared, target: { ...this.#target, protocol: 'http2' }, ...(maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams }) });
    this.pool = http.protocol === 'http1' ? http1() : new ProtocolPool(http.protocol, { http1, http2 });
  }

  /** Opens a connection of its own for bytes that are no HTTP. Calls back once. */
  connectTcp(callback: (error: ConnectFailure | null, socket?: Socket) => void): void {
    connectEndpoint({ ...this.#target, protocol: 'tcp' }, this.#secrets, callback);
  }

  /** Lets what is under way end, and keeps no connection afterwards. */
  retire(): void {
    this.pool.retire();
  }
}

/** The TLS settings for one endpoint: the first transport socket match its metadata satisfies, else the cluster's own. */
export function tlsOfEndpoint(cluster: Cluster, lb: LbEndpoint): TlsContext | undefined {
  const metadata = lb.metadata?.filterMetadata?.['envoy.transport_socket_match'] ?? {};
  const match = cluster.transportSocketMatches?.find((candidate) => Object.entries(candidate.match ?? {}).every(([key, value]) => metadata[key] === value));
  return tlsContextOf(match === undefined ? cluster.transportSocket : match.transportSocket);
}
