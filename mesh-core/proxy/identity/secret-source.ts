/** A secret in the form TLS takes it (PEM). A key pair has `certificate`, roots have `trustedCaPem`; a file or Secret may hold both. */
export interface TlsSecret {
  /** The SDS name. */
  readonly name: string;
  readonly certificate?: { readonly certChainPem: string; readonly keyPem: string };
  /** What peers are verified against. */
  readonly trustedCaPem?: string;
  /** Revoked certificates of those roots; one list per root, or Node refuses every peer. */
  readonly crlPem?: string;
}

/**
 * Secrets by their SDS name, for listeners and clusters:
 *
 *   default, ROOTCA             the workload's own certificate and the mesh's roots
 *   kubernetes://NAME           a Secret of the proxy's namespace; kubernetes://NAME-cacert its roots
 *   kubernetes-gateway://NS/NAME    as Gateway API refers to it
 *   file-cert:CERT~KEY, file-root:CA    files on this machine; file-root:system = the machine's roots
 *
 * A secret may come after the listener that names it, and change at any time: build the TLS context when it is there, refuse
 * connections while it is not, and build it anew in `onChange` (open connections go on).
 */
export interface SecretSource {
  /** Undefined while it is not known, and after it was taken away. */
  secret(name: string): TlsSecret | undefined;
  /** Calls `fn` with the name of each secret that came, changed or went; returns how to stop that. */
  onChange(fn: (name: string) => void): () => void;
}
