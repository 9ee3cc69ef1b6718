import { TYPE_URLS } from '../envoy/resources.ts';
import type { TlsContext, TransportSocket } from '../envoy/resources.ts';
import type { ServerTls } from '../resources/networking.ts';
import { meshServerSocket } from './tls-socket.ts';

/**
 * How a gateway server ends TLS. ISTIO_MUTUAL uses the workload's own certificate; the other modes name the credential
 * (`kubernetes://<name>`) or the files (`file-cert:…~…`) as istiod's SDS does, which a proxy that holds only its own
 * certificate refuses by name. Source: istiod's BuildListenerTLSContext.
 */
export function gatewayServerSocket(tls: ServerTls): TransportSocket {
  if (tls.mode === 'ISTIO_MUTUAL') return meshServerSocket();
  const credential = tls.credentialName || tls.credentialNames?.[0];
  const certificate = credential ? `kubernetes://${credential}` : `file-cert:${tls.serverCertificate ?? ''}~${tls.privateKey ?? ''}`;
  const roots = credential ? `kubernetes://${credential}-cacert` : `file-root:${tls.caCertificates ?? ''}`;
  const asksForClient = tls.mode === 'MUTUAL' || tls.mode === 'OPTIONAL_MUTUAL';
  const context: TlsContext = {
    '@type': TYPE_URLS.downstreamTls,
    commonTlsContext: {
      alpnProtocols: ['h2', 'http/1.1'],
      tlsCertificateSdsSecretConfigs: [{ name: certificate }],
      ...(asksForClient ? { combinedValidationContext: { defaultValidationContext: {}, validationContextSdsSecretConfig: { name: roots } } } : undefined),
    },
    requireClientCertificate: tls.mode === 'MUTUAL',
  };
  return { name: 'envoy.transport_sockets.tls', typedConfig: { ...context } };
}
