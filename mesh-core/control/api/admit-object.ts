import type { FieldIssue } from '#mesh-core/domain/resources/field-issue.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { apiVersionOf } from '#mesh-core/domain/resources/kinds.ts';
import { badRequest, invalidObject, issueText } from './api-error.ts';
import type { ApiServices, CollectionRef } from './api-call.ts';
import { strictError, withoutUnknownFields, type FieldValidation } from './field-validation.ts';
import { withKindDefaults } from './kind-defaults.ts';
import { isJsonObject } from './merge-patch.ts';
import { checkMetadata } from './object-metadata.ts';
import { apiVersionOfPath } from './present-objects.ts';

/** Names made from generateName end in five of these: no vowels, nothing that looks like another. As Kubernetes does. */
const SUFFIX_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * Takes a decoded body as an object for a path: apiVersion, kind, namespace and (when the path has one) name must agree with it.
 * `suffix` is five random numbers in [0, 1) for generateName. @throws KubeError 400 naming both sides of a disagreement.
 */
export function objectFromBody(where: CollectionRef & { readonly name?: string }, body: unknown, suffix: readonly number[] = []): KubeObject {
  if (!isJsonObject(body)) throw badRequest('the request body is not an object');
  const { apiVersion, kind, metadata } = body;
  if (typeof kind !== 'string' || kind === '') throw badRequest("Object 'Kind' is missing in the request body");
  if (typeof apiVersion !== 'string' || apiVersion === '') throw badRequest("Object 'apiVersion' is missing in the request body");
  if (kind !== where.kind.kind) throw badRequest(`the kind in the data (${kind}) does not match the expected kind (${where.kind.kind})`);
  if (apiVersion !== apiVersionOfPath(where)) throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOfPath(where)})`);
  if (!isJsonObject(metadata)) throw badRequest('metadata is missing in the request body');
  const namespace = metadata['namespace'];
  if (where.kind.namespaced && namespace !== undefined && namespace !== '' && namespace !== where.namespace) {
    throw badRequest(`the namespace of the provided object (${JSON.stringify(namespace)}) does not match the namespace sent on the request (${where.namespace ?? 'none'})`);
  }
  const name = nameFor(metadata, suffix);
  if (where.name !== undefined && name !== undefined && name !== where.name) throw badRequest(`the name of the object (${JSON.stringify(name)}) does not match the name on the URL (${where.name})`);
  const placed: Readonly<Record<string, unknown>> = { ...metadata, name: name ?? where.name ?? '' };
  const { namespace: _namespace, ...clusterScoped } = placed;
  const placedMetadata = where.kind.namespaced ? { ...placed, namespace: where.namespace } : clusterScoped;
  // The one place where a body becomes a KubeObject: identity was checked above, metadata is by checkMetadata, the spec by the validator.
  return { ...body, apiVersion: apiVersionOf(where.kind), kind, metadata: placedMetadata } as unknown as KubeObject;
}

/** An object as it may be stored, and what to tell the client besides. */
export interface Admitted {
  readonly object: KubeObject;
  readonly warnings: readonly string[];
}

/**
 * Validates an object before it is stored. Fields nobody knows are dropped, with or without a warning, or refused, as the client asked.
 * @throws KubeError 422 with one cause per error, 400 for unknown fields under Strict.
 */
export function admitObject(services: ApiServices, where: CollectionRef, sent: KubeObject, unknownFields: FieldValidation): Admitted {
  const object = withKindDefaults(where.kind, sent);
  const metadataIssues = checkMetadata(where.kind, object);
  const found = metadataIssues.length > 0 ? { errors: [], warnings: [] } : services.validate(object);
  const all = unique([...metadataIssues, ...found.errors]);
  const unknown = all.filter((issue) => issue.code === 'unknown-field');
  if (unknown.length > 0 && unknownFields === 'Strict') throw strictError(where, unknown.map((issue) => issue.path), all.map((issue) => ({ reason: 'FieldValueInvalid', field: issue.path, message: issueText(issue) })));
  const errors = all.filter((issue) => issue.code !== 'unknown-field');
  if (errors.length > 0) throw invalidObject(where.kind, object.metadata.name, errors);
  const warnings = unique([...found.warnings, ...(services.warnings?.(object) ?? [])]);
  return {
    object: unknown.length === 0 ? object : withoutUnknownFields(where.kind, object),
    warnings: [
      ...(unknownFields === 'Warn' ? unknown.map((issue) => `unknown field ${JSON.stringify(issue.path)}`) : []),
      ...warnings.map((issue) => (issue.path === '' ? issueText(issue) : `${issue.path}: ${issueText(issue)}`)),
    ],
  };
}

function nameFor(metadata: Readonly<Record<string, unknown>>, suffix: readonly number[]): unknown {
  const { name, generateName } = metadata;
  if (name !== undefined && name !== '') return name;
  if (typeof generateName !== 'string' || generateName === '' || suffix.length === 0) return undefined;
  return `${generateName}${suffix.map((number) => SUFFIX_ALPHABET[Math.floor(number * SUFFIX_ALPHABET.length)]).join('')}`;
}

function unique(issues: readonly FieldIssue[]): readonly FieldIssue[] {
  return [...new Map(issues.map((issue) => [`${issue.path}\u0000${issue.message}`, issue])).values()];
}
