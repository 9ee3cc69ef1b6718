import { DEFAULT_MESH_SETTINGS } from '../../translate/mesh-snapshot.ts';
import type { MeshSnapshot } from '../../translate/mesh-snapshot.ts';
import type { KubeObject } from '../kube-object.ts';

/** For tests: a snapshot of the given objects, each put into the list of its kind. Others are left out. */
export function aSnapshot(...objects: readonly KubeObject[]): MeshSnapshot {
  const of = <T extends KubeObject>(kind: string): T[] => objects.filter((object): object is T => object.kind === kind);
  return {
    services: of('Service'),
    workloadEntries: of('WorkloadEntry'),
    virtualServices: of('VirtualService'),
    destinationRules: of('DestinationRule'),
    gateways: of('Gateway'),
    serviceEntries: of('ServiceEntry'),
    authorizationPolicies: of('AuthorizationPolicy'),
    peerAuthentications: of('PeerAuthentication'),
    mesh: DEFAULT_MESH_SETTINGS,
  };
}
