import { aSnapshot } from '../../domain/resources/references/a-snapshot.ts';
import type { MeshSnapshot } from '../../domain/translate/mesh-snapshot.ts';
import { parseYaml } from './conformance-set.ts';

/** The snapshot that a case's YAML text stands for; what names no namespace is in `default`. */
export function snapshotOfText(config: string): MeshSnapshot {
  return aSnapshot(...parseYaml(config).map((object) => ({ ...object, metadata: { ...object.metadata, namespace: object.metadata.namespace ?? 'default' } })));
}
