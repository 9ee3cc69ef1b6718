import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { Random } from '#mesh-core/runtime/random.ts';
import { CertificateRequestError, requestCertificate } from '#mesh-core/wire/xds/certificate-client.ts';
import { createCsr } from '#mesh-core/wire/xds/create-csr.ts';
import { spiffeIdOfSan } from './peer-identity.ts';
import { pemBlocks } from './pem-blocks.ts';

/** The key pair and chain in force. */
export interface CertificateMaterial {
  readonly keyPem: string;
  readonly certChainPem: string;
  /** What peers are verified against (the SDS secret ROOTCA). */
  readonly rootPem: string;
  readonly spiffeId: string;
  readonly serialNumber: string;
  /** Unix milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Key and chain as TLS takes them; made once per rotation. */
  readonly secureContext: SecureContext;
}
export interface CertificateOptions {
  /** `127.0.0.1:15012`. */
  readonly address: string;
  readonly rootPem: string;
  /** A fresh join token; asked for when there is no valid certificate to authenticate with. */
  readonly token: () => Promise<string>;
  readonly ttlSeconds: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
/** When the signing root changes not all workloads shall ask in the same moment. */
const LONGEST_SPREAD_MS = 10_000;

/**
 * This workload's identity, held in memory only. Renewed at half of its life ± 1 % (as Istio's agent does), over mTLS with
 * the certificate in force; while that fails it retries with backoff and the old certificate stays in use.
 */
export class WorkloadCertificate {
  readonly #options: CertificateOptions;
  readonly #listeners = new Set<(material: CertificateMaterial) => void>();
  #current: CertificateMaterial;
  #cancelTimer: () => void = () => {};
  #closed = false;
  #bundlePem: string | undefined;

  private constructor(options: CertificateOptions, first: CertificateMaterial) {
    this.#options = options;
    this.#current = first;
    this.#schedule();
  }

  /**
   * Gets the first certificate. Retries an unreachable authority until `giveUpAfterMs`; rejects at once with
   * CertificateRequestError when it refuses.
   */
  static async obtain(options: CertificateOptions, giveUpAfterMs: number): Promise<WorkloadCertificate> {
    const deadline = options.clock.now() + giveUpAfterMs;
    for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, 5000)) {
      try {
        return new WorkloadCertificate(options, await issue(options, undefined));
      } catch (error) {
        const final = error instanceof CertificateRequestError && error.code !== 'unavailable';
        if (final || options.clock.now() + wait > deadline) throw error;
        options.log.warn({ error: String(error), retryInMs: wait }, 'no certificate yet');
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  /**
   * Takes the mesh's roots (PEM, the one that signs first) as the control plane sends them: they are what the control plane and
   * peers are judged by from now on. A certificate that another root signed is renewed within seconds, so that the other can go.
   */
  trust(bundlePem: string): void {
    if (bundlePem === this.#bundlePem || this.#closed) return;
    this.#bundlePem = bundlePem;
    this.#current = { ...this.#current, rootPem: bundlePem, secureContext: secureContextOf(this.#current, bundlePem) };
    const [first] = pemBlocks(bundlePem);
    if (first === undefined || new X509Certificate(this.#current.certChainPem).checkIssued(new X509Certificate(first))) return;
    const { notBefore, notAfter } = this.#current;
    const spreadMs = Math.min((notAfter - notBefore) / 100, LONGEST_SPREAD_MS);
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(spreadMs * this.#options.random(), () => void this.#renew(FIRST_RETRY_MS));
  }

  /** What the control plane is judged by (PEM): the roots it sent, before that those of the start and of the first certificate. */
  get controlPlaneRoots(): string {
    return this.#bundlePem ?? `${this.#options.rootPem.trim()}\n${this.#current.rootPem}`;
  }

  get current(): CertificateMaterial {
    return this.#current;
  }

  /** Calls `fn` after every rotation; returns how to stop that. */
  onRotate(fn: (material: CertificateMaterial) => void): () => void {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  }

  /** Renews now. Rejects when the authority did not sign; the old certificate then stays. */
  async rotate(): Promise<void> {
    const issued = await issue({ ...this.#options, rootPem: this.controlPlaneRoots }, this.#current);
    if (this.#closed) return;
    const rootPem = this.#bundlePem ?? issued.rootPem;
    const next = { ...issued, rootPem, secureContext: secureContextOf(issued, rootPem) };
    this.#current = next;
    this.#options.log.info({ spiffeId: next.spiffeId, notAfter: new Date(next.notAfter).toISOString() }, 'certificate renewed');
    for (const listener of this.#listeners) listener(next);
    this.#schedule();
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer();
  }

  #schedule(): void {
    this.#cancelTimer();
    const { notBefore, notAfter } = this.#current;
    const delay = renewalDelayMs(notBefore, notAfter, this.#options.clock.now(), this.#options.random());
    this.#cancelTimer = this.#options.clock.after(delay, () => void this.#renew(FIRST_RETRY_MS));
  }

  async #renew(retryMs: number): Promise<void> {
    try {
      await this.rotate();
    } catch (error) {
      if (this.#closed) return;
      this.#options.log.warn({ error: String(error), retryInMs: retryMs }, 'certificate not renewed; the old one stays in use');
      const jittered = retryMs * (0.75 + this.#options.random() / 2);
      this.#cancelTimer = this.#options.clock.after(jittered, () => void this.#renew(Math.min(retryMs * 2, LONGEST_RETRY_MS)));
    }
  }
}

/** Milliseconds until renewal: at half of the certificate's life, moved by ± 1 % of its life (`random` in [0, 1)). */
export function renewalDelayMs(notBefore: number, notAfter: number, now: number, random: number): number {
  const life = notAfter - notBefore;
  const at = notBefore + life * (0.5 + (random - 0.5) * 0.02);
  // Timers hold at most 2^31-1 ms.
  return Math.min(Math.max(at - now, 0), 2 ** 31 - 1);
}

async function issue(options: CertificateOptions, current: CertificateMaterial | undefined): Promise<CertificateMaterial> {
  const { keyPem, csrPem } = await createCsr();
  const usable = current !== undefined && current.notAfter > options.clock.now();
  const auth = usable ? { clientCert: { keyPem: current.keyPem, certChainPem: current.certChainPem } } : { token: await options.token() };
  const { certChainPem, rootPem } = await requestCertificate({ address: options.address, rootPem: options.rootPem, csrPem, ttlSeconds: options.ttlSeconds, ...auth });
  const leaf = new X509Certificate(certChainPem);
  const spiffeId = spiffeIdOfSan(leaf.subjectAltName);
  if (spiffeId === undefined) throw new CertificateRequestError('invalid', 'The certificate authority issued a certificate without a SPIFFE id.');
  return {
    keyPem,
    certChainPem,
    rootPem,
    spiffeId,
    serialNumber: leaf.serialNumber,
    notBefore: Date.parse(leaf.validFrom),
    notAfter: Date.parse(leaf.validTo),
    secureContext: secureContextOf({ keyPem, certChainPem }, rootPem),
  };
}

function secureContextOf({ keyPem, certChainPem }: Pick<CertificateMaterial, 'keyPem' | 'certChainPem'>, rootPem: string): SecureContext {
  return createSecureContext({ key: keyPem, cert: certChainPem, ca: rootPem, minVersion: 'TLSv1.2' });
}
