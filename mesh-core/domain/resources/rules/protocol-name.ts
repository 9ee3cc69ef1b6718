/** Port protocols as Istio groups them (istio/istio pkg/config/protocol); names are read in any case. */
export interface PortProtocol {
  readonly name: string;
  /** Read and routed as HTTP. */
  readonly http: boolean;
  /** Starts with a TLS handshake. */
  readonly tls: boolean;
  /** Handled as a TCP stream. TLS is one; HTTP is not. */
  readonly tcp: boolean;
}

const PROTOCOLS: ReadonlyMap<string, PortProtocol> = new Map(
  (
    [
      ['HTTP', 'http'],
      ['HTTP2', 'http'],
      ['GRPC', 'http'],
      ['GRPC-Web', 'http'],
      ['HTTP_PROXY', 'http'],
      ['HTTPS', 'tls'],
      ['TLS', 'tls'],
      ['TCP', 'tcp'],
      ['Mongo', 'tcp'],
      ['Redis', 'tcp'],
      ['MySQL', 'tcp'],
      ['UDP', 'udp'],
    ] as const
  ).map(([name, family]) => [name.toLowerCase(), { name, http: family === 'http', tls: family === 'tls', tcp: family === 'tcp' || family === 'tls' }]),
);
export const PROTOCOL_NAMES = 'HTTP, HTTPS, HTTP2, GRPC, GRPC-WEB, TLS, TCP, MONGO, REDIS, MYSQL';

/** The protocol of a port by its name, or undefined if Istio does not know it. */
export function parseProtocol(name: string): PortProtocol | undefined {
  return PROTOCOLS.get(name.toLowerCase());
}
