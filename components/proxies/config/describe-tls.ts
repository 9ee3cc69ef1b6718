import { at, objectsAt, textAt, textsAt, typeNameOf, type Json } from './json-at.ts';
import { describeText } from './describe-match.ts';

/** How a connection is secured, as a transport socket says. */
export interface TlsView {
  readonly mode: 'plaintext' | 'TLS' | 'mutual TLS';
  readonly sni?: string;
  readonly alpn: readonly string[];
  /** SDS names. */
  readonly certificates: readonly string[];
  readonly roots?: string;
  /** Who the peer must be, in words. */
  readonly peers: readonly string[];
}

/** Reads a transport socket; absent = plaintext. Source: envoy.extensions.transport_sockets.tls.v3. */
export function describeTls(socket: unknown): TlsView {
  const config = at(socket, 'typedConfig');
  const kind = typeNameOf(config);
  if (kind !== 'DownstreamTlsContext' && kind !== 'UpstreamTlsContext') return { mode: 'plaintext', alpn: [], certificates: [], peers: [] };
  const common = at(config, 'commonTlsContext');
  const certificates = objectsAt(common, 'tlsCertificateSdsSecretConfigs').map((one) => textAt(one, 'name') ?? '');
  const asksClient = textAt(config, 'requireClientCertificate') === 'true';
  const showsCertificate = certificates.length > 0 || objectsAt(common, 'tlsCertificates').length > 0;
  const sni = textAt(config, 'sni');
  const roots = textAt(common, 'combinedValidationContext', 'validationContextSdsSecretConfig', 'name') ?? textAt(common, 'validationContextSdsSecretConfig', 'name');
  const validation: Json[] = [at(common, 'combinedValidationContext', 'defaultValidationContext'), at(common, 'validationContext')].filter((one): one is Json => one !== undefined);
  return {
    mode: kind === 'DownstreamTlsContext' ? (asksClient ? 'mutual TLS' : 'TLS') : showsCertificate ? 'mutual TLS' : 'TLS',
    ...(sni === undefined || sni === '' ? {} : { sni }),
    alpn: textsAt(common, 'alpnProtocols'),
    certificates,
    ...(roots === undefined ? {} : { roots }),
    peers: validation.flatMap((one) => objectsAt(one, 'matchTypedSubjectAltNames').map((name) => `${textAt(name, 'sanType') ?? 'name'} ${describeText(at(name, 'matcher'))}`)),
  };
}
