import type { DestinationRule, Gateway, VirtualService } from '../resources/networking.ts';
import type { MeshSnapshot, SnapshotLists } from '../translate/mesh-snapshot.ts';
import { convertGatewayApi } from './convert-gateway-api.ts';
import { gatewayApiInput } from './snapshot-input.ts';

/** Of these lists the derived objects are made, or with them they are put together. */
const READ = [
  'kubeGateways', 'gatewayClasses', 'listenerSets', 'httpRoutes', 'grpcRoutes', 'tlsRoutes', 'tcpRoutes', 'backendTlsPolicies', 'referenceGrants',
  'namespaces', 'services', 'serviceEntries', 'secrets', 'configMaps', 'gateways', 'virtualServices', 'destinationRules',
] as const satisfies readonly (keyof SnapshotLists)[];

interface Expansion {
  readonly from: MeshSnapshot;
  readonly gateways: readonly Gateway[];
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
}

const expanded = new WeakMap<MeshSnapshot, MeshSnapshot>();
/** The last expansion of a list of routes or Gateways, for snapshots that differ in what does not matter here. */
const latest = new WeakMap<object, Expansion>();

/**
 * The snapshot with what its Gateway API objects mean added to its Gateways, VirtualServices and DestinationRules: what
 * translation takes. Made once per snapshot; the lists stay the same as long as nothing they are made of changed. A
 * snapshot without Gateway API objects, and one that was expanded, comes back as it is.
 */
export function expandGatewayApi(snapshot: MeshSnapshot): MeshSnapshot {
  const known = expanded.get(snapshot);
  if (known !== undefined) return known;
  const fresh = expand(snapshot);
  expanded.set(snapshot, fresh);
  expanded.set(fresh, fresh);
  return fresh;
}

function expand(snapshot: MeshSnapshot): MeshSnapshot {
  const { kubeGateways, httpRoutes, grpcRoutes, tlsRoutes, tcpRoutes, backendTlsPolicies } = snapshot;
  const anchor = [kubeGateways, httpRoutes, grpcRoutes, tlsRoutes, tcpRoutes, backendTlsPolicies].find((list) => list.length > 0);
  if (anchor === undefined) return snapshot;
  const before = latest.get(anchor);
  const isSame = before !== undefined && before.from.hidesSecrets === snapshot.hidesSecrets && READ.every((list) => before.from[list] === snapshot[list]);
  const expansion = isSame ? before : expansionOf(snapshot);
  latest.set(anchor, expansion);
  const { gateways, virtualServices, destinationRules } = expansion;
  return { ...snapshot, gateways, virtualServices, destinationRules };
}

function expansionOf(snapshot: MeshSnapshot): Expansion {
  // The time stands in statuses only, which are not looked at here.
  const derived = convertGatewayApi(gatewayApiInput(snapshot), '');
  return {
    from: snapshot,
    gateways: [...snapshot.gateways, ...derived.gateways],
    virtualServices: [...snapshot.virtualServices, ...derived.virtualServices],
    destinationRules: [...snapshot.destinationRules, ...derived.destinationRules],
  };
}
