import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { MeshSnapshot } from '#mesh-core/domain/translate/mesh-snapshot.ts';

/** A change seen on a watch. */
export interface ConfigChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
}

/** A watch-fed copy of all served kinds. */
export interface ConfigCache {
  /** All objects of a kind, by its id in the table of kinds (`VirtualService`, `K8sGateway`), optionally of one namespace, sorted by namespace and name. */
  list<T extends KubeObject = KubeObject>(kind: string, namespace?: string): readonly T[];
  get<T extends KubeObject = KubeObject>(kind: string, namespace: string | undefined, name: string): T | undefined;
  /** Everything translation and validation need, as one value. */
  snapshot(): MeshSnapshot;
  /** False until every kind was listed once, and while the API server does not answer. */
  readonly connected: boolean;
  onChange(listener: (change: ConfigChange) => void): () => void;
}
