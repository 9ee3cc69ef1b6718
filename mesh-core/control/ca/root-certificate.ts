import 'reflect-metadata';
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AuthorityKeyIdentifierExtension, BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, PemConverter, SubjectKeyIdentifierExtension, X509Certificate, X509CertificateGenerator } from '@peculiar/x509';
import type { Extension, PublicKey } from '@peculiar/x509';
import { writeSecretFile } from './secret-file.ts';

/** The mesh root: what every workload trusts. */
export interface RootCertificate {
  readonly certificate: X509Certificate;
  readonly pem: string;
  readonly signingKey: CryptoKey;
}

export const SIGNING_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const ROOT_LIFE_YEARS = 10;

/** A root with the text of its key, to be kept. */
export interface MadeRoot extends RootCertificate {
  readonly keyPem: string;
}
/** The files of one root. */
export interface RootFiles {
  readonly keyFile: string;
  readonly certFile: string;
}

/**
 * Reads the root from `folder` (`root-key.pem`, `root-cert.pem`), or makes it: ECDSA P-256, ten years, as Istio's self-signed
 * root. Rejects with a sentence for people when the files cannot be read, do not belong together or have ended.
 */
export async function loadOrCreateRoot(folder: string, now: number, trustDomain: string): Promise<RootCertificate> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files = { keyFile: join(folder, 'root-key.pem'), certFile: join(folder, 'root-cert.pem') };
  if (existsSync(files.certFile)) {
    if (!existsSync(files.keyFile)) throw new Error(`The mesh root certificate ${files.certFile} has no key beside it; restore root-key.pem, or delete the certificate to start a new mesh.`);
    return readRoot(files, now);
  }
  const root = await makeRoot(`O=${trustDomain}`, now);
  writeRoot(files, root);
  return root;
}

/** Makes a self-signed root that begins at `now` (Unix ms) and lives ten years. */
export async function makeRoot(name: string, now: number): Promise<MadeRoot> {
  const keys = await crypto.subtle.generateKey(SIGNING_ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({ name, keys, ...rootLife(now), signingAlgorithm: SIGNING_ALGORITHM, extensions: await rootExtensions(keys.publicKey) });
  const keyPem = pemText(PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), PemConverter.PrivateKeyTag));
  return { certificate, pem: pemText(certificate.toString('pem')), signingKey: keys.privateKey, keyPem };
}

/**
 * The certificate (PEM) by which those who trust only `signer` trust the key of `root` too: a server sends it after its own,
 * and clients that have not heard of the new root go on. Source: RFC 4210 section 4.4, "new with old".
 */
export async function crossSign(root: RootCertificate, signer: RootCertificate): Promise<string> {
  const certificate = await X509CertificateGenerator.create({
    subject: root.certificate.subjectName,
    issuer: signer.certificate.subjectName,
    notBefore: root.certificate.notBefore,
    notAfter: new Date(Math.min(root.certificate.notAfter.getTime(), signer.certificate.notAfter.getTime())),
    publicKey: root.certificate.publicKey,
    signingKey: signer.signingKey,
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [...(await rootExtensions(root.certificate.publicKey)), await AuthorityKeyIdentifierExtension.create(signer.certificate.publicKey)],
  });
  return pemText(certificate.toString('pem'));
}

/** Keeps a root. The certificate last: a crash in between leaves a key nobody trusts yet, which the next start replaces. */
export function writeRoot({ keyFile, certFile }: RootFiles, { keyPem, pem }: MadeRoot): void {
  writeSecretFile(keyFile, keyPem);
  writeSecretFile(certFile, pem, 0o644);
}

/** SHA-256 of a certificate's DER, hexadecimal. */
export function rootFingerprint({ certificate }: Pick<RootCertificate, 'certificate'>): string {
  return createHash('sha256').update(Buffer.from(certificate.rawData)).digest('hex');
}

function rootLife(now: number): { notBefore: Date; notAfter: Date } {
  const notBefore = new Date(Math.floor(now / 1000) * 1000);
  const notAfter = new Date(notBefore);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + ROOT_LIFE_YEARS);
  return { notBefore, notAfter };
}

async function rootExtensions(publicKey: PublicKey | CryptoKey): Promise<Extension[]> {
  return [new BasicConstraintsExtension(true, undefined, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true), await SubjectKeyIdentifierExtension.create(publicKey)];
}

/** Reads a root that is kept. Rejects with a sentence for people when its files do not belong together or it has ended. */
export async function readRoot({ keyFile, certFile }: RootFiles, now: number): Promise<RootCertificate> {
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
