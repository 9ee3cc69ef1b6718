import { createHash } from 'node:crypto';
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, createSecureContext } from 'node:tls';
import type { ConnectionOptions, PeerCertificate, SecureContext, SecureContextOptions } from 'node:tls';
import type { TlsContext } from '#mesh-core/domain/envoy/resources.ts';
import { spiffeIdOfSan } from '../identity/peer-identity.ts';
import type { SecretSource } from '../identity/secret-source.ts';
import { checkPeer, PEER_REFUSED } from './check-peer.ts';
import { isMeshContext, tlsMaterialOf, validationOf } from './tls-material.ts';

/** What is spoken inside a connection to an upstream. */
export type UpstreamProtocol = 'http1' | 'http2' | 'tcp';

/** Two TCP proxies of the mesh tell each other who they are before the bytes of the connection. */
export const PEER_EXCHANGE = 'istio-peer-exchange';

/** What istiod's ALPN filter puts in place of a mesh cluster's own names, by what the request is sent as. */
const MESH_ALPN: Readonly<Record<UpstreamProtocol, readonly string[]>> = {
  http1: ['istio-http/1.1', 'istio', 'http/1.1'],
  http2: ['istio-h2', 'istio', 'h2'],
  tcp: [PEER_EXCHANGE, 'istio'],
};
const HTTP1_NAMES: ReadonlySet<string> = new Set(['http/1.1', 'http/1.0']);

/**
 * Node's options for a TLS connection to an upstream, or the name of the secret that is missing. The peer must chain to the
 * roots configured and carry one of the names configured; without names it must be a workload of the mesh, or the host
 * named by the SNI. A context that judges nothing (insecureSkipVerify) accepts anybody.
 * Source: envoy UpstreamTlsContext; istiod's buildUpstreamTLSSettings.
 */
export function clientTlsOptions(context: TlsContext, secrets: SecretSource, protocol: UpstreamProtocol): { readonly kind: 'ready'; readonly options: ConnectionOptions } | { readonly kind: 'missing'; readonly secret: string } {
  const material = tlsMaterialOf(context, secrets);
  if (material.kind === 'missing') return material;
  const validation = validationOf(context);
  const isMesh = isMeshContext(context);
  const sni = context.sni || undefined;
  return {
    kind: 'ready',
    options: {
      secureContext: sharedContext(material.options),
      ALPNProtocols: alpnOf(context, protocol),
      ...(sni === undefined || isIP(sni) !== 0 ? {} : { servername: sni }),
      rejectUnauthorized: validation !== undefined,
      checkServerIdentity: (_host: string, peer: PeerCertificate) => {
        if (validation === undefined) return undefined;
        const problem = judge(new X509Certificate(peer.raw));
        return problem === undefined ? undefined : Object.assign(new Error(problem), { code: PEER_REFUSED });
      },
    },
  };

  function judge(certificate: X509Certificate): string | undefined {
    const spiffeId = spiffeIdOfSan(certificate.subjectAltName);
    if (isMesh && spiffeId === undefined) return 'the peer has no SPIFFE identity';
    if (validation?.matchTypedSubjectAltNames === undefined && !isMesh && sni !== undefined) return checkServerIdentity(sni, certificate.toLegacyObject())?.message;
    const problem = checkPeer(certificate, validation ?? {});
    return problem !== undefined && isMesh ? `the peer is ${spiffeId ?? ''}, which is not among the identities expected` : problem;
  }
}

/** The protocol names to offer. */
export function alpnOf(context: TlsContext, protocol: UpstreamProtocol): string[] {
  const configured = context.commonTlsContext.alpnProtocols ?? [];
  if (isMeshContext(context)) return [...MESH_ALPN[protocol]];
  if (protocol === 'tcp') return [...configured];
  return configured.filter((name) => (protocol === 'http2' ? name === 'h2' : HTTP1_NAMES.has(name)));
}

const MAX_CONTEXTS = 64;
const contexts = new Map<string, SecureContext>();

/** One native context for all clusters with the same keys and roots: a proxy may have thousands of clusters. */
function sharedContext(options: SecureContextOptions): SecureContext {
  const key = createHash('sha256').update(JSON.stringify(options)).digest('base64');
  const known = contexts.get(key);
  if (known !== undefined) return known;
  if (contexts.size >= MAX_CONTEXTS) contexts.clear();
  const made = createSecureContext(options);
  contexts.set(key, made);
  return made;
}
