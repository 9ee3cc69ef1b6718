import 'reflect-metadata';
import { createPublicKey } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { JsonGeneralNames, PublicKey, X509Certificate } from '@peculiar/x509';
import { formatSpiffeId } from '#mesh-core/domain/identity/spiffe-id.ts';
import type { WorkloadIdentity } from '#mesh-core/domain/identity/spiffe-id.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { rootFingerprint, SIGNING_ALGORITHM } from './root-certificate.ts';
import type { RootCertificate } from './root-certificate.ts';

/** Istio's limit (MAX_WORKLOAD_CERT_TTL): asking for more is an error. */
const MAX_WORKLOAD_TTL_SECONDS = 90 * 24 * 3600;
/** Certificates begin a little before now, so that a machine whose clock is behind takes them too. */
const LONGEST_BACKDATE_SECONDS = 60;
/** Names the control plane answers to. */
const SERVER_DNS_NAMES = ['localhost', 'istiod.istio-system.svc', 'istiod.istio-system.svc.cluster.local', 'kubernetes.default.svc'];

/** A signed certificate with its way to the root. */
export interface SignedCertificate {
  /** PEM blocks, the certificate first, the root last. */
  readonly chain: readonly string[];
  readonly serialNumber: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Fingerprint of the root that signed it. */
  readonly root: string;
}
export type SigningResult = { readonly ok: true; readonly certificate: SignedCertificate } | { readonly ok: false; readonly reason: 'bad-csr' | 'weak-key' | 'ttl-too-long'; readonly message: string };
/** The root that signs. */
export interface Signer {
  readonly root: RootCertificate;
  /** Signed by the root before: for clients of the control plane that do not know this one yet. */
  readonly crossPem?: string;
}
export interface AuthorityOptions {
  /** What signs; asked each time, because roots are replaced. */
  readonly signer: () => Signer;
  readonly clock: Clock;
  /** Life of a workload certificate when none is asked for, and the longest that is given. */
  readonly workloadTtlSeconds: number;
}

/** Signs what proves an identity in this mesh. Source: Istio security/pkg/server/ca, SPIFFE X.509-SVID. */
export class CertificateAuthority {
  readonly #signer: () => Signer;
  readonly #clock: Clock;
  readonly #workloadTtlSeconds: number;

  constructor(options: AuthorityOptions) {
    this.#signer = options.signer;
    this.#clock = options.clock;
    this.#workloadTtlSeconds = options.workloadTtlSeconds;
  }

  /**
   * Certifies the key of a CSR for `identity`, the authenticated caller: whatever names the CSR asks for are ignored.
   * `ttlSeconds` ≤ 0 means the default; more than the default gets the default; more than 90 days is refused, as is a
   * CSR whose signature does not prove its key.
   */
  async signWorkloadCsr(csrPem: string, identity: WorkloadIdentity, ttlSeconds: number): Promise<SigningResult> {
    if (ttlSeconds > MAX_WORKLOAD_TTL_SECONDS) return { ok: false, reason: 'ttl-too-long', message: `A certificate may live for at most ${MAX_WORKLOAD_TTL_SECONDS} s; ${ttlSeconds} s were asked for.` };
    const publicKey = await provenKey(csrPem);
    if (publicKey === undefined) return { ok: false, reason: 'bad-csr', message: 'The request is not a PEM certificate signing request whose signature fits its key.' };
    const weakness = weaknessOf(publicKey);
    if (weakness !== undefined) return { ok: false, reason: 'weak-key', message: weakness };
    const life = Math.min(ttlSeconds > 0 ? ttlSeconds : this.#workloadTtlSeconds, this.#workloadTtlSeconds);
    const { root } = this.#signer();
    const certificate = await this.#sign(root, publicKey, life, [{ type: 'url', value: formatSpiffeId(identity) }], [ExtendedKeyUsage.clientAuth, ExtendedKeyUsage.serverAuth]);
    return { ok: true, certificate: { chain: [pemOf(certificate), root.pem], serialNumber: certificate.serialNumber, notBefore: certificate.notBefore, notAfter: certificate.notAfter, root: rootFingerprint(root) } };
  }

  /** A fresh key and certificate for the control plane's own listeners; `hosts` are IP addresses it listens on besides 127.0.0.1. */
  async issueServerCertificate(ttlSeconds: number, hosts: readonly string[] = []): Promise<{ readonly key: string; readonly cert: string; readonly notAfter: Date }> {
    const keys = await crypto.subtle.generateKey(SIGNING_ALGORITHM, true, ['sign', 'verify']);
    const addresses = [...new Set(['127.0.0.1', ...hosts])];
    const names: JsonGeneralNames = [...SERVER_DNS_NAMES.map((value) => ({ type: 'dns' as const, value })), ...addresses.map((value) => ({ type: 'ip' as const, value }))];
    const { root, crossPem } = this.#signer();
    const certificate = await this.#sign(root, keys.publicKey, ttlSeconds, names, [ExtendedKeyUsage.serverAuth]);
    const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
    return { key: PemConverter.encode(pkcs8, PemConverter.PrivateKeyTag), cert: `${pemOf(certificate)}${crossPem ?? root.pem}`, notAfter: certificate.notAfter };
  }

  async #sign(root: RootCertificate, publicKey: PublicKey | CryptoKey, ttlSeconds: number, names: JsonGeneralNames, usages: readonly ExtendedKeyUsage[]): Promise<X509Certificate> {
    // X.509 times have whole seconds.
    const now = Math.floor(this.#clock.now() / 1000);
    const backdate = Math.min(LONGEST_BACKDATE_SECONDS, Math.floor(ttlSeconds / 20));
    const end = Math.min((now + ttlSeconds) * 1000, root.certificate.notAfter.getTime());
    return X509CertificateGenerator.create({
      issuer: root.certificate.subjectName,
      notBefore: new Date(Math.max((now - backdate) * 1000, root.certificate.notBefore.getTime())),
      notAfter: new Date(end),
      publicKey,
      signingKey: root.signingKey,
      signingAlgorithm: SIGNING_ALGORITHM,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
        new ExtendedKeyUsageExtension([...usages]),
        // The subject is empty, so the names are critical (RFC 5280 4.2.1.6).
        new SubjectAlternativeNameExtension(names, true),
        await AuthorityKeyIdentifierExtension.create(root.certificate.publicKey),
      ],
    });
  }
}

function pemOf(certificate: X509Certificate): string {
  return `${certificate.toString('pem').trim()}\n`;
}

async function provenKey(csrPem: string): Promise<PublicKey | undefined> {
  try {
    const csr = new Pkcs10CertificateRequest(csrPem);
    return (await csr.verify()) ? csr.publicKey : undefined;
  } catch {
    // Not PEM, not a CSR, or an algorithm that does not exist here: one answer for all.
    return undefined;
  }
}

function weaknessOf(publicKey: PublicKey): string | undefined {
  const key = createPublicKey({ key: Buffer.from(publicKey.rawData), format: 'der', type: 'spki' });
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === 'ec' && (namedCurve === 'prime256v1' || namedCurve === 'secp384r1')) return undefined;
  if (key.asymmetricKeyType === 'rsa' && modulusLength !== undefined && modulusLength >= 2048) return undefined;
  return 'The key must be ECDSA P-256 or P-384, or RSA of at least 2048 bits.';
}
