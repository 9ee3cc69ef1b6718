import { MESH_ROOTS_SECRET, textOfSource, WORKLOAD_SECRET } from '#mesh-core/domain/envoy/secret.ts';
import type { EnvoySecret } from '#mesh-core/domain/envoy/secret.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { FileSecrets, isFileSecret } from './file-secrets.ts';
import type { SecretSource, TlsSecret } from './secret-source.ts';
import type { WorkloadCertificate } from './workload-certificate.ts';

export interface SecretStoreOptions {
  readonly certificate: Pick<WorkloadCertificate, 'current' | 'onRotate'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** All secrets of a proxy in memory: its own certificate, what SDS brought, and files. */
export class SecretStore implements SecretSource {
  readonly #certificate: SecretStoreOptions['certificate'];
  readonly #files: FileSecrets;
  readonly #received = new Map<string, TlsSecret>();
  readonly #listeners = new Set<(name: string) => void>();
  readonly #unsubscribe: () => void;

  constructor({ certificate, clock, log }: SecretStoreOptions) {
    this.#certificate = certificate;
    this.#files = new FileSecrets({ clock, log, onChange: (name) => this.#tell(name) });
    this.#unsubscribe = certificate.onRotate(() => {
      this.#tell(WORKLOAD_SECRET);
      this.#tell(MESH_ROOTS_SECRET);
    });
  }

  secret(name: string): TlsSecret | undefined {
    if (isFileSecret(name)) return this.#files.secret(name);
    const { certChainPem, keyPem, rootPem } = this.#certificate.current;
    if (name === WORKLOAD_SECRET) return { name, certificate: { certChainPem, keyPem } };
    return this.#received.get(name) ?? (name === MESH_ROOTS_SECRET ? { name, trustedCaPem: rootPem } : undefined);
  }

  onChange(fn: (name: string) => void): () => void {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  }

  /** Takes a secret that came over SDS. */
  put(secret: EnvoySecret): void {
    const { name, tlsCertificate, validationContext } = secret;
    const certChainPem = textOfSource(tlsCertificate?.certificateChain);
    const keyPem = textOfSource(tlsCertificate?.privateKey);
    const trustedCaPem = textOfSource(validationContext?.trustedCa);
    const crlPem = textOfSource(validationContext?.crl);
    this.#received.set(name, {
      name,
      ...(certChainPem === undefined || keyPem === undefined ? {} : { certificate: { certChainPem, keyPem } }),
      ...(trustedCaPem === undefined ? {} : { trustedCaPem }),
      ...(crlPem === undefined ? {} : { crlPem }),
    });
    this.#tell(name);
  }

  /** Did SDS bring this secret (rather than the certificate or a file)? */
  isReceived(name: string): boolean {
    return this.#received.has(name);
  }

  /** A secret of SDS does not exist any more. */
  remove(name: string): void {
    if (this.#received.delete(name)) this.#tell(name);
  }

  close(): void {
    this.#unsubscribe();
    this.#files.close();
  }

  #tell(name: string): void {
    for (const listener of this.#listeners) listener(name);
  }
}
