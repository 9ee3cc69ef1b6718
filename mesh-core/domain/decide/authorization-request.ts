import type { HeaderMap } from './request-head.ts';

/** What authorization looks at, as the destination's proxy sees it. */
export interface AuthorizationRequest {
  /** The caller's identity from its mTLS certificate, `spiffe://…` (the scheme may be left out); absent = plaintext. */
  readonly principal?: string;
  readonly method: string;
  /** Normalised (`normalizePath`); a query is cut off here. */
  readonly path: string;
  /** Host header or `:authority`. */
  readonly host: string;
  readonly headers: HeaderMap;
  /** The peer's address. */
  readonly sourceIp: string;
  /** The client's address after trusted X-Forwarded-For; absent = the peer's. */
  readonly remoteIp?: string;
  readonly destinationIp?: string;
  /** The app's port, as Istio's policies mean it, whatever port the sidecar itself listens on. */
  readonly destinationPort: number;
  /** Server name of the TLS handshake; absent = none. */
  readonly sni?: string;
  /** Dynamic metadata by filter, e.g. the payload of a verified JWT; absent = none. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Facts that are not known, for previews: a rule that needs one gives "depends" instead of yes or no. */
  readonly unknown?: ReadonlySet<AuthorizationFact>;
}
export type AuthorizationFact = 'principal' | 'method' | 'path' | 'host' | 'headers' | 'sourceIp' | 'remoteIp' | 'destinationIp' | 'destinationPort' | 'sni' | 'metadata' | 'external';

/** Yes, no, or "depends on a fact that is not known" (Kleene's three-valued logic). */
export type Truth = boolean | 'unknown';

/** All must hold. */
export function every<T>(items: readonly T[], test: (item: T) => Truth): Truth {
  let result: Truth = true;
  for (const item of items) {
    const truth = test(item);
    if (truth === false) return false;
    if (truth === 'unknown') result = 'unknown';
  }
  return result;
}

/** One must hold. */
export function some<T>(items: readonly T[], test: (item: T) => Truth): Truth {
  let result: Truth = false;
  for (const item of items) {
    const truth = test(item);
    if (truth === true) return true;
    if (truth === 'unknown') result = 'unknown';
  }
  return result;
}

/** The opposite; unknown stays unknown. */
export function not(truth: Truth): Truth {
  return truth === 'unknown' ? 'unknown' : !truth;
}
