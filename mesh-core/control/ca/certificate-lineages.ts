import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { writeSecretFile } from './secret-file.ts';

/** A certificate that was issued. Times in Unix ms. */
export interface IssuedRecord {
  /** In the form of `normalSerial`. */
  readonly serialNumber: string;
  readonly spiffeId: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** Fingerprint of the root that signed it. */
  readonly root: string;
}
/** What one workload held over time: each certificate was issued on the one before, the first on a join token. */
export interface Lineage {
  /** In force or still before its end, oldest first; the last is the one in use. */
  readonly certificates: readonly IssuedRecord[];
  readonly newest: IssuedRecord;
  /** Token ids and serial numbers by which the workload may have proved itself. */
  readonly credentials: readonly string[];
  /** Unix ms; absent = it is not. */
  readonly revokedAt?: number;
}
interface Line {
  credentials: string[];
  certificates: IssuedRecord[];
  revokedAt?: number;
}
/** A join token is good for a day. */
const TOKEN_LIFE_MS = 24 * 3_600_000;
type Entry = { readonly credential: string; readonly issued: IssuedRecord } | { readonly revoked: string; readonly at: number };

/**
 * Which certificates workloads hold, as far as the authority knows: a certificate is issued on a credential (a join token's id
 * or the serial number of the certificate before), and the stream that was opened with any credential of that line sees
 * the newest. Kept in a journal, so that a restart of the authority knows as much as before.
 */
export class CertificateLineages {
  readonly #byCredential = new Map<string, Line>();
  readonly #journal: string | undefined;

  private constructor(journal: string | undefined) {
    this.#journal = journal;
  }

  /** Lines kept in memory only. */
  static inMemory(): CertificateLineages {
    return new CertificateLineages(undefined);
  }

  /** Reads the journal (made with the first entry) and leaves out of it what has ended by `now`. */
  static open(journal: string, now: number): CertificateLineages {
    const lineages = new CertificateLineages(journal);
    if (!existsSync(journal)) return lineages;
    const entries = readFileSync(journal, 'utf8').split('\n').flatMap(readEntry);
    for (const entry of entries) lineages.#take(entry);
    lineages.#forgetEnded(now);
    const kept = entries.filter((entry) => lineages.#knows('issued' in entry ? entry.issued.serialNumber : entry.revoked));
    if (kept.length < entries.length) writeSecretFile(journal, kept.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
    return lineages;
  }

  /** Notes that `record` was issued to the holder of `credential`. */
  issued(credential: string, record: IssuedRecord, now: number): void {
    this.#forgetEnded(now);
    this.#note({ credential, issued: record });
  }

  /** Takes back the line that a serial number belongs to: all its certificates, and the credential it began with. False when no such certificate is known. */
  revoke(serialNumber: string, at: number): boolean {
    const line = this.#byCredential.get(serialNumber);
    if (line === undefined) return false;
    // By the newest: it is the one that is remembered longest.
    if (line.revokedAt === undefined) this.#note({ revoked: line.certificates.at(-1)?.serialNumber ?? serialNumber, at });
    return true;
  }

  /** The line of a credential; undefined when nothing was issued on it here. */
  of(credential: string): Lineage | undefined {
    const line = this.#byCredential.get(credential);
    return line === undefined ? undefined : lineageOf(line);
  }

  /** All lines that hold a certificate which has not ended. */
  all(now: number): readonly Lineage[] {
    return [...new Set(this.#byCredential.values())].flatMap((line) => {
      const lineage = lineageOf(line);
      return lineage === undefined || lineage.newest.notAfter < now ? [] : [lineage];
    });
  }

  #note(entry: Entry): void {
    if (this.#journal !== undefined) appendFileSync(this.#journal, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
    this.#take(entry);
  }

  #take(entry: Entry): void {
    if ('revoked' in entry) {
      const line = this.#byCredential.get(entry.revoked);
      if (line !== undefined) line.revokedAt = entry.at;
      return;
    }
    const line = this.#byCredential.get(entry.credential) ?? { credentials: [entry.credential], certificates: [] };
    line.certificates.push(entry.issued);
    line.credentials.push(entry.issued.serialNumber);
    this.#byCredential.set(entry.credential, line);
    this.#byCredential.set(entry.issued.serialNumber, line);
  }

  #knows(serialNumber: string): boolean {
    return this.#byCredential.get(serialNumber)?.certificates.some((certificate) => certificate.serialNumber === serialNumber) === true;
  }

  #forgetEnded(now: number): void {
    for (const line of new Set(this.#byCredential.values())) {
      // The token that a revoked line began with must not begin another one.
      if (line.revokedAt !== undefined && now < line.revokedAt + TOKEN_LIFE_MS) continue;
      line.certificates = line.certificates.filter(({ notAfter }) => notAfter >= now);
      if (line.certificates.length > 0) continue;
      for (const credential of line.credentials) this.#byCredential.delete(credential);
    }
  }
}

function lineageOf({ certificates, credentials, revokedAt }: Line): Lineage | undefined {
  const newest = certificates.at(-1);
  return newest === undefined ? undefined : { certificates, newest, credentials, ...(revokedAt === undefined ? {} : { revokedAt }) };
}

function readEntry(line: string): Entry[] {
  if (line === '') return [];
  try {
    // Safe because only this class writes the journal.
    return [JSON.parse(line) as Entry];
  } catch {
    // A crash cut the last line short; its certificate was not handed out.
    return [];
  }
}
