import 'reflect-metadata';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PemConverter, X509CrlGenerator } from '@peculiar/x509';
import type { Signer } from './certificate-authority.ts';
import { crossSign, loadOrCreateRoot, makeRoot, readRoot, rootFingerprint, SIGNING_ALGORITHM, writeRoot } from './root-certificate.ts';
import type { RootCertificate, RootFiles } from './root-certificate.ts';
import { writeSecretFile } from './secret-file.ts';

/**
 * Where the replacement of the root stands. Everybody trusts what may be signed before it is signed, and what was signed as long as it is in use:
 *
 *   stable ──distribute()──► distributing ──sign()──► signing ──finish()──► stable
 *   trusts: old              old, new                 new, old              new
 *   signs:  old              old                      new                   new
 */
export type TrustStage = 'stable' | 'distributing' | 'signing';
export interface RevokedSerial {
  /** Hexadecimal. */
  readonly serialNumber: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/**
 * The roots of the mesh, in files of one folder. Each step is a few renames in an order that a restart after a crash completes:
 *
 *   root-{key,cert}.pem        signs
 *   next-{key,cert,cross}.pem  is being made known (stage distributing)
 *   old-{key,cert}.pem         is still trusted (stage signing)
 *   root-cross.pem             the root signed by the one before it, for servers to send
 */
export class MeshTrust {
  readonly #folder: string;
  readonly #trustDomain: string;
  readonly #now: () => number;
  #root: RootCertificate;
  #next: RootCertificate | undefined;
  #old: RootCertificate | undefined;
  #crossPem: string | undefined;

  private constructor(folder: string, trustDomain: string, now: () => number, root: RootCertificate) {
    this.#folder = folder;
    this.#trustDomain = trustDomain;
    this.#now = now;
    this.#root = root;
  }

  /** Reads the roots, or makes the first; completes a step that a crash cut short. Rejects as `loadOrCreateRoot` does. */
  static async open(folder: string, trustDomain: string, now: () => number): Promise<MeshTrust> {
    completeSwitch(folder);
    const trust = new MeshTrust(folder, trustDomain, now, await loadOrCreateRoot(folder, now(), trustDomain));
    await trust.#load();
    return trust;
  }

  get stage(): TrustStage {
    if (this.#next !== undefined) return 'distributing';
    return this.#old === undefined ? 'stable' : 'signing';
  }
  /** What signs now. */
  get signer(): Signer {
    return { root: this.#root, ...(this.#crossPem === undefined ? {} : { crossPem: this.#crossPem }) };
  }
  /** What is trusted, the one that signs first: a workload whose certificate another signed renews it. */
  get roots(): readonly RootCertificate[] {
    return [this.#root, this.#next, this.#old].filter((root) => root !== undefined);
  }
  get rootPems(): readonly string[] {
    return this.roots.map(({ pem }) => pem);
  }
  /** The roots as one PEM text. */
  get bundlePem(): string {
    return this.rootPems.join('');
  }

  /** Begins: makes the next root, trusted from now on. Does nothing unless stable. */
  async distribute(): Promise<void> {
    if (this.stage !== 'stable') return;
    const now = this.#now();
    const next = await makeRoot(`O=${this.#trustDomain}, CN=root ${new Date(now).toISOString().slice(0, 19).replaceAll(/[^0-9]/g, '')}`, now);
    writeSecretFile(this.#file('next-cross.pem'), await crossSign(next, this.#root), 0o644);
    writeRoot(this.#files('next'), next);
    await this.#load();
  }

  /** Goes on: the next root signs from now on, the one before stays trusted. Does nothing unless distributing. */
  async sign(): Promise<void> {
    if (this.stage !== 'distributing') return;
    const { keyFile, certFile } = this.#files('root');
    writeSecretFile(this.#files('old').keyFile, readFileSync(keyFile, 'utf8'));
    writeSecretFile(this.#files('old').certFile, readFileSync(certFile, 'utf8'), 0o644);
    completeSwitch(this.#folder);
    this.#root = await readRoot(this.#files('root'), this.#now());
    await this.#load();
  }

  /** Ends: the root before is not trusted any more. Does nothing unless signing. */
  async finish(): Promise<void> {
    if (this.stage !== 'signing') return;
    const { keyFile, certFile } = this.#files('old');
    rmSync(certFile, { force: true });
    rmSync(keyFile, { force: true });
    await this.#load();
  }

  /** Lists of revoked certificates, one per trusted root, as TLS wants them; undefined when nothing is revoked. */
  async revocationLists(revoked: readonly RevokedSerial[]): Promise<string | undefined> {
    if (revoked.length === 0) return undefined;
    const lists = this.roots.map(async ({ certificate, signingKey }) => {
      const list = await X509CrlGenerator.create({
        issuer: certificate.subject,
        thisUpdate: certificate.notBefore,
        // A list that ends would close the mesh while the control plane is away.
        nextUpdate: certificate.notAfter,
        signingAlgorithm: SIGNING_ALGORITHM,
        signingKey,
        entries: revoked.map(({ serialNumber, at }) => ({ serialNumber: positiveHex(serialNumber), revocationDate: new Date(at) })),
      });
      // OpenSSL takes a list only under this label (RFC 7468 section 7).
      return PemConverter.encode(list.rawData, 'X509 CRL').trim() + '\n';
    });
    return (await Promise.all(lists)).join('');
  }

  async #load(): Promise<void> {
    const read = async (name: 'next' | 'old'): Promise<RootCertificate | undefined> => (existsSync(this.#files(name).certFile) ? readRoot(this.#files(name), this.#now()) : undefined);
    this.#next = await read('next');
    this.#old = await read('old');
    const cross = this.#file('root-cross.pem');
    this.#crossPem = existsSync(cross) ? readFileSync(cross, 'utf8') : undefined;
  }

  #files(name: 'root' | 'next' | 'old'): RootFiles {
    return { keyFile: this.#file(`${name}-key.pem`), certFile: this.#file(`${name}-cert.pem`) };
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }
}

/** Which root signed, for people: the first half of its fingerprint. */
export function rootName(root: RootCertificate): string {
  return rootFingerprint(root).slice(0, 16);
}

/** Hexadecimal bytes of a positive ASN.1 integer. */
function positiveHex(serialNumber: string): string {
  const even = serialNumber.length % 2 === 0 ? serialNumber : `0${serialNumber}`;
  return Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even;
}

/**
 * Puts the next root in the place of the signing one, when the latter is safe as the old: each rename may be the last before a
 * crash, and the certificate's is the end.
 */
function completeSwitch(folder: string): void {
  const file = (name: string): string => join(folder, name);
  if (!existsSync(file('old-cert.pem')) || !existsSync(file('next-cert.pem'))) return;
  for (const [from, to] of [['next-key.pem', 'root-key.pem'], ['next-cross.pem', 'root-cross.pem'], ['next-cert.pem', 'root-cert.pem']] as const) {
    if (existsSync(file(from))) renameSync(file(from), file(to));
  }
}
