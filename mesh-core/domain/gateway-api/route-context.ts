import type { Service } from '../resources/core.ts';
import type { InferencePool, KubeBackend, KubeGateway } from '../resources/gateway-api.ts';
import { namespaceOf, objectKey } from '../resources/kube-object.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import type { ServiceEntry } from '../resources/networking.ts';
import type { GatewayApiInput } from './gateway-api-input.ts';
import type { GrantLookup } from './reference-grants.ts';
import { MESH_PARENT } from './route-parent.ts';
import type { ConvertedListener, RouteParent } from './route-parent.ts';

/** What the conversion of routes looks things up in; keys are `namespace/name`. */
export interface RouteContext {
  readonly isGranted: GrantLookup;
  readonly services: ReadonlyMap<string, Service>;
  readonly serviceEntries: ReadonlyMap<string, ServiceEntry>;
  readonly backends: ReadonlyMap<string, KubeBackend>;
  /** Undefined = the inference extension is off. */
  readonly inferencePools: ReadonlyMap<string, InferencePool> | undefined;
  readonly namespaces: ReadonlyMap<string, KubeObject>;
  readonly gateways: ReadonlyMap<string, KubeGateway>;
  readonly gatewayClasses: GatewayApiInput['gatewayClasses'];
  readonly findServices: GatewayApiInput['findServices'];
  readonly clusterDomain: string;
  /** The parents behind a key of `parentKey`; MESH_KEY is the mesh. */
  readonly parentsOf: (key: string) => readonly RouteParent[];
}

/** The key of the mesh among parents. */
export const MESH_KEY = 'mesh';

/** Indexes what routes refer to. `listeners` come from `convertGateways`. */
export function routeContext(input: GatewayApiInput, isGranted: GrantLookup, listeners: readonly ConvertedListener[]): RouteContext {
  const byOwner = Map.groupBy(listeners, ({ ownerKey }) => ownerKey);
  return {
    isGranted,
    services: byKey(input.services),
    serviceEntries: byKey(input.serviceEntries),
    backends: byKey(input.backends),
    inferencePools: input.inferencePools === undefined ? undefined : byKey(input.inferencePools),
    namespaces: new Map(input.namespaces.map((namespace) => [namespace.metadata.name, namespace])),
    gateways: byKey(input.gateways),
    gatewayClasses: input.gatewayClasses,
    findServices: input.findServices,
    clusterDomain: input.clusterDomain,
    parentsOf: (key) => (key === MESH_KEY ? [MESH_PARENT] : (byOwner.get(key) ?? []).map(({ parent }) => parent)),
  };
}

/** Does a service of this full name belong to the namespace? */
export function hasService({ findServices }: RouteContext, hostname: string, namespace: string): boolean {
  return findServices(hostname).some((service) => service.namespace === namespace);
}

function byKey<T extends KubeObject>(objects: readonly T[]): Map<string, T> {
  return new Map(objects.map((object) => [objectKey({ name: object.metadata.name, namespace: namespaceOf(object) }), object]));
}
