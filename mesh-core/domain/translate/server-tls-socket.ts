import { TYPE_URLS } from '../envoy/resources.ts';
import type { CertificateValidation, TlsContext, TlsProtocol, TransportSocket } from '../envoy/resources.ts';
import type { ServerTls } from '../resources/networking.ts';
import { meshServerSocket } from './tls-socket.ts';

type CommonTls = TlsContext['commonTlsContext'];

const HTTP_ALPN = ['h2', 'http/1.1'];

/**
 * How a server of a Gateway, or an ingress of a Sidecar, ends TLS. ISTIO_MUTUAL uses the workload's own certificate; the
 * other modes name the credentials (`kubernetes://<name>`) or the files (`file-cert:…~…`) as istiod's SDS does. `isTcp`:
 * what is inside is not read as HTTP. Source: istiod's BuildListenerTLSContext.
 */
export function serverTlsSocket(tls: ServerTls, isTcp: boolean): TransportSocket {
  if (tls.mode === 'ISTIO_MUTUAL') return meshServerSocket(isTcp ? 'tcp' : 'http', textsOf(tls['subjectAltNames']));
  const context: TlsContext = {
    '@type': TYPE_URLS.downstreamTls,
    commonTlsContext: { ...tlsParameters(tls), alpnProtocols: HTTP_ALPN, ...(hasCredential(tls) ? credentials(tls) : files(tls)) },
    requireClientCertificate: tls.mode === 'MUTUAL',
  };
  return { name: 'envoy.transport_sockets.tls', typedConfig: { ...context } };
}

function hasCredential({ credentialName, credentialNames }: ServerTls): boolean {
  return (credentialName ?? '') !== '' || (credentialNames?.length ?? 0) > 0;
}

function credentials(tls: ServerTls): Partial<CommonTls> {
  const names = tls.credentialNames !== undefined && tls.credentialNames.length > 0 ? tls.credentialNames : [tls.credentialName ?? ''];
  const [first = ''] = names;
  const ca = tls['caCertCredentialName'];
  const validation = peerValidation(tls);
  return {
    tlsCertificateSdsSecretConfigs: names.map((name) => ({ name: secretName(name) })),
    ...(asksForClient(tls)
      ? { combinedValidationContext: { defaultValidationContext: validation, validationContextSdsSecretConfig: { name: secretName(typeof ca === 'string' && ca !== '' ? ca : `${first}-cacert`) } } }
      : validation.matchTypedSubjectAltNames === undefined ? undefined : { validationContext: { matchTypedSubjectAltNames: validation.matchTypedSubjectAltNames } }),
  };
}

function files(tls: ServerTls): Partial<CommonTls> {
  const certificates = tls.tlsCertificates !== undefined && tls.tlsCertificates.length > 0 ? tls.tlsCertificates : [tls];
  const roots = tls.caCertificates;
  return {
    tlsCertificateSdsSecretConfigs: certificates.map(({ serverCertificate, privateKey }) => ({ name: serverCertificate && privateKey ? `file-cert:${serverCertificate}~${privateKey}` : 'default' })),
    ...(asksForClient(tls) ? { combinedValidationContext: { defaultValidationContext: peerValidation(tls), validationContextSdsSecretConfig: { name: roots ? `file-root:${roots}` : 'ROOTCA' } } } : undefined),
  };
}

function asksForClient({ mode }: ServerTls): boolean {
  return mode === 'MUTUAL' || mode === 'OPTIONAL_MUTUAL';
}

function peerValidation(tls: ServerTls): CertificateValidation {
  const names = textsOf(tls['subjectAltNames']);
  const hashes = textsOf(tls['verifyCertificateHash']);
  const keys = textsOf(tls['verifyCertificateSpki']);
  return {
    ...(names.length === 0 ? undefined : { matchTypedSubjectAltNames: names.map((name) => ({ sanType: name.includes('://') ? ('URI' as const) : ('DNS' as const), matcher: { exact: name } })) }),
    ...(hashes.length === 0 ? undefined : { verifyCertificateHash: hashes }),
    ...(keys.length === 0 ? undefined : { verifyCertificateSpki: keys }),
  };
}

const PROTOCOLS: Readonly<Record<string, TlsProtocol>> = { TLSV1_0: 'TLSv1_0', TLSV1_1: 'TLSv1_1', TLSV1_2: 'TLSv1_2', TLSV1_3: 'TLSv1_3' };

function tlsParameters({ minProtocolVersion, maxProtocolVersion, cipherSuites }: ServerTls): Partial<CommonTls> {
  const minimum = PROTOCOLS[minProtocolVersion ?? ''];
  const maximum = PROTOCOLS[maxProtocolVersion ?? ''];
  const tlsParams = {
    ...(minimum === undefined ? undefined : { tlsMinimumProtocolVersion: minimum }),
    ...(maximum === undefined ? undefined : { tlsMaximumProtocolVersion: maximum }),
    ...(cipherSuites === undefined || cipherSuites.length === 0 ? undefined : { cipherSuites }),
  };
  return Object.keys(tlsParams).length === 0 ? {} : { tlsParams };
}

/** A name with a scheme is one of SDS already (`kubernetes-gateway://ns/name`). */
function secretName(name: string): string {
  return name.includes('://') ? name : `kubernetes://${name}`;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
