import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import { isJsonObject } from './merge-patch.ts';

export type FieldSelector = { readonly ok: true; readonly matches: (object: KubeObject) => boolean; readonly metadataName?: string } | { readonly ok: false; readonly message: string };

const COMMON_FIELDS: readonly string[] = ['metadata.name', 'metadata.namespace'];
/** What Kubernetes offers besides, by kind. */
const FIELDS_OF: Readonly<Record<string, readonly string[]>> = {
  Namespace: ['status.phase'],
  Secret: ['type'],
  Event: ['involvedObject.kind', 'involvedObject.namespace', 'involvedObject.name', 'involvedObject.uid', 'involvedObject.apiVersion', 'involvedObject.resourceVersion', 'involvedObject.fieldPath', 'reason', 'reportingComponent', 'source', 'type'],
};

/**
 * Parses a field selector (`metadata.name=web,metadata.namespace!=shop`). Only `=`, `==` and `!=` exist, and only the fields
 * Kubernetes offers: name and namespace, for Events the object they are about, the phase of a Namespace, the type of a Secret.
 */
export function parseFieldSelector(kind: KindInfo, text: string): FieldSelector {
  const conditions: { field: string; equal: boolean; value: string }[] = [];
  for (const part of text.split(',').filter((piece) => piece.trim() !== '')) {
    const match = /^([^!=]+)(==|=|!=)(.*)$/.exec(part.trim());
    if (match === null) return { ok: false, message: `field selector "${part}" is not field=value or field!=value` };
    const [, field = '', operator, value = ''] = match;
    if (!COMMON_FIELDS.includes(field) && !(FIELDS_OF[kind.id] ?? []).includes(field)) return { ok: false, message: `field label not supported: ${field}` };
    conditions.push({ field, equal: operator !== '!=', value });
  }
  const name = conditions.find((condition) => condition.field === 'metadata.name' && condition.equal)?.value;
  return {
    ok: true,
    matches: (object) => conditions.every((condition) => (fieldText(object, condition.field === 'source' ? 'source.component' : condition.field) === condition.value) === condition.equal),
    ...(name === undefined ? {} : { metadataName: name }),
  };
}

function fieldText(object: unknown, field: string): string {
  let value = object;
  for (const key of field.split('.')) value = isJsonObject(value) ? value[key] : undefined;
  return typeof value === 'string' ? value : '';
}
