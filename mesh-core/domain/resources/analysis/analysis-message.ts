import type { KubeObject } from '../kube-object.ts';

export type AnalysisLevel = 'Error' | 'Warning' | 'Info';

/** One change of a JSON Patch (RFC 6902), with paths such as `/spec/http/0/route/0/destination/host`. */
export interface PatchOperation {
  readonly op: 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly value?: unknown;
}
/** A change that would settle a finding. */
export interface AnalysisFix {
  /** What it does, for a button: `Use host ratings.default.svc.cluster.local`. */
  readonly label: string;
  readonly patch: readonly PatchOperation[];
}

/** What an analyzer says of one object, in Istio's words. */
export interface AnalysisMessage {
  /** `IST0101`. */
  readonly code: string;
  /** Istio's name of the code: `ReferencedResourceNotFound`. */
  readonly name: string;
  readonly level: AnalysisLevel;
  readonly message: string;
  readonly object: ObjectReference;
  /** Field it is about, as in a FieldIssue; '' for the whole object. */
  readonly path: string;
  /** Page that explains the code. */
  readonly docs: string;
  readonly fix?: AnalysisFix;
}
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent for what is in no namespace, or does not say. */
  readonly namespace?: string;
  readonly name: string;
}

/** Code, level and text of a message, before it is known which object it is about. */
export interface MessageBody {
  readonly code: string;
  readonly name: string;
  readonly level: AnalysisLevel;
  readonly message: string;
}
/** Where a finding is, and what would settle it. */
export interface Finding {
  readonly path?: string;
  /** Does the same message count again for each place? Absent: an object gets it once, as in Istio, which tells places apart by lines and knows only some. */
  readonly apart?: true;
  readonly fix?: AnalysisFix;
}
/** How an analyzer says something of an object. */
export type Report = (object: KubeObject, body: MessageBody, finding?: Finding) => void;

/** The page of Istio's documentation about a code. */
export function docsOf(code: string): string {
  return `https://istio.io/latest/docs/reference/config/analysis/${code.toLowerCase()}/`;
}

/** `default/reviews`, or `reviews` for an object without a namespace, as Istio names resources in messages. */
export function fullNameOf(object: KubeObject): string {
  const { namespace = '', name } = object.metadata;
  return namespace === '' ? name : `${namespace}/${name}`;
}

/** A fix that puts a value into the place of another. `path` is of field names and indexes. */
export function replaceFix(label: string, path: readonly (string | number)[], value: unknown): AnalysisFix {
  return { label, patch: [{ op: 'replace', path: pointer(path), value }] };
}
/** A fix that adds a field. */
export function addFix(label: string, path: readonly (string | number)[], value: unknown): AnalysisFix {
  return { label, patch: [{ op: 'add', path: pointer(path), value }] };
}
/** A fix that takes a field away. */
export function removeFix(label: string, path: readonly (string | number)[]): AnalysisFix {
  return { label, patch: [{ op: 'remove', path: pointer(path) }] };
}

function pointer(path: readonly (string | number)[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
