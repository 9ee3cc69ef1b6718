/** One root that the mesh trusts, as `/debug/certsz` of the control plane tells it. */
export interface RootState {
  /** SHA-256 of the certificate, hexadecimal. */
  readonly fingerprint: string;
  readonly subject: string;
  /** RFC 3339. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Does it sign what is issued now? */
  readonly signs: boolean;
}
/** What one workload holds: the newest certificate of its line. */
export interface HeldCertificate {
  readonly spiffeId: string;
  /** xDS node ids of the proxies that are connected with it; none = the holder is away, or renewed by a new token. */
  readonly proxies: readonly string[];
  readonly serialNumber: string;
  /** RFC 3339. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Fingerprint of the root that signed it. */
  readonly root: string;
  /** When the holder renews it: half of its life, give or take one per cent. */
  readonly nextRotation: string;
  readonly revokedAt?: string;
}
/** Who holds what until when. */
export interface CertificateStates {
  /** How far a replacement of the root is; `stable` when there is none. */
  readonly stage: 'stable' | 'distributing' | 'signing';
  /** The last replacement that was asked for and begun; '' for none. */
  readonly rotation: string;
  /** What the replacement waits for, in words. */
  readonly waitingFor: readonly string[];
  readonly roots: readonly RootState[];
  readonly certificates: readonly HeldCertificate[];
}

/** The ConfigMap by which people ask the certificate authority for something, in the root namespace. */
export const AUTHORITY_REQUESTS_NAME = 'binnacle-ca';
/** Keys of it: any new text asks for a new root; serial numbers to revoke, separated by white space. */
export const AUTHORITY_REQUESTS = { rotateRoot: 'rotateRoot', revoke: 'revoke' } as const;
/** The ConfigMap with the mesh's roots (`root-cert.pem`), named as Istio's. */
export const ROOTS_CONFIG_MAP_NAME = 'istio-ca-root-cert';
