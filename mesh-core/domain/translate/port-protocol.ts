export type PortProtocol = 'http' | 'http2' | 'grpc' | 'https' | 'tls' | 'tcp' | 'auto';

const NAMES: Readonly<Record<string, PortProtocol>> = {
  http: 'http', http_proxy: 'http', 'grpc-web': 'http', http2: 'http2', h2c: 'http2', 'kubernetes.io/h2c': 'http2', grpc: 'grpc', https: 'https', tls: 'tls', tcp: 'tcp', mongo: 'tcp', redis: 'tcp', mysql: 'tcp', udp: 'tcp',
};

/**
 * The protocol that a port's name (`http-web`), appProtocol or declared protocol (`HTTP`) stands for; anything else is
 * detected at run time (`auto`), except that well-known TCP ports stay TCP. Source: Istio, "Protocol Selection".
 */
export function protocolOf(declared: string | undefined, port: number): PortProtocol {
  const text = (declared ?? '').toLowerCase();
  if (text.startsWith('grpc-web')) return 'http';
  const named = NAMES[text] ?? NAMES[text.split('-')[0] ?? ''];
  return named ?? (WELL_KNOWN_TCP.has(port) ? 'tcp' : 'auto');
}

/** Server-first protocols on their usual ports are never sniffed: SMTP, DNS, MySQL, MongoDB. */
const WELL_KNOWN_TCP: ReadonlySet<number> = new Set([25, 53, 3306, 27_017]);

/** Is HTTP spoken, or possibly spoken, on the port? */
export function isHttpOrSniffed(protocol: PortProtocol): boolean {
  return protocol === 'http' || protocol === 'http2' || protocol === 'grpc' || protocol === 'auto';
}
