import type { RouteGroupKind } from '../resources/gateway-api.ts';
import type { Gateway } from '../resources/networking.ts';

/** Something that routes attach to: one listener, or the mesh. Source: istiod's parentInfo. */
export interface RouteParent {
  /** `mesh`, or `namespace/name` of the Istio Gateway made for the listener. */
  readonly internalName: string;
  readonly allowedKinds: readonly RouteGroupKind[];
  /** `namespace/hostname`; empty = any. */
  readonly hosts: readonly string[];
  /** As the listener writes it; '' = any. */
  readonly hostname: string;
  readonly sectionName: string;
  readonly port: number;
  readonly protocol: string;
}
/** A listener made into an Istio Gateway. An invalid one is not served, but routes may attach to it. */
export interface ConvertedListener {
  readonly gateway: Gateway;
  readonly valid: boolean;
  /** Which object has the listener: `group/kind|namespace/name`. */
  readonly ownerKey: string;
  readonly parent: RouteParent;
}

const GROUP = 'gateway.networking.k8s.io';

/** What routes for the mesh attach to. */
export const MESH_PARENT: RouteParent = {
  internalName: 'mesh',
  allowedKinds: ['HTTPRoute', 'GRPCRoute', 'TCPRoute', 'TLSRoute'].map((kind) => ({ group: GROUP, kind })),
  hosts: [],
  hostname: '',
  sectionName: '',
  port: 0,
  protocol: '',
};

/** The key under which the listeners of an object are found. */
export function parentKey(groupKind: string, namespace: string, name: string): string {
  return `${groupKind}|${namespace}/${name}`;
}
