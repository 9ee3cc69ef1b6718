import { X509Certificate, createPrivateKey } from 'node:crypto';
import { FORM_CHECK } from '#mesh-core/domain/gateway-api/certificates.ts';
import type { CertificateCheck } from '#mesh-core/domain/gateway-api/gateway-api-input.ts';

/** Reads certificates and keys as a proxy would: a key of another certificate is found here, not by a proxy that refuses it. */
export const CERTIFICATE_CHECK: CertificateCheck = {
  keyPairProblem: (certificate, key) => {
    const problem = FORM_CHECK.keyPairProblem(certificate, key);
    if (problem !== undefined) return problem;
    const own = attempt(() => new X509Certificate(certificate));
    if (own === undefined) return 'x509: malformed certificate';
    const secret = attempt(() => createPrivateKey(key));
    if (secret === undefined) return 'tls: failed to parse private key';
    if (own.publicKey.asymmetricKeyType !== secret.asymmetricKeyType) return 'tls: private key type does not match public key type';
    return own.checkPrivateKey(secret) ? undefined : 'tls: private key does not match public key';
  },
  hasCertificate: (bundle) => [...bundle.matchAll(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g)].some(([pem]) => attempt(() => new X509Certificate(pem)) !== undefined),
};

/** OpenSSL throws for what it cannot read, and that is all that is asked here. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
