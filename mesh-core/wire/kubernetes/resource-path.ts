import { objectKey, type KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { collectionPath, kindByApiVersion, type KindInfo } from '#mesh-core/domain/resources/kinds.ts';

/** The path of one object: under its collection, by name. */
export function objectPath(kind: KindInfo, name: string, namespace?: string): string {
  return `${collectionPath(kind, kind.namespaced ? (namespace ?? 'default') : undefined)}/${encodeURIComponent(name)}`;
}

/** Collection and object path of an object to write, by its own apiVersion. @throws TypeError for a kind that is not in the table of kinds. */
export function pathsOf(object: KubeObject): { readonly collection: string; readonly object: string } {
  const kind = kindByApiVersion(object.apiVersion, object.kind);
  if (kind === undefined) throw new TypeError(`${object.apiVersion} ${object.kind} "${objectKey(object.metadata)}" is of no kind that is served here.`);
  const version = object.apiVersion.slice(object.apiVersion.indexOf('/') + 1);
  const inVersion: KindInfo = { ...kind, versions: [version] };
  const { name, namespace } = object.metadata;
  return { collection: collectionPath(inVersion, kind.namespaced ? (namespace ?? 'default') : undefined), object: objectPath(inVersion, name, namespace) };
}
