import { apiVersionOf, CONSOLE_KINDS, kindByApiVersion, type KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { ServerError } from '#server/server-error.ts';
import type { ObjectRef } from './schemas.ts';

/** The kind of an object; throws `bad-request` for one that is not served. */
export function kindOf(object: Pick<KubeObject, 'apiVersion' | 'kind'>): KindInfo {
  const kind = kindByApiVersion(object.apiVersion, object.kind);
  if (kind !== undefined) return kind;
  const known = CONSOLE_KINDS.map((k) => `${k.kind} (${apiVersionOf(k)})`).join(', ');
  throw new ServerError('bad-request', `"${object.kind}" in "${object.apiVersion}" is not a kind this mesh knows.`, { hint: `Known are: ${known}.` });
}

/** How URLs and answers name an object. */
export function refOf(object: KubeObject): ObjectRef {
  const kind = kindOf(object);
  return { kind: kind.kind, group: kind.group, version: kind.versions[0], plural: kind.plural, name: object.metadata.name, ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }) };
}

/** The object with the namespace it will be stored in: `default` when it names none, none for a kind without namespaces. */
export function placed(object: KubeObject): KubeObject {
  const { namespace, ...metadata } = object.metadata;
  if (!kindOf(object).namespaced) return { ...object, metadata };
  return { ...object, metadata: { ...metadata, namespace: namespace === undefined || namespace === '' ? 'default' : namespace } };
}

/** The kind a path names; throws `not-found`. */
export function kindFromPath(group: string, version: string, plural: string): KindInfo {
  const kind = CONSOLE_KINDS.find((k) => k.plural === plural && k.group === (group === 'core' ? '' : group) && k.versions.includes(version));
  if (kind === undefined) throw new ServerError('not-found', `There is no kind "${plural}" in ${group}/${version}.`);
  return kind;
}
