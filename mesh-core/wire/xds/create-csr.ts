import 'reflect-metadata';
import { PemConverter, Pkcs10CertificateRequestGenerator } from '@peculiar/x509';

/** A fresh key and the request to certify it. The key never leaves the process that asked. */
export interface CsrWithKey {
  /** PKCS#8 PEM. */
  readonly keyPem: string;
  /** PKCS#10 PEM. */
  readonly csrPem: string;
}

/**
 * Makes an ECDSA P-256 key and a CSR for it. The CSR names nobody: the certificate authority signs the identity it
 * authenticated, as Istio's does (RFC 2986; SPIFFE X.509-SVID).
 */
export async function createCsr(): Promise<CsrWithKey> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const csr = await Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: algorithm });
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { keyPem: PemConverter.encode(pkcs8, PemConverter.PrivateKeyTag), csrPem: csr.toString('pem') };
}
