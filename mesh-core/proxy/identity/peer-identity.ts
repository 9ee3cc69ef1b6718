import type { TLSSocket } from 'node:tls';
import { parseSpiffeId } from '#mesh-core/domain/identity/spiffe-id.ts';

/**
 * The SPIFFE id among the names of a certificate (`URI:spiffe://…, DNS:…`). Undefined unless there is exactly one URI and
 * it is a SPIFFE id (X.509-SVID section 2: more than one URI SAN makes the certificate invalid).
 */
export function spiffeIdOfSan(subjectAltName: string | undefined): string | undefined {
  const uris = (subjectAltName ?? '').split(', ').filter((name) => name.startsWith('URI:'));
  const [only] = uris;
  if (only === undefined || uris.length !== 1) return undefined;
  const uri = only.slice('URI:'.length);
  return parseSpiffeId(uri) === undefined ? undefined : uri;
}

/** The SPIFFE id of a verified TLS peer; undefined without a certificate of the mesh. */
export function peerSpiffeId(socket: TLSSocket): string | undefined {
  if (!socket.authorized) return undefined;
  return spiffeIdOfSan(socket.getPeerX509Certificate()?.subjectAltName);
}
