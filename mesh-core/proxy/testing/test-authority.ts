import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { BasicConstraintsExtension, ExtendedKeyUsage, ExtendedKeyUsageExtension, PemConverter, Pkcs10CertificateRequest, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import type { JsonGeneralNames, PublicKey } from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const HOUR_MS = 3_600_000;

/** A root of trust made up for a test. */
export interface TestAuthority {
  readonly rootPem: string;
  /** Leaf first, root last. */
  signCsr(csrPem: string, spiffeId: string, lifeMs?: number): Promise<string[]>;
  issue(names: JsonGeneralNames): Promise<{ readonly keyPem: string; readonly certPem: string }>;
}

/** Makes a new root. Two of them do not trust each other. */
export async function createTestAuthority(): Promise<TestAuthority> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const validity = (lifeMs: number): { notBefore: Date; notAfter: Date } => ({ notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + lifeMs) });
  const root = await X509CertificateGenerator.createSelfSigned({ name: `O=test-${randomBytes(4).toString('hex')}`, keys, ...validity(HOUR_MS), signingAlgorithm: ALGORITHM, extensions: [new BasicConstraintsExtension(true, undefined, true)] });
  const rootPem = `${root.toString('pem')}\n`;
  const sign = async (publicKey: PublicKey | CryptoKey, names: JsonGeneralNames, lifeMs: number): Promise<string> => {
    const leaf = await X509CertificateGenerator.create({
      issuer: root.subjectName,
      ...validity(lifeMs),
      publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth, ExtendedKeyUsage.serverAuth]), new SubjectAlternativeNameExtension(names, true)],
    });
    return `${leaf.toString('pem')}\n`;
  };
  return {
    rootPem,
    signCsr: async (csrPem, spiffeId, lifeMs = HOUR_MS) => [await sign(new Pkcs10CertificateRequest(csrPem).publicKey, [{ type: 'url', value: spiffeId }], lifeMs), rootPem],
    issue: async (names) => {
      const pair = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
      const pkcs8 = await crypto.subtle.exportKey('pkcs8', pair.privateKey);
      return { keyPem: PemConverter.encode(pkcs8, PemConverter.PrivateKeyTag), certPem: (await sign(pair.publicKey, names, HOUR_MS)) + rootPem };
    },
  };
}
