import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';

/** Kubernetes `Status`: the body of every error answer. */
export interface KubeStatus {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly status: 'Failure' | 'Success';
  readonly message: string;
  /** NotFound, AlreadyExists, Conflict, Invalid, BadRequest, Unauthorized, Forbidden, UnsupportedMediaType, RequestEntityTooLarge, Expired … */
  readonly reason: string;
  readonly code: number;
  readonly details?: { readonly kind?: string; readonly group?: string; readonly name?: string; readonly uid?: string; readonly causes?: readonly { readonly reason?: string; readonly message: string; readonly field?: string }[] };
}
/** A non-2xx answer of the API server. Match on `status.reason`. */
export class KubeError extends Error {
  readonly status: KubeStatus;
  constructor(status: KubeStatus) {
    super(status.message);
    this.name = 'KubeError';
    this.status = status;
  }
}
export interface KubeList<T = KubeObject> { readonly items: readonly T[]; readonly resourceVersion: string }
export type WatchEvent<T = KubeObject> = { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: T };
/** A write's answer: the stored object and the `Warning` headers that came with it. */
export interface WriteResult<T = KubeObject> { readonly object: T; readonly warnings: readonly string[] }
export interface WriteOptions {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly signal?: AbortSignal;
}
export type PatchType = 'merge' | 'json';

/**
 * A client of the Kubernetes API, enough for the console, the CLI and the demo; the same against mesh-core and a real
 * cluster. All methods throw KubeError on an error answer and a TypeError-like network error when nothing answered.
 */
export interface KubeClient {
  list<T extends KubeObject = KubeObject>(kind: KindInfo, options?: { namespace?: string; labelSelector?: string; fieldSelector?: string; signal?: AbortSignal }): Promise<KubeList<T>>;
  get<T extends KubeObject = KubeObject>(kind: KindInfo, name: string, namespace?: string): Promise<T>;
  create<T extends KubeObject>(object: T, options?: WriteOptions): Promise<WriteResult<T>>;
  /** PUT: 409 Conflict when `metadata.resourceVersion` is stale. */
  update<T extends KubeObject>(object: T, options?: WriteOptions): Promise<WriteResult<T>>;
  updateStatus<T extends KubeObject>(object: T, options?: WriteOptions): Promise<WriteResult<T>>;
  patch<T extends KubeObject = KubeObject>(kind: KindInfo, name: string, namespace: string | undefined, type: PatchType, patch: unknown, options?: WriteOptions): Promise<WriteResult<T>>;
  delete(kind: KindInfo, name: string, namespace?: string, options?: WriteOptions): Promise<void>;
  /**
   * List, then watch for ever: calls `onEvent` with ADDED for each object of the first list, then with every change;
   * reconnects with backoff, re-lists on 410 Gone and then synthesises what was missed. Never throws after the first
   * list; `onState` tells connected/disconnected. Returns when `signal` aborts.
   */
  watch<T extends KubeObject = KubeObject>(
    kind: KindInfo,
    options: { namespace?: string; signal: AbortSignal; onSynced?: () => void; onState?: (state: 'connected' | 'disconnected', error?: unknown) => void },
    onEvent: (event: WatchEvent<T>) => void,
  ): Promise<void>;
  /** TokenRequest: a join token for a workload's service account (audience istio-ca). */
  createServiceAccountToken(namespace: string, serviceAccount: string): Promise<string>;
}
