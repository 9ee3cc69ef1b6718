import { X509Certificate } from 'node:crypto';
import { parseSpiffeId } from '#mesh-core/domain/identity/spiffe-id.ts';
import type { WorkloadIdentity } from '#mesh-core/domain/identity/spiffe-id.ts';

/** What a client certificate proves. */
export type PeerResult =
  | { readonly ok: true; readonly identity: WorkloadIdentity; readonly serialNumber: string; readonly notAfter: number }
  | { readonly ok: false; readonly reason: string };

/**
 * Checks a client certificate (DER) against the mesh's roots (PEM) at `now` (Unix ms): signed by one of them, in force, and
 * with exactly one SAN, a SPIFFE id of one of the trust domains (the mesh's own and its aliases). TLS itself has proved
 * possession of the key. All workload certificates are signed by a root itself, so there is no chain to walk.
 */
export function verifyPeerCertificate(der: Uint8Array, rootPems: readonly string[], trustDomains: readonly string[], now: number): PeerResult {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(der);
  } catch {
    return { ok: false, reason: 'The client certificate cannot be read.' };
  }
  const leaf = certificate;
  const issued = rootPems.some((pem) => {
    const root = new X509Certificate(pem);
    return leaf.checkIssued(root) && leaf.verify(root.publicKey);
  });
  if (!issued) return { ok: false, reason: 'The client certificate was not issued by this mesh.' };
  const notAfter = Date.parse(certificate.validTo);
  if (now < Date.parse(certificate.validFrom) || now > notAfter) return { ok: false, reason: `The client certificate is in force from ${certificate.validFrom} to ${certificate.validTo} only.` };
  const uri = /^URI:("?)(spiffe:\/\/[^,"\s]+)\1$/.exec(certificate.subjectAltName ?? '')?.[2];
  const identity = uri === undefined ? undefined : parseSpiffeId(uri);
  if (identity === undefined) return { ok: false, reason: 'The client certificate carries no workload identity.' };
  if (!trustDomains.includes(identity.trustDomain)) return { ok: false, reason: `The client certificate is of trust domain ${identity.trustDomain}, not ${trustDomains.join(' or ')}.` };
  return { ok: true, identity, serialNumber: certificate.serialNumber, notAfter };
}
