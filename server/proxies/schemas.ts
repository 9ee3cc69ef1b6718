import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import type { CertificateStates, HeldCertificate, RootState } from '#mesh-core/wire/xds/certificate-state.ts';
import type { ProxySync } from '#server/config/proxy-sync.ts';

/** A connected proxy with the worst state of its resource types. */
export type ProxyRow = ProxySync & { readonly state: 'synced' | 'stale' | 'nack' };
/** `GET /api/proxies` */
export interface ProxiesAnswer {
  readonly proxies: readonly ProxyRow[];
}

/** `GET /api/proxies/:id` */
export interface ProxyAnswer {
  readonly proxy: ProxyRow;
  /** The registered instance it stands for; absent for a proxy that did not register. */
  readonly instance?: { readonly namespace: string; readonly name: string };
  /** By the certificate authority; absent when it does not know the holder. */
  readonly certificate?: HeldCertificate;
  /** The root that signed the certificate. */
  readonly root?: RootState;
  /** What could not be read, as sentences. */
  readonly problems: readonly string[];
}

/**
 * What a proxy has of a resource, beside what the control plane offers it: `same`; `different`; `missing` (offered, not there); `extra` (there,
 * not offered); `not-asked` (offered to whoever asks, the proxy did not); `own` (it does not come by discovery); `unknown` (one side did not answer).
 */
export type Comparison = 'same' | 'different' | 'missing' | 'extra' | 'not-asked' | 'own' | 'unknown';

/** One Envoy resource in its proto3 JSON form, as the proxy has it and as the control plane would send it. */
export interface ComparedResource {
  readonly type: ResourceType;
  readonly name: string;
  /** `warming`: received, not in force yet. `draining`: taken away, still serving what it has. Absent when the proxy does not have it. */
  readonly phase?: 'active' | 'warming' | 'draining';
  /** As which version the proxy received it. */
  readonly version?: string;
  /** RFC 3339: when. */
  readonly updatedAt?: string;
  readonly comparison: Comparison;
  /** What is in force; of one that only warms, what was received. */
  readonly held?: Resource;
  /** Only where it says something else than `held`. */
  readonly offered?: Resource;
}
export type Resource = Readonly<Record<string, unknown>>;

/** `GET /api/proxies/:id/config` */
export interface ProxyConfigAnswer {
  readonly resources: readonly ComparedResource[];
  /** resourceVersion that the offer was made from. */
  readonly offeredVersion?: string;
  /** Why one side is not there, as sentences. */
  readonly problems: readonly string[];
}

export type { HeldCertificate, RootState };
/** `GET /api/certificates`: who holds what until when. */
export type CertificatesAnswer = CertificateStates;
