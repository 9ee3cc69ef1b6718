import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { takesStrategicMerge } from './builtin-kinds.ts';
import type { CollectionRef } from './api-call.ts';
import { apiError, badRequest, unsupportedMediaType } from './api-error.ts';
import { assertShallow, mediaType } from './decode-body.ts';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch, isJsonObject } from './merge-patch.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

const JSON_PATCH = 'application/json-patch+json';
const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_MERGE_PATCH = 'application/strategic-merge-patch+json';
export const SERVER_SIDE_APPLY = 'application/apply-patch+yaml';
export const PATCH_TYPES: readonly string[] = [JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH, SERVER_SIDE_APPLY];

/**
 * Applies a decoded patch body to an object, by its media type; the object is not modified.
 * @throws KubeError 400 for a malformed patch, 415 for a strategic merge of a custom resource (its lists have no merge keys), 422 when a JSON
 * patch does not apply or its `test` does not hold.
 */
export function applyPatchBody(where: CollectionRef, current: KubeObject, body: unknown, contentType: string | undefined): unknown {
  const type = mediaType(contentType);
  if (type === JSON_PATCH) {
    const result = applyJsonPatch(current, body);
    if (!result.ok && result.reason === 'malformed') throw badRequest(`${result.index < 0 ? '' : `operation ${result.index}: `}${result.message}`);
    if (!result.ok) throw apiError(422, 'Invalid', `the server rejected our request due to an error in our request: operation ${result.index}: ${result.message}`);
    assertShallow(result.value);
    return result.value;
  }
  if (!isJsonObject(body)) throw badRequest('the patch is not an object');
  if (type !== STRATEGIC_MERGE_PATCH) return applyMergePatch(current, body);
  if (!takesStrategicMerge(where.kind)) throw unsupportedMediaType([JSON_PATCH, MERGE_PATCH, SERVER_SIDE_APPLY]);
  return applyStrategicMergePatch(current, body);
}
