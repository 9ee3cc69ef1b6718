import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import type { ProxyNode } from '#mesh-core/domain/translate/mesh-snapshot.ts';

/**
 * How far a proxy is with one type of configuration, as `/debug/syncz` of the control plane tells it. Versions are resourceVersions of the
 * object store: a proxy whose `ackedVersion` is at least that of a write has accepted the write.
 */
export interface TypeSyncState {
  /** `not-sent`: never asked for, or nothing sent yet. `stale`: sent and not answered. `nack`: the newest was refused; the one before is in force. */
  readonly state: 'synced' | 'stale' | 'nack' | 'not-sent';
  /** Newest version that what was sent is equal to; '' when nothing was sent. */
  readonly sentVersion: string;
  readonly ackedVersion: string;
  readonly nonce: string;
  /** Why the proxy refused. */
  readonly error?: string;
  /** RFC 3339. */
  readonly sentAt?: string;
  readonly ackedAt?: string;
}

/** One connected proxy. */
export interface ProxySyncState {
  /** The xDS node id. */
  readonly proxyId: string;
  readonly node: ProxyNode;
  /** RFC 3339. */
  readonly connectedAt: string;
  readonly types: Readonly<Record<ResourceType, TypeSyncState>>;
  /** The workload certificate, when it is known. */
  readonly certificate?: { readonly notAfter: string };
  /** Set while this proxy keeps an older configuration because the newest could not be translated for it. */
  readonly translationError?: string;
}
