import type { FieldIssue } from '#mesh-core/domain/resources/field-issue.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { AccessControl } from '../access/access-control.ts';
import type { ApiUser } from '../access/api-user.ts';
import type { ListSnapshots } from './list-snapshots.ts';
import type { AcceptedForm } from './negotiate.ts';
import { isView } from './served-kinds.ts';
import type { ObjectSource } from './views/object-source.ts';

/** What a handler tells the audit about its call, besides what the request and the answer say. */
export interface AuditNotes {
  /** The name of an object whose path has none: what was created. */
  name?: string;
  /** resourceVersion before (absent: it did not exist) and after (absent: it is gone, or nothing was stored). */
  before?: string;
  after?: string;
}

/** What the handlers work with; the same for every request. */
export interface ApiServices {
  readonly store: ObjectStore;
  /** The kinds that are worked out from the store. */
  readonly views: ObjectSource;
  readonly snapshots: ListSnapshots;
  readonly validate: (object: KubeObject) => { readonly errors: readonly FieldIssue[]; readonly warnings: readonly FieldIssue[] };
  /** Findings across objects (a subset nobody defines); they never stop a write. */
  readonly warnings?: (object: KubeObject) => readonly FieldIssue[];
  /** A token of a service account for these audiences, good for that many seconds. */
  readonly issueToken: (account: { readonly namespace: string; readonly serviceAccount: string; readonly audiences: readonly string[]; readonly expirationSeconds: number | undefined }) => Promise<string>;
  readonly access: Pick<AccessControl, 'decide' | 'rules'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Time between bookmarks on a watch that asked for them, milliseconds. */
  readonly bookmarkMs: number;
}

/** One request, its sender known. */
export interface ApiCall {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly user: ApiUser;
  readonly notes: AuditNotes;
  readonly accept: AcceptedForm;
  /** The Accept header itself, for what has more forms than objects have. */
  readonly acceptHeader?: string | undefined;
  readonly contentType: string | undefined;
  readonly userAgent: string;
  /** Reads the body. @throws KubeError 413 when it is too large. */
  readonly readBody: () => Promise<Buffer>;
}
export interface CollectionRef {
  readonly kind: KindInfo;
  readonly version: string;
  readonly namespace?: string;
}
export interface ObjectRef extends CollectionRef {
  readonly name: string;
}

/** Where reads of a kind come from. */
export function sourceOf(services: Pick<ApiServices, 'store' | 'views'>, kind: KindInfo): ObjectSource {
  return isView(kind) ? services.views : services.store;
}

/** A finished answer. */
export interface ApiAnswer {
  readonly code: number;
  readonly body: object;
  readonly warnings?: readonly string[];
}
