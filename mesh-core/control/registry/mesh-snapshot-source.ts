import type { Service } from '#mesh-core/domain/resources/core.ts';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { DestinationRule, Gateway, ServiceEntry, VirtualService, WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import type { AuthorizationPolicy, PeerAuthentication } from '#mesh-core/domain/resources/security.ts';
import type { MeshSettings, MeshSnapshot } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { StoreChange } from '../store/store-change.ts';
import { readMeshSettings } from './mesh-config.ts';

/** The ConfigMap with Istio's MeshConfig. */
export const MESH_CONFIG_NAME = 'istio';
const CONFIG_MAP = servedKind('ConfigMap');
const KIND_OF = {
  services: servedKind('Service'),
  workloadEntries: servedKind('WorkloadEntry'),
  virtualServices: servedKind('VirtualService'),
  destinationRules: servedKind('DestinationRule'),
  gateways: servedKind('Gateway'),
  serviceEntries: servedKind('ServiceEntry'),
  authorizationPolicies: servedKind('AuthorizationPolicy'),
  peerAuthentications: servedKind('PeerAuthentication'),
} as const;

type Fixed = Pick<MeshSettings, 'trustDomain' | 'rootNamespace'>;
type Lists = Omit<MeshSnapshot, 'mesh'>;

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

  constructor(store: ObjectStore, fixed: Fixed) {
    this.#store = store;
    this.#fixed = fixed;
  }

  /** The snapshot as of now, and the resourceVersion it stands for. */
  take(): { readonly snapshot: MeshSnapshot; readonly version: string } {
    const lists = this.#lists();
    const text = this.#store.get(CONFIG_MAP, MESH_CONFIG_NAME, this.#fixed.rootNamespace)?.data?.['mesh'];
    const before = this.#current;
    const same = before !== undefined && text === this.#meshText && (Object.keys(KIND_OF) as (keyof Lists)[]).every((key) => before[key] === lists[key]);
    const snapshot = same ? before : { ...lists, mesh: readMeshSettings(text, this.#fixed) };
    this.#current = snapshot;
    this.#meshText = text;
    return { snapshot, version: String(this.#store.snapshotVersion) };
  }

  /** Can this change alter what a proxy is sent? */
  concerns({ kind, object }: StoreChange): boolean {
    return kind.affectsMesh || (kind === CONFIG_MAP && object.metadata.name === MESH_CONFIG_NAME && object.metadata.namespace === this.#fixed.rootNamespace);
  }

  #lists(): Lists {
    const store = this.#store;
    // Safe: nothing is stored that did not pass the validation of its kind.
    return {
      services: store.list(KIND_OF.services) as readonly Service[],
      workloadEntries: store.list(KIND_OF.workloadEntries) as readonly WorkloadEntry[],
      virtualServices: store.list(KIND_OF.virtualServices) as readonly VirtualService[],
      destinationRules: store.list(KIND_OF.destinationRules) as readonly DestinationRule[],
      gateways: store.list(KIND_OF.gateways) as readonly Gateway[],
      serviceEntries: store.list(KIND_OF.serviceEntries) as readonly ServiceEntry[],
      authorizationPolicies: store.list(KIND_OF.authorizationPolicies) as readonly AuthorizationPolicy[],
      peerAuthentications: store.list(KIND_OF.peerAuthentications) as readonly PeerAuthentication[],
    };
  }
}
