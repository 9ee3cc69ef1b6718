import { z } from 'zod';
import { ServerError } from '#server/server-error.ts';
import { askControlPlane } from './ask-control-plane.ts';
import type { CertificatesAnswer } from './schemas.ts';

const States = z.object({
  stage: z.enum(['stable', 'distributing', 'signing']),
  rotation: z.string(),
  waitingFor: z.array(z.string()),
  roots: z.array(z.object({ fingerprint: z.string(), subject: z.string(), notBefore: z.string(), notAfter: z.string(), signs: z.boolean() })),
  certificates: z.array(
    z.object({ spiffeId: z.string(), proxies: z.array(z.string()), serialNumber: z.string(), notBefore: z.string(), notAfter: z.string(), root: z.string(), nextRotation: z.string(), revokedAt: z.string().optional() }),
  ),
});

/** Who holds which certificate, by the mesh's authority. Throws `not-found` where there is none to ask, `upstream` when it does not answer. */
export async function readCertificates(controlPlaneUrl: string | undefined, signal?: AbortSignal): Promise<CertificatesAnswer> {
  const answer = await askControlPlane(controlPlaneUrl, '/debug/certsz', signal);
  if (answer === undefined) throw new ServerError('not-found', 'This control plane does not tell who holds which certificate.', { hint: 'Its monitoring port has no /debug/certsz; the bundled control plane does.' });
  if (answer === null) throw new ServerError('upstream', 'The certificate authority is still starting.', { hint: 'Try again in a moment.' });
  const parsed = States.safeParse(answer);
  if (!parsed.success) throw new ServerError('upstream', 'The authority\'s answer is not in the form this console knows.', { cause: parsed.error });
  const { certificates, ...rest } = parsed.data;
  return { ...rest, certificates: certificates.map(({ revokedAt, ...one }) => (revokedAt === undefined ? one : { ...one, revokedAt })) };
}
