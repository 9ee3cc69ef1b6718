import type { ServerUnaryCall } from '@grpc/grpc-js';
import type { WorkloadIdentity } from '#mesh-core/domain/identity/spiffe-id.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { JoinTokens } from '../ca/join-token.ts';
import { normalSerial } from '../ca/normal-serial.ts';
import { verifyPeerCertificate } from '../ca/verify-peer.ts';

/** Who calls, and on what proof: `credential` is the certificate's serial number or the token's id. */
export interface AuthenticatedPeer {
  readonly identity: WorkloadIdentity;
  readonly credential: string;
  /** End of the certificate it called with, Unix ms; absent for a token. */
  readonly notAfter?: number;
}
export type AuthenticationResult = { readonly ok: true; readonly peer: AuthenticatedPeer } | { readonly ok: false; readonly reason: string };
export interface PeerAuthenticator {
  readonly tokens: JoinTokens;
  /** The roots that are trusted now (PEM). */
  readonly rootPems: () => readonly string[];
  readonly trustDomain: string;
  /** Other trust domains whose certificates count as this mesh's own. */
  readonly trustDomainAliases: () => readonly string[];
  /** Was this serial number or token id taken back? */
  readonly isRevoked: (credential: string) => boolean;
  readonly clock: Clock;
}
/** The parts of a gRPC call that prove who makes it. */
export type CallCredentials = Pick<ServerUnaryCall<unknown, unknown>, 'metadata' | 'getAuthContext'>;

const REVOKED: AuthenticationResult = { ok: false, reason: 'This workload was revoked; it needs a new join token.' };

/** Authenticates a call by its client certificate or, without a valid one, by the join token in `authorization`. */
export async function authenticatePeer({ tokens, rootPems, trustDomain, trustDomainAliases, isRevoked, clock }: PeerAuthenticator, call: CallCredentials): Promise<AuthenticationResult> {
  // TLS gives the certificate only when it verified it against the root; an ended one looks like none.
  const der = call.getAuthContext().sslPeerCertificate?.raw;
  const byCertificate = der === undefined ? undefined : verifyPeerCertificate(der, rootPems(), [trustDomain, ...trustDomainAliases()], clock.now());
  if (byCertificate?.ok === true) {
    const { identity, serialNumber, notAfter } = byCertificate;
    const credential = normalSerial(serialNumber);
    if (isRevoked(credential)) return REVOKED;
    return { ok: true, peer: { identity: { ...identity, trustDomain }, credential, notAfter } };
  }
  const [header] = call.metadata.get('authorization');
  const token = /^Bearer +(\S+)$/i.exec(typeof header === 'string' ? header : '')?.[1];
  if (token === undefined) return { ok: false, reason: byCertificate?.reason ?? 'A join token or a valid certificate of this mesh is required.' };
  const byToken = await tokens.verify(token);
  if (!byToken.ok) return byToken;
  if (isRevoked(byToken.id)) return REVOKED;
  return { ok: true, peer: { identity: { trustDomain, namespace: byToken.namespace, serviceAccount: byToken.serviceAccount }, credential: byToken.id } };
}
