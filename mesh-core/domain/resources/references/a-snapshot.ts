import { DEFAULT_MESH_SETTINGS, snapshotLists } from '../../translate/mesh-snapshot.ts';
import type { MeshSnapshot } from '../../translate/mesh-snapshot.ts';
import { kindByApiVersion } from '../kinds.ts';
import type { KubeObject } from '../kube-object.ts';

/** For tests: a snapshot of the given objects, each put into the list of its kind. Others are left out. */
export function aSnapshot(...objects: readonly KubeObject[]): MeshSnapshot {
  return { ...snapshotLists((kindId) => objects.filter(({ apiVersion, kind }) => (kindByApiVersion(apiVersion, kind)?.id ?? kind) === kindId)), mesh: DEFAULT_MESH_SETTINGS };
}
