import 'reflect-metadata';
import { join } from 'node:path';
import { AuthorityKeyIdentifierExtension, BasicConstraintsExtension, ExtendedKeyUsage, ExtendedKeyUsageExtension, KeyUsageFlags, KeyUsagesExtension, PemConverter, X509CertificateGenerator } from '@peculiar/x509';
import { loadOrCreateRoot, SIGNING_ALGORITHM, type RootCertificate } from '../ca/root-certificate.ts';

/** A certificate of a person or program, and its key, as PEM. */
export interface ClientCertificate {
  readonly certPem: string;
  readonly keyPem: string;
  readonly notAfter: Date;
}

const DAY_MS = 86_400_000;
/** Begins a little earlier, for machines whose clock is behind. */
const BACKDATE_MS = 60_000;

/**
 * The authority over users of the API, apart from the mesh root: a workload's certificate is no user's, and the other way round. Reads it from the
 * data directory or makes it. Rejects with a sentence for people when its files cannot be used.
 */
export function openClientAuthority(dataDir: string, now: number): Promise<RootCertificate> {
  return loadOrCreateRoot(join(dataDir, 'control', 'client-ca'), now, 'binnacle-api-users');
}

/**
 * A certificate by which `user`, a member of `groups`, signs in to the API for `days`. It cannot be taken back before it ends: keep lives
 * short. The subject says who it is (common name: the user, organisations: the groups). Source: Kubernetes "Authenticating", X.509 client certificates.
 */
export async function issueClientCertificate(authority: RootCertificate, who: { readonly user: string; readonly groups: readonly string[]; readonly days: number }, now: number): Promise<ClientCertificate> {
  const keys = await crypto.subtle.generateKey(SIGNING_ALGORITHM, true, ['sign', 'verify']);
  const notAfter = new Date(Math.min(Math.floor(now / 1000) * 1000 + who.days * DAY_MS, authority.certificate.notAfter.getTime()));
  const certificate = await X509CertificateGenerator.create({
    subject: [...who.groups.map((group) => ({ O: [group] })), { CN: [who.user] }],
    issuer: authority.certificate.subjectName,
    notBefore: new Date(Math.max(now - BACKDATE_MS, authority.certificate.notBefore.getTime())),
    notAfter,
    publicKey: keys.publicKey,
    signingKey: authority.signingKey,
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
      await AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
    ],
  });
  return { certPem: `${certificate.toString('pem').trim()}\n`, keyPem: `${PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), PemConverter.PrivateKeyTag).trim()}\n`, notAfter };
}
