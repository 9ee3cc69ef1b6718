import { parseProtocol } from '../resources/rules/protocol-name.ts';

/** Lower-case names; `auto` = not told, detected at run time. */
export type PortProtocol = 'http' | 'http2' | 'grpc' | 'grpc-web' | 'http-proxy' | 'https' | 'tls' | 'tcp' | 'mongo' | 'redis' | 'mysql' | 'udp' | 'auto';
/** How a listener treats a port's connections. Source: istiod's ModelProtocolToListenerProtocol. */
export type ListenerProtocol = 'http' | 'tcp' | 'auto';

const HTTP: ReadonlySet<PortProtocol> = new Set<PortProtocol>(['http', 'http2', 'grpc', 'grpc-web', 'http-proxy']);
const HTTP2: ReadonlySet<PortProtocol> = new Set<PortProtocol>(['http2', 'grpc', 'grpc-web']);
const NAMES: Readonly<Record<string, PortProtocol>> = {
  http: 'http', http2: 'http2', grpc: 'grpc', 'grpc-web': 'grpc-web', http_proxy: 'http-proxy', https: 'https', tls: 'tls', tcp: 'tcp', mongo: 'mongo', redis: 'redis', mysql: 'mysql', udp: 'udp',
};
/** Names of Kubernetes' own that stand for one of Istio's; only `appProtocol` may have them. */
const KUBERNETES_NAMES: Readonly<Record<string, PortProtocol>> = { 'kubernetes.io/h2c': 'http2', 'kubernetes.io/ws': 'http', 'kubernetes.io/wss': 'https' };
/** Server-first protocols on their usual ports are never sniffed: SMTP, DNS, MySQL, MongoDB. */
const WELL_KNOWN_TCP: ReadonlySet<number> = new Set([25, 53, 3306, 27_017]);

/** The protocol that a ServiceEntry, Gateway or Sidecar port declares; anything unknown is detected. Source: protocol.Parse. */
export function declaredProtocol(name: string | undefined): PortProtocol {
  const known = parseProtocol(name ?? '');
  return known === undefined ? 'auto' : (NAMES[known.name.toLowerCase()] ?? 'auto');
}

/**
 * The protocol of a Kubernetes Service's port: `appProtocol`, else what its name begins with (`http-web`); well-known
 * TCP ports stay TCP when neither tells. Source: istiod's ConvertProtocol.
 */
export function kubernetesProtocol(port: { readonly name?: string; readonly appProtocol?: string; readonly protocol?: string; readonly port: number }): PortProtocol {
  if (port.protocol === 'UDP') return 'udp';
  const appProtocol = port.appProtocol === undefined ? undefined : KUBERNETES_NAMES[port.appProtocol];
  if (appProtocol !== undefined) return appProtocol;
  const name = (port.appProtocol ?? port.name ?? '').toLowerCase();
  if (name.startsWith('grpc-web')) return 'grpc-web';
  const protocol = declaredProtocol(name.split('-', 1)[0]);
  return protocol === 'auto' && WELL_KNOWN_TCP.has(port.port) ? 'tcp' : protocol;
}

/** Is the port known to speak HTTP? */
export function isHttp(protocol: PortProtocol): boolean {
  return HTTP.has(protocol);
}

/** Is HTTP/2 spoken without asking? */
export function isHttp2(protocol: PortProtocol): boolean {
  return HTTP2.has(protocol);
}

/** Is HTTP spoken, or possibly spoken, on the port? */
export function isHttpOrSniffed(protocol: PortProtocol): boolean {
  return HTTP.has(protocol) || protocol === 'auto';
}

/** Does a connection begin with a TLS handshake that names its server? */
export function isTls(protocol: PortProtocol): boolean {
  return protocol === 'https' || protocol === 'tls';
}

/** Undefined: no listener serves it (UDP). */
export function listenerProtocol(protocol: PortProtocol): ListenerProtocol | undefined {
  if (protocol === 'udp') return undefined;
  return HTTP.has(protocol) ? 'http' : protocol === 'auto' ? 'auto' : 'tcp';
}

/** What is spoken inside the TLS that a proxy ends. Source: istiod's AfterTLSTermination. */
export function afterTlsTermination(protocol: PortProtocol): PortProtocol {
  return protocol === 'https' ? 'http' : protocol === 'tls' ? 'tcp' : protocol;
}
