import { TYPE_URLS } from '../envoy/resources.ts';
import type { TlsContext, TransportSocket } from '../envoy/resources.ts';
import type { ClientTls } from '../resources/networking.ts';

/** SDS names of the workload's own certificate and of the mesh's roots. */
const WORKLOAD_CERTIFICATE = [{ name: 'default' }];
const MESH_ROOTS = { name: 'ROOTCA' };
/**
 * What a client offers to its peer. istiod sends `istio-peer-exchange, istio` and lets its ALPN filter replace them per
 * request by this list; without that filter the list stands in the cluster itself.
 */
const CLIENT_ALPN = ['istio-http/1.1', 'istio', 'http/1.1'];
const SERVER_ALPN = ['istio-http/1.1', 'http/1.1'];

export const RAW_BUFFER: TransportSocket = { name: 'envoy.transport_sockets.raw_buffer', typedConfig: { '@type': TYPE_URLS.rawBuffer } };

/** Mutual TLS to a mesh workload: own certificate, peer's identity one of `identities` (none listed = any of the mesh). */
export function istioMutualSocket(identities: readonly string[], sni: string): TransportSocket {
  const context: TlsContext = {
    '@type': TYPE_URLS.upstreamTls,
    commonTlsContext: {
      alpnProtocols: CLIENT_ALPN,
      tlsCertificateSdsSecretConfigs: WORKLOAD_CERTIFICATE,
      combinedValidationContext: { defaultValidationContext: subjectNames(identities, 'URI'), validationContextSdsSecretConfig: MESH_ROOTS },
    },
    sni,
  };
  return tlsSocket(context);
}

/**
 * TLS to a server outside the mesh, checked against the CA file named (`file-root:…`) or the system's roots; MUTUAL adds
 * the client certificate files (`file-cert:…~…`). SDS names as istiod writes them.
 */
export function originatedTlsSocket(tls: ClientTls, hostname: string, subjectAltNames: readonly string[]): TransportSocket {
  const names = tls.subjectAltNames !== undefined && tls.subjectAltNames.length > 0 ? tls.subjectAltNames : subjectAltNames;
  const certificate = tls.mode === 'MUTUAL' ? { tlsCertificateSdsSecretConfigs: [{ name: `file-cert:${tls.clientCertificate ?? ''}~${tls.privateKey ?? ''}` }] } : undefined;
  const validation = {
    combinedValidationContext: {
      defaultValidationContext: subjectNames(names.length > 0 ? names : [tls.sni ?? hostname], 'DNS'),
      validationContextSdsSecretConfig: { name: `file-root:${tls.caCertificates || 'system'}` },
    },
  };
  const context: TlsContext = {
    '@type': TYPE_URLS.upstreamTls,
    commonTlsContext: { ...certificate, ...(tls.insecureSkipVerify === true ? undefined : validation) },
    sni: tls.sni ?? hostname,
  };
  return tlsSocket(context);
}

/** The server side of mesh mTLS: the client must show a certificate of the mesh. */
export function meshServerSocket(): TransportSocket {
  const context: TlsContext = {
    '@type': TYPE_URLS.downstreamTls,
    commonTlsContext: {
      alpnProtocols: SERVER_ALPN,
      tlsCertificateSdsSecretConfigs: WORKLOAD_CERTIFICATE,
      combinedValidationContext: { defaultValidationContext: {}, validationContextSdsSecretConfig: MESH_ROOTS },
    },
    requireClientCertificate: true,
  };
  return tlsSocket(context);
}

/** What a client socket speaks: the mesh's mutual TLS, TLS to the outside, or nothing but plain text (also when absent). */
export function kindOfSocket(socket: TransportSocket | undefined): 'mutual-tls' | 'tls' | 'plaintext' {
  const config = socket?.typedConfig;
  if (config?.['@type'] !== TYPE_URLS.upstreamTls) return 'plaintext';
  // Safe because the type URL says what the message is.
  const { commonTlsContext } = config as unknown as TlsContext;
  return commonTlsContext.tlsCertificateSdsSecretConfigs?.some(({ name }) => name === 'default') === true ? 'mutual-tls' : 'tls';
}

function tlsSocket(context: TlsContext): TransportSocket {
  return { name: 'envoy.transport_sockets.tls', typedConfig: { ...context } };
}

function subjectNames(names: readonly string[], fallback: 'URI' | 'DNS'): NonNullable<TlsContext['commonTlsContext']['combinedValidationContext']>['defaultValidationContext'] {
  if (names.length === 0) return {};
  return { matchTypedSubjectAltNames: names.map((name) => ({ sanType: name.startsWith('spiffe://') ? 'URI' : fallback, matcher: { exact: name } })) };
}
