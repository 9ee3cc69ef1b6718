import 'reflect-metadata';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, PemConverter, SubjectKeyIdentifierExtension, X509Certificate, X509CertificateGenerator } from '@peculiar/x509';
import { writeSecretFile } from './secret-file.ts';

/** The mesh root: what every workload trusts. */
export interface RootCertificate {
  readonly certificate: X509Certificate;
  readonly pem: string;
  readonly signingKey: CryptoKey;
}

export const SIGNING_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const ROOT_LIFE_YEARS = 10;

/**
 * Reads the root from `folder` (`root-key.pem`, `root-cert.pem`), or makes it: ECDSA P-256, ten years, as Istio's self-signed
 * root. Rejects with a sentence for people when the files cannot be read, do not belong together or have ended.
 */
export async function loadOrCreateRoot(folder: string, now: number, trustDomain: string): Promise<RootCertificate> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const keyFile = join(folder, 'root-key.pem');
  const certFile = join(folder, 'root-cert.pem');
  if (!existsSync(certFile)) return createRoot(keyFile, certFile, now, trustDomain);
  if (!existsSync(keyFile)) throw new Error(`The mesh root certificate ${certFile} has no key beside it; restore root-key.pem, or delete the certificate to start a new mesh.`);
  return readRoot(keyFile, certFile, now);
}

async function createRoot(keyFile: string, certFile: string, now: number, trustDomain: string): Promise<RootCertificate> {
  const keys = await crypto.subtle.generateKey(SIGNING_ALGORITHM, true, ['sign', 'verify']);
  const notBefore = new Date(Math.floor(now / 1000) * 1000);
  const notAfter = new Date(notBefore);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + ROOT_LIFE_YEARS);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `O=${trustDomain}`,
    keys,
    notBefore,
    notAfter,
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [new BasicConstraintsExtension(true, undefined, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true), await SubjectKeyIdentifierExtension.create(keys.publicKey)],
  });
  const pem = pemText(certificate.toString('pem'));
  // The certificate last: a crash in between leaves a key nobody trusts yet, which the next start replaces.
  writeSecretFile(keyFile, pemText(PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), PemConverter.PrivateKeyTag)));
  writeSecretFile(certFile, pem, 0o644);
  return { certificate, pem, signingKey: keys.privateKey };
}

async function readRoot(keyFile: string, certFile: string, now: number): Promise<RootCertificate> {
  const pem = readFileSync(certFile, 'utf8');
  const keyPem = readFileSync(keyFile, 'utf8');
  const certificate = new X509Certificate(pem);
  const ofKey = createPublicKey(createPrivateKey(keyPem)).export({ type: 'spki', format: 'der' });
  if (!ofKey.equals(Buffer.from(certificate.publicKey.rawData))) throw new Error(`The key ${keyFile} does not belong to the mesh root certificate ${certFile}.`);
  if (certificate.notAfter.getTime() <= now) throw new Error(`The mesh root certificate ${certFile} ended on ${certificate.notAfter.toISOString()}; delete the folder to start a new mesh.`);
  const signingKey = await crypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(keyPem), SIGNING_ALGORITHM, false, ['sign']);
  return { certificate, pem: pemText(pem), signingKey };
}

function pemText(pem: string): string {
  return `${pem.trim()}\n`;
}
