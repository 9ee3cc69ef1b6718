/**
 * Which certificate a workload now holds, as far as the authority knows: a certificate is issued on a credential (a join token's
 * id or the serial number of the certificate before), and the stream that was opened with any credential of that line
 * sees the newest. Kept in memory; after a restart a stream's own certificate is what is known.
 */
export class CertificateLineages {
  readonly #byCredential = new Map<string, { notAfter: number }>();

  /** Notes that `serialNumber`, in force until `notAfter` (Unix ms), was issued to the holder of `credential`. */
  issued(credential: string, serialNumber: string, notAfter: number, now: number): void {
    for (const [key, line] of this.#byCredential) if (line.notAfter < now) this.#byCredential.delete(key);
    const line = this.#byCredential.get(credential) ?? { notAfter };
    line.notAfter = notAfter;
    this.#byCredential.set(credential, line);
    this.#byCredential.set(serialNumber, line);
  }

  /** End (Unix ms) of the newest certificate of a credential's line; undefined when none was issued here. */
  notAfterOf(credential: string): number | undefined {
    return this.#byCredential.get(credential)?.notAfter;
  }
}
