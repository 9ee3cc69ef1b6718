import { status } from '@grpc/grpc-js';
import type { handleUnaryCall } from '@grpc/grpc-js';
import { formatSpiffeId } from '#mesh-core/domain/identity/spiffe-id.ts';
import type { WorkloadIdentity } from '#mesh-core/domain/identity/spiffe-id.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { CertificateRequest, CertificateResponse } from '#mesh-core/wire/xds/certificate-service.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import type { CertificateLineages } from './certificate-lineages.ts';
import { normalSerial } from './normal-serial.ts';

/** How a request for a certificate went, for metrics. */
export type SigningOutcome = 'issued' | 'unauthenticated' | 'refused' | 'failed';
export interface CertificateHandlerOptions {
  readonly authority: CertificateAuthority;
  readonly lineages: CertificateLineages;
  readonly clock: Clock;
  readonly log: Logger;
  /** Who calls; the same proof as for configuration. */
  readonly authenticate: (call: Parameters<handleUnaryCall<CertificateRequest, CertificateResponse>>[0]) => Promise<{ readonly ok: true; readonly peer: { readonly identity: WorkloadIdentity; readonly credential: string } } | { readonly ok: false; readonly reason: string }>;
  readonly onOutcome: (outcome: SigningOutcome) => void;
}

/**
 * The handler of CreateCertificate: signs the CSR's key for the identity that the caller has proved, whatever the CSR itself
 * claims. UNAUTHENTICATED without a valid token or certificate, INVALID_ARGUMENT for a CSR that is not taken.
 */
export function certificateHandler({ authority, lineages, clock, log, authenticate, onOutcome }: CertificateHandlerOptions): handleUnaryCall<CertificateRequest, CertificateResponse> {
  const serve = async (call: Parameters<handleUnaryCall<CertificateRequest, CertificateResponse>>[0]): Promise<CertificateResponse | { readonly code: status; readonly details: string }> => {
    const who = await authenticate(call);
    if (!who.ok) {
      onOutcome('unauthenticated');
      log.warn({ peer: call.getPeer(), reason: who.reason }, 'a certificate was refused: the caller is not known');
      return { code: status.UNAUTHENTICATED, details: who.reason };
    }
    const { identity, credential } = who.peer;
    const result = await authority.signWorkloadCsr(call.request.csr, identity, call.request.validityDuration);
    if (!result.ok) {
      onOutcome('refused');
      log.warn({ peer: call.getPeer(), identity, reason: result.message }, 'a certificate was refused');
      return { code: status.INVALID_ARGUMENT, details: result.message };
    }
    const { chain, serialNumber, notBefore, notAfter, root } = result.certificate;
    lineages.issued(credential, { serialNumber: normalSerial(serialNumber), spiffeId: formatSpiffeId(identity), notBefore: notBefore.getTime(), notAfter: notAfter.getTime(), root }, clock.now());
    onOutcome('issued');
    log.debug({ identity, notAfter: notAfter.toISOString() }, 'certificate issued');
    return { certChain: chain };
  };
  return (call, callback) => {
    serve(call).then(
      (answer) => ('certChain' in answer ? callback(null, answer) : callback(answer)),
      (error: unknown) => {
        onOutcome('failed');
        log.error({ error: error instanceof Error ? error.stack : String(error) }, 'signing a certificate failed on a defect');
        callback({ code: status.INTERNAL, details: 'The certificate authority failed; its log has the cause.' });
      },
    );
  };
}
