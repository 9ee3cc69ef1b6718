import { KubeError, type KubeStatus } from '#mesh-core/wire/kubernetes/kube-client.ts';
import type { FieldIssue } from '#mesh-core/domain/resources/field-issue.ts';
import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { StoreRefusal } from '../store/store-change.ts';

/** A `Status` of kind Failure as an error to throw; the server answers with it. Reasons and codes are Kubernetes' own. */
export function apiError(code: number, reason: string, message: string, details?: KubeStatus['details']): KubeError {
  return new KubeError({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code, ...(details === undefined ? {} : { details }) });
}

/** 400: the request cannot be understood. */
export function badRequest(message: string, details?: KubeStatus['details']): KubeError {
  return apiError(400, 'BadRequest', message, details);
}

/** 422 for a query that names options wrongly; `options` is their Kubernetes name. */
export function invalidOptions(options: string, cause: { readonly field: string; readonly reason: string; readonly message: string }): KubeError {
  return apiError(422, 'Invalid', `${options}.meta.k8s.io "" is invalid: ${cause.field}: ${cause.message}`, { group: 'meta.k8s.io', kind: options, causes: [cause] });
}

/** 415, naming what is taken. */
export function unsupportedMediaType(accepted: readonly string[]): KubeError {
  return apiError(415, 'UnsupportedMediaType', `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`);
}

/** 404 for a path that is not served. */
export function pathNotFound(): KubeError {
  return apiError(404, 'NotFound', 'the server could not find the requested resource');
}

/** 404 for an object. */
export function objectNotFound(kind: KindInfo, name: string): KubeError {
  return apiError(404, 'NotFound', `${qualified(kind)} "${name}" not found`, detailsOf(kind, name));
}

/** 405: the path exists, this method on it does not. */
export function methodNotAllowed(): KubeError {
  return apiError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
}

/** 410: the resourceVersion is no longer in the history; list again. */
export function expired(message: string): KubeError {
  return apiError(410, 'Expired', message);
}

/** 422 with one cause per finding, in the field paths of the object. */
export function invalidObject(kind: KindInfo, name: string, issues: readonly FieldIssue[]): KubeError {
  const causes = issues.map((issue) => ({ reason: 'FieldValueInvalid', field: issue.path, message: issueText(issue) }));
  const list = causes.map((cause) => `${cause.field === '' ? '' : `${cause.field}: `}${cause.message}`);
  const text = list.length === 1 ? list[0] : `[${list.join(', ')}]`;
  return apiError(422, 'Invalid', `${kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`} "${name}" is invalid: ${text}`, { ...detailsOf(kind, name), kind: kind.kind, causes });
}

/** A finding as one sentence without its path. */
export function issueText(issue: FieldIssue): string {
  return issue.expected === undefined ? issue.message : `${issue.message} (expected ${issue.expected})`;
}

/** The answer for a write that the store refused. */
export function refusalError(kind: KindInfo, name: string, refusal: StoreRefusal): KubeError {
  switch (refusal.reason) {
    case 'not-found':
      return objectNotFound(kind, name);
    case 'namespace-not-found':
      return apiError(404, 'NotFound', `namespaces "${refusal.namespace}" not found`, { name: refusal.namespace, kind: 'namespaces' });
    case 'namespace-terminating':
      return apiError(403, 'Forbidden', `${qualified(kind)} "${name}" is forbidden: unable to create new content in namespace ${refusal.namespace} because it is being terminated`, { ...detailsOf(kind, name), causes: [{ reason: 'NamespaceTerminating', message: `namespace ${refusal.namespace} is being terminated`, field: 'metadata.namespace' }] });
    case 'already-exists':
      return apiError(409, 'AlreadyExists', `${qualified(kind)} "${name}" already exists`, detailsOf(kind, name));
    case 'conflict':
      return apiError(409, 'Conflict', `Operation cannot be fulfilled on ${qualified(kind)} "${name}": ${conflictText(refusal)}`, detailsOf(kind, name));
    case 'too-large':
      return apiError(413, 'RequestEntityTooLarge', `${qualified(kind)} "${name}" would have ${refusal.bytes} bytes; the limit of one object is ${refusal.limit}`, detailsOf(kind, name));
    case 'protected':
      return apiError(403, 'Forbidden', `${qualified(kind)} "${name}" is forbidden: this namespace may not be deleted`, detailsOf(kind, name));
  }
}

function conflictText(refusal: Extract<StoreRefusal, { reason: 'conflict' }>): string {
  if (refusal.field === 'uid') return `the UID in the precondition does not match the UID in record (${refusal.current.metadata.uid ?? 'none'}): the object was deleted and created again`;
  return 'the object has been modified; please apply your changes to the latest version and try again';
}

function qualified(kind: KindInfo): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}

function detailsOf(kind: KindInfo, name: string): { name: string; group?: string; kind: string } {
  return { name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.plural };
}
