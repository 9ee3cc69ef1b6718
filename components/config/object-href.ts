import { paths } from '#components/api/paths.ts';
import { kindByApiVersion } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';

/** The YAML page of an object; `undefined` for a kind the mesh does not know. */
export function objectHref({ apiVersion, kind, metadata }: KubeObject): string | undefined {
  const info = kindByApiVersion(apiVersion, kind);
  return info === undefined ? undefined : paths.configObject({ group: info.group, version: info.versions[0], plural: info.plural, namespace: metadata.namespace, name: metadata.name });
}
