import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { TlsSecret } from './secret-source.ts';

export interface FileSecretsOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly onChange: (name: string) => void;
}

const CERTIFICATE = 'file-cert:';
const ROOTS = 'file-root:';
const SYSTEM_ROOTS = 'file-root:system';
/** Files are looked at this often: the way of every platform, and of volumes whose links are swapped. */
const POLL_MS = 2000;

/** Does this SDS name stand for files of this machine? */
export function isFileSecret(name: string): boolean {
  return name.startsWith(CERTIFICATE) || name.startsWith(ROOTS);
}

/**
 * Secrets out of files, by names as istiod writes them: `file-cert:CHAIN~KEY` and `file-root:CA`. What was asked for once is
 * watched; a pair is taken only when both files can be read, so that a half-written one keeps what it was.
 */
export class FileSecrets {
  readonly #options: FileSecretsOptions;
  readonly #known = new Map<string, TlsSecret | undefined>();
  #cancel: (() => void) | undefined;

  constructor(options: FileSecretsOptions) {
    this.#options = options;
  }

  /** The secret of a name for which `isFileSecret`; undefined when its files cannot be read. */
  secret(name: string): TlsSecret | undefined {
    if (this.#known.has(name)) return this.#known.get(name);
    const read = this.#read(name);
    this.#known.set(name, read);
    if (name !== SYSTEM_ROOTS) this.#cancel ??= this.#options.clock.every(POLL_MS, () => this.#look());
    return read;
  }

  close(): void {
    this.#cancel?.();
  }

  #look(): void {
    for (const [name, before] of this.#known) {
      if (name === SYSTEM_ROOTS) continue;
      const now = this.#read(name, before === undefined ? 'debug' : 'warn');
      if (now === undefined || sameSecret(before, now)) continue;
      this.#known.set(name, now);
      this.#options.log.info({ secret: name }, 'certificate files read again');
      this.#options.onChange(name);
    }
  }

  #read(name: string, level: 'debug' | 'warn' = 'warn'): TlsSecret | undefined {
    if (name === SYSTEM_ROOTS) return { name, trustedCaPem: getCACertificates('default').join('\n') };
    try {
      if (name.startsWith(ROOTS)) return { name, trustedCaPem: readFileSync(name.slice(ROOTS.length), 'utf8') };
      const [chain = '', key = ''] = name.slice(CERTIFICATE.length).split('~');
      return { name, certificate: { certChainPem: readFileSync(chain, 'utf8'), keyPem: readFileSync(key, 'utf8') } };
    } catch (error) {
      this.#options.log[level]({ secret: name, error: error instanceof Error ? error.message : String(error) }, 'the files of a certificate cannot be read');
      return undefined;
    }
  }
}

function sameSecret(a: TlsSecret | undefined, b: TlsSecret): boolean {
  return a?.trustedCaPem === b.trustedCaPem && a?.certificate?.certChainPem === b.certificate?.certChainPem && a?.certificate?.keyPem === b.certificate?.keyPem;
}
