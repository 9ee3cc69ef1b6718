import { Agent } from 'node:http';
import type { ClientRequestArgs } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Cluster, LbEndpoint, TlsContext } from '#mesh-core/domain/envoy/resources.ts';
import { endpointKey } from '#mesh-core/domain/decide/pick-endpoint.ts';
import { tlsContextOf } from '../config/check-support.ts';
import type { CertificateMaterial } from '../identity/workload-certificate.ts';
import { peerSpiffeId } from '../identity/peer-identity.ts';
import { peerFromEndpointMetadata } from '../telemetry/peer-metadata.ts';
import type { PeerInfo } from '../telemetry/peer-metadata.ts';
import { connectEndpoint, isMeshTls } from './connect-endpoint.ts';

/** Idle connections are closed before the peer's own limit (an hour between proxies; apps announce theirs). */
const IDLE_MESH_MS = 60_000;
/** Node closes idle connections after 5 s; most other servers later. */
const IDLE_PLAIN_MS = 4000;
const MAX_IDLE_CONNECTIONS = 256;

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
  readonly agent: EndpointAgent;
  active = 0;

  constructor(lb: LbEndpoint, tls: TlsContext | undefined, connectTimeoutMs: number, certificate: () => CertificateMaterial) {
    this.lb = lb;
    this.key = endpointKey(lb);
    ({ address: this.address, portValue: this.port } = lb.endpoint.address.socketAddress);
    this.mesh = tls !== undefined && isMeshTls(tls);
    this.peer = peerFromEndpointMetadata(lb.metadata?.filterMetadata?.['istio']?.['workload']);
    this.agent = new EndpointAgent({ address: this.address, port: this.port, timeoutMs: connectTimeoutMs, tls }, certificate, this.mesh);
  }

  /** Lets what is under way end, and keeps no connection afterwards. */
  retire(): void {
    this.agent.retire();
  }
}

class EndpointAgent extends Agent {
  readonly #target: Parameters<typeof connectEndpoint>[0];
  readonly #certificate: () => CertificateMaterial;
  #retired = false;
  connections = 0;

  constructor(target: Parameters<typeof connectEndpoint>[0], certificate: () => CertificateMaterial, mesh: boolean) {
    super({ keepAlive: true, maxFreeSockets: MAX_IDLE_CONNECTIONS, timeout: mesh ? IDLE_MESH_MS : IDLE_PLAIN_MS, scheduling: 'lifo' });
    this.#target = target;
    this.#certificate = certificate;
  }

  override createConnection(_options: ClientRequestArgs, callback?: (error: Error | null, socket: Duplex) => void): null {
    connectEndpoint(this.#target, this.#certificate, (error, socket) => {
      if (socket === undefined) {
        // Safe because Node's agent looks at the error first; its type has no socket-less form.
        callback?.(error, undefined as unknown as Duplex);
        return;
      }
      this.connections++;
      socket.once('close', () => this.connections--);
      callback?.(null, socket);
    });
    return null;
  }

  /** All connections of one agent go to the same place. */
  override getName(): string {
    return 'endpoint';
  }

  override keepSocketAlive(socket: Duplex): boolean {
    // Node's agent gives a boolean here; its type says void.
    const kept: unknown = super.keepSocketAlive(socket);
    return !this.#retired && kept !== false;
  }

  retire(): void {
    this.#retired = true;
    for (const sockets of Object.values(this.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }
}

/** The TLS settings for one endpoint: the first transport socket match its metadata satisfies, else the cluster's own. */
export function tlsOfEndpoint(cluster: Cluster, lb: LbEndpoint): TlsContext | undefined {
  const metadata = lb.metadata?.filterMetadata?.['envoy.transport_socket_match'] ?? {};
  const match = cluster.transportSocketMatches?.find((candidate) => Object.entries(candidate.match ?? {}).every(([key, value]) => metadata[key] === value));
  return tlsContextOf(match === undefined ? cluster.transportSocket : match.transportSocket);
}

const spiffeIds = new WeakMap<Duplex, string | undefined>();

/** The verified identity at the other end of an upstream connection; read from the certificate once per connection. */
export function upstreamSpiffeId(socket: Duplex): string | undefined {
  if (!('encrypted' in socket)) return undefined;
  if (!spiffeIds.has(socket)) {
    // Safe because only TLS sockets carry `encrypted`.
    spiffeIds.set(socket, peerSpiffeId(socket as TLSSocket));
  }
  return spiffeIds.get(socket);
}
