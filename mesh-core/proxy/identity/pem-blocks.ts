/** The blocks of a PEM text. Node reads only the first of several revocation lists in one text, so they are given to it one by one. */
export function pemBlocks(pem: string): string[] {
  return pem.match(/-----BEGIN [A-Z0-9 ]+-----[^-]+-----END [A-Z0-9 ]+-----/g) ?? [];
}
