import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { HistoryResult, StoreChange } from '../../store/store-change.ts';

/** Where reads and watches of a kind come from: the store, or what is worked out from it. */
export interface ObjectSource {
  /** The resourceVersion of every list taken now. */
  readonly snapshotVersion: number;
  get(kind: KindInfo, name: string, namespace?: string): KubeObject | undefined;
  /** Sorted by namespace and name; the array is never modified afterwards. */
  list(kind: KindInfo, namespace?: string): readonly KubeObject[];
  changesSince(resourceVersion: number, kind: KindInfo): HistoryResult;
  /** Calls `listener` after every change, in order of the versions. Gives the function that ends it. */
  subscribe(listener: (change: StoreChange) => void): () => void;
}
