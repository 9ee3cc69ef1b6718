import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import { SNAPSHOT_KINDS, snapshotLists } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import type { MeshSettings, MeshSnapshot, SnapshotLists } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import { MESH_CONFIG_NAME, readMeshSettings } from '#mesh-core/wire/kubernetes/mesh-config.ts';
import { ROOTS_CONFIG_MAP_NAME } from '#mesh-core/wire/xds/certificate-state.ts';
import type { FetchedKeys } from '#mesh-core/domain/translate/request-authentication.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { StoreChange } from '../store/store-change.ts';
import { CERTIFICATE_CHECK } from '../gateway-api/certificate-check.ts';

/** ConfigMaps that change what proxies are sent. */
const CONFIGURING: readonly string[] = [MESH_CONFIG_NAME, ROOTS_CONFIG_MAP_NAME];
const CONFIG_MAP = servedKind('ConfigMap');
/** Where a ConfigMap keeps authorities for certificates, to which Gateways and policies refer. */
const AUTHORITY_KEYS = ['ca.crt', 'cacert'] as const;
type Fixed = Pick<MeshSettings, 'trustDomain' | 'rootNamespace'>;

/**
 * The store's objects as translation takes them. The store keeps one list per kind and makes a new one only when an object of that
 * kind changed, so a snapshot shares every list that did not; and while nothing changed it is the same snapshot, on
 * which translation keeps its indexes.
 */
export class MeshSnapshotSource {
  readonly #store: ObjectStore;
  readonly #fixed: Fixed;
  #current: MeshSnapshot | undefined;
  #meshText: string | undefined;
  #keys: FetchedKeys = new Map();

  constructor(store: ObjectStore, fixed: Fixed) {
    this.#store = store;
    this.#fixed = fixed;
  }

  /** The snapshot as of now, and the resourceVersion it stands for. */
  take(): { readonly snapshot: MeshSnapshot; readonly version: string } {
    const lists = this.#lists();
    const text = this.#store.get(CONFIG_MAP, MESH_CONFIG_NAME, this.#fixed.rootNamespace)?.data?.['mesh'];
    const before = this.#current;
    const same = before !== undefined && text === this.#meshText && before.fetchedKeys === this.#keys && (Object.keys(SNAPSHOT_KINDS) as (keyof SnapshotLists)[]).every((key) => before[key] === lists[key]);
    const snapshot = same ? before : { ...lists, mesh: text === this.#meshText && before !== undefined ? before.mesh : readMeshSettings(text, this.#fixed), fetchedKeys: this.#keys, certificates: CERTIFICATE_CHECK };
    this.#current = snapshot;
    this.#meshText = text;
    return { snapshot, version: String(this.#store.snapshotVersion) };
  }

  /** Other key sets of token issuers are there: the next snapshot has them. */
  setFetchedKeys(keys: FetchedKeys): void {
    this.#keys = keys;
  }

  /** Can this change alter what a proxy is sent? */
  concerns({ kind, object }: StoreChange): boolean {
    // Who may read secrets decides which of them gateways are sent.
    if (kind !== CONFIG_MAP) return kind.affectsMesh || kind.group === 'rbac.authorization.k8s.io';
    const { name, namespace } = object.metadata;
    return (CONFIGURING.includes(name) && namespace === this.#fixed.rootNamespace) || AUTHORITY_KEYS.some((key) => object.data?.[key] !== undefined);
  }

  #lists(): SnapshotLists {
    return snapshotLists((kindId) => this.#store.list(servedKind(kindId)));
  }
}
