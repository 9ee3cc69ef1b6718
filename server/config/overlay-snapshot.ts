import { kindByApiVersion } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { snapshotLists, SNAPSHOT_KINDS, type MeshSnapshot } from '#mesh-core/domain/translate/mesh-snapshot.ts';

/** The configuration as it would be with these objects written: each takes the place of the one with its kind, namespace and name. Of kinds that translation does not read nothing changes. */
export function overlaySnapshot(snapshot: MeshSnapshot, objects: readonly KubeObject[]): MeshSnapshot {
  const listOf = new Map(Object.entries(SNAPSHOT_KINDS).map(([list, kindId]) => [kindId, list]));
  // Safe because the keys of the table are the names of the lists.
  const current = (kindId: string): readonly KubeObject[] => snapshot[listOf.get(kindId) as keyof typeof SNAPSHOT_KINDS];
  const changed = Map.groupBy(objects, ({ apiVersion, kind }) => kindByApiVersion(apiVersion, kind)?.id ?? '');
  const lists = snapshotLists((kindId) => {
    const more = changed.get(kindId);
    // Lists that stay the same object keep what was computed from them.
    if (more === undefined) return current(kindId);
    const names = new Set(more.map(nameOf));
    return [...current(kindId).filter((object) => !names.has(nameOf(object))), ...more];
  });
  return { ...snapshot, ...lists };
}

function nameOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
