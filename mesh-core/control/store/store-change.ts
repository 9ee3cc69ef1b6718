import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';

/** One committed change, in the order of the resourceVersions. */
export interface StoreChange {
  /** The store's version right after this change; also `object.metadata.resourceVersion`. */
  readonly resourceVersion: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly kind: KindInfo;
  /** The object after the change; for DELETED its last state, carrying the version of the deletion. */
  readonly object: KubeObject;
  /** Labels before the change: a watch with a selector needs them to tell "left the selection" from "never in it". */
  readonly previousLabels: Readonly<Record<string, string>> | undefined;
}

/** Why a write was not done. Nothing was written then. */
export type StoreRefusal =
  | { readonly ok: false; readonly reason: 'not-found' }
  | { readonly ok: false; readonly reason: 'namespace-not-found'; readonly namespace: string }
  /** The namespace is being deleted: nothing new may be put in it. */
  | { readonly ok: false; readonly reason: 'namespace-terminating'; readonly namespace: string }
  | { readonly ok: false; readonly reason: 'already-exists' }
  /** `current` is what is stored: the caller's resourceVersion or uid is not of it. */
  | { readonly ok: false; readonly reason: 'conflict'; readonly current: KubeObject; readonly field: 'resourceVersion' | 'uid' }
  | { readonly ok: false; readonly reason: 'too-large'; readonly bytes: number; readonly limit: number }
  /** A namespace the mesh cannot do without. */
  | { readonly ok: false; readonly reason: 'protected' };

/** `changed` is false when the write would have stored what is there already: no new version, no event. */
export type WriteOutcome = { readonly ok: true; readonly object: KubeObject; readonly changed: boolean } | StoreRefusal;
/** `gone` is false while finalizers keep the object; it then has a deletionTimestamp. */
export type DeleteOutcome = { readonly ok: true; readonly object: KubeObject; readonly gone: boolean } | StoreRefusal;

/** What the history can tell a watch that resumes. */
export type HistoryResult =
  | { readonly ok: true; readonly changes: readonly StoreChange[] }
  /** Older than the kept history, or from another (wiped) store: list again. */
  | { readonly ok: false; readonly reason: 'expired'; readonly oldest: number };
