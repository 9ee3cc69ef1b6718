import { z } from 'zod';
import type { AnalysisFix } from '#mesh-core/domain/resources/analysis/analysis-message.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { AuditEntry } from '#server/audit/audit-log.ts';

/** A finding about an object, with its place in the text when there was one. */
export interface ConfigIssue {
  /** `error`: refused, or does not work; `warning`: probably not what is meant; `info`: worth knowing. */
  readonly severity: 'error' | 'warning' | 'info';
  /** The API server would refuse the object for this. */
  readonly refuses?: true;
  /** `spec.http[0].route[1].weight` */
  readonly path: string;
  readonly message: string;
  readonly expected?: string;
  /** IST… or KIA… code, or a word for what neither has a code for. */
  readonly code?: string;
  /** The code's name: `ReferencedResourceNotFound`. */
  readonly name?: string;
  /** Page that explains the code. */
  readonly docs?: string;
  /** Codes of other tools that say the same. */
  readonly also?: readonly { readonly code: string; readonly docs: string }[];
  /** A change that would settle it, for a button. */
  readonly fix?: AnalysisFix;
  readonly line?: number;
  readonly column?: number;
}
/** Names an object in URLs and requests. `group` '' is written `core` in paths. */
export interface ObjectRef {
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace?: string;
  readonly name: string;
}
export interface ConfigRow extends ObjectRef {
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly validation: 'valid' | 'warning' | 'error';
  readonly issues: readonly ConfigIssue[];
  /** What it does in a few words: "catalog: v1 80 %, v2 20 %". */
  readonly summary: string;
}
/** `GET /api/config/objects` */
export const ListObjectsQuery = z.object({ kind: z.string().optional(), namespace: z.string().optional() });
export interface ListObjectsAnswer {
  readonly objects: readonly ConfigRow[];
}
/** `GET /api/config/problems`: every finding of the configuration, errors first. */
export interface ConfigProblem {
  readonly ref: ObjectRef;
  readonly issue: ConfigIssue;
}
export interface ProblemsAnswer {
  readonly problems: readonly ConfigProblem[];
  /** Objects that were looked at. */
  readonly checked: number;
}
/** `GET /api/config/problem-counts` */
export interface ProblemCounts {
  readonly error: number;
  readonly warning: number;
  readonly info: number;
}
/** `GET /api/config/objects/:group/:version/:namespace/:plural/:name` (`core` for the core group, `-` for no namespace) */
export interface ObjectAnswer {
  readonly ref: ObjectRef;
  readonly object: KubeObject;
  /** Without status and managed fields: what an editor opens. */
  readonly yaml: string;
  readonly issues: readonly ConfigIssue[];
  readonly history: readonly AuditEntry[];
}
/** `POST /api/config/preview`: parse, validate, dry-run; writes nothing. */
export const ManifestBody = z.object({ yaml: z.string().max(3_000_000) });
export interface PreviewedObject {
  readonly ref: ObjectRef | null;
  readonly action: 'create' | 'update' | 'unchanged' | 'refused';
  readonly beforeYaml: string | null;
  readonly afterYaml: string | null;
  readonly resourceVersion: string | null;
  readonly issues: readonly ConfigIssue[];
}
export interface PreviewAnswer {
  readonly objects: readonly PreviewedObject[];
  readonly parseErrors: readonly { readonly message: string; readonly line: number; readonly column: number }[];
}
/** `POST /api/config/apply`. `resourceVersions` (key `Kind/namespace/name`) makes an update fail with 409 when the object has moved on since. */
export const ApplyBody = z.object({ yaml: z.string().max(3_000_000), resourceVersions: z.record(z.string(), z.string()).optional() });
export interface AppliedObject {
  readonly ref: ObjectRef;
  readonly action: 'created' | 'updated' | 'unchanged';
  readonly resourceVersion: string;
  readonly warnings: readonly string[];
  /** For undo; absent when nothing changed. */
  readonly auditId?: string;
}
export interface ApplyAnswer {
  readonly applied: readonly AppliedObject[];
}
/** `POST /api/config/undo` */
export const UndoBody = z.object({ auditId: z.string() });
/** `GET /api/config/history` */
export const HistoryQuery = z.object({ kind: z.string().optional(), namespace: z.string().optional(), name: z.string().optional(), limit: z.coerce.number().int().min(1).max(1000).default(100), since: z.string().optional() });
/** `GET /api/config/acks?resourceVersion=123`: has every proxy taken this write? */
export const AcksQuery = z.object({ resourceVersion: z.string() });
export interface AcksAnswer {
  readonly total: number;
  readonly acknowledged: number;
  readonly rejected: readonly { readonly proxy: string; readonly error: string }[];
  readonly waiting: readonly string[];
}
/** `POST /api/config/preview-authorization`: which edges seen in the last minutes would this policy refuse? */
export const PreviewAuthorizationBody = z.object({ yaml: z.string().max(200_000), windowSeconds: z.number().min(10).max(86400).default(300), remove: z.boolean().default(false) });
export interface AuthorizationPreviewRow {
  readonly source: string;
  readonly sourcePrincipal: string | null;
  readonly destination: string;
  readonly requestsPerSecond: number;
  /** `depends`: on the method or path, which metrics do not tell. */
  readonly before: 'permit' | 'deny' | 'depends';
  readonly after: 'permit' | 'deny' | 'depends';
  readonly reason: string;
}
export interface AuthorizationPreviewAnswer {
  readonly rows: readonly AuthorizationPreviewRow[];
  readonly issues: readonly ConfigIssue[];
}
