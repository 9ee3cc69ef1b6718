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
const SERVER_ALPN = ['istio-h2', 'istio-http/1.1', 'h2', 'http/1.1'];

export const RAW_BUFFER: TransportSocket = { name: 'envoy.transport_sockets.raw_buffer', typedConfig: { '@type': TYPE_URLS.rawBuffer } };

/** How a client's HTTP will be spoken, and whether the proxy names protocols per request as Envoy's ALPN filter does. */
export interface ClientTraits {
  readonly isHttp2: boolean;
  readonly isIntercepted: boolean;
}

/** Mutual TLS to a mesh workload: own certificate, peer's identity one of `identities` (none listed = any of the mesh). */
export function istioMutualSocket(identities: readonly string[], sni: string, traits: ClientTraits = { isHttp2: false, isIntercepted: false }): TransportSocket {
  const context: TlsContext = {
    '@type': TYPE_URLS.upstreamTls,
    commonTlsContext: {
      alpnProtocols: clientOffers(traits),
      tlsCertificateSdsSecretConfigs: WORKLOAD_CERTIFICATE,
      combinedValidationContext: { defaultValidationContext: subjectNames(identities, 'URI'), validationContextSdsSecretConfig: MESH_ROOTS },
    },
    sni,
  };
  return tlsSocket(context);
}

function clientOffers({ isHttp2, isIntercepted }: ClientTraits): readonly string[] {
  if (isIntercepted) return isHttp2 ? ['istio-peer-exchange', 'istio', 'h2'] : ['istio-peer-exchange', 'istio'];
  return isHttp2 ? ['istio-h2', 'istio', 'h2'] : CLIENT_ALPN;
}

/**
 * TLS to a server outside the mesh, checked against the credential or CA file that is named (`kubernetes://…-cacert`,
 * `file-root:…`) or the system's roots; MUTUAL adds the client certificate. SDS names as istiod writes them.
 * `hostname`: asked for, and expected, where the settings name nothing. Source: istiod's constructUpstreamTLS.
 */
export function originatedTlsSocket(tls: ClientTls, { hostname, subjectAltNames, isHttp2 }: { readonly hostname: string | undefined; readonly subjectAltNames: readonly string[]; readonly isHttp2: boolean }): TransportSocket {
  const sni = tls.sni || hostname;
  const expected = subjectAltNames.length > 0 ? subjectAltNames : hostname === undefined ? [] : [tls.sni || hostname];
  const credential = tls.credentialName;
  const isMutual = tls.mode === 'MUTUAL';
  const certificate = credential ? (credential.includes('://') ? credential : `kubernetes://${credential}`) : `file-cert:${tls.clientCertificate ?? ''}~${tls.privateKey ?? ''}`;
  const roots = credential ? `${certificate}-cacert` : `file-root:${tls.caCertificates || 'system'}`;
  const context: TlsContext = {
    '@type': TYPE_URLS.upstreamTls,
    commonTlsContext: {
      ...(isMutual ? { tlsCertificateSdsSecretConfigs: [{ name: certificate }] } : undefined),
      ...(isHttp2 ? { alpnProtocols: ['h2'] } : undefined),
      ...(tls.insecureSkipVerify === true ? undefined : { combinedValidationContext: { defaultValidationContext: { ...subjectNames(expected, 'DNS'), ...(tls.caCrl ? { crl: { filename: tls.caCrl } } : undefined) }, validationContextSdsSecretConfig: { name: roots } } }),
    },
    ...(sni === undefined ? undefined : { sni }),
  };
  return tlsSocket(context);
}

/** A socket that first tells the peer whose connection it is. */
export function withProxyProtocol(transportSocket: TransportSocket, version: 'V1' | 'V2'): TransportSocket {
  return {
    name: 'envoy.transport_sockets.upstream_proxy_protocol',
    typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport', config: { version }, transportSocket },
  };
}

/** What the server side offers; over TCP also the exchange of metadata. `bundled`: without a filter that maps names per request. */
const SERVER_OFFERS = { http: ['h2', 'http/1.1'], tcp: ['istio-peer-exchange', 'h2', 'http/1.1'], bundled: SERVER_ALPN } as const;

/** The server side of mesh mTLS: the client must show a certificate of the mesh, with one of `subjectAltNames` when there are any. */
export function meshServerSocket(protocol: 'http' | 'tcp' | 'bundled' = 'bundled', subjectAltNames: readonly string[] = []): TransportSocket {
  const context: TlsContext = {
    '@type': TYPE_URLS.downstreamTls,
    commonTlsContext: {
      alpnProtocols: SERVER_OFFERS[protocol],
      tlsCertificateSdsSecretConfigs: WORKLOAD_CERTIFICATE,
      combinedValidationContext: { defaultValidationContext: subjectNames(subjectAltNames, 'URI'), validationContextSdsSecretConfig: MESH_ROOTS },
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
