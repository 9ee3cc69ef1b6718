import type { ObjectReference, ParentReference } from '../resources/gateway-api.ts';

const GATEWAY_GROUP = 'gateway.networking.k8s.io';

/** Kinds as `group/kind`, the form in which references are compared; the core group is empty. */
export const REF = {
  gateway: `${GATEWAY_GROUP}/Gateway`,
  listenerSet: `${GATEWAY_GROUP}/ListenerSet`,
  httpRoute: `${GATEWAY_GROUP}/HTTPRoute`,
  grpcRoute: `${GATEWAY_GROUP}/GRPCRoute`,
  tlsRoute: `${GATEWAY_GROUP}/TLSRoute`,
  tcpRoute: `${GATEWAY_GROUP}/TCPRoute`,
  service: '/Service',
  serviceEntry: 'networking.istio.io/ServiceEntry',
  hostname: 'networking.istio.io/Hostname',
  serviceImport: 'multicluster.x-k8s.io/ServiceImport',
  inferencePool: 'inference.networking.k8s.io/InferencePool',
  backend: 'gateway.networking.x-k8s.io/XBackend',
  secret: '/Secret',
  configMap: '/ConfigMap',
} as const;

/** The `group/kind` that a reference means; what it leaves out comes from `fallback`. Source: istiod's NormalizeReference. */
export function referencedKind(reference: { readonly group?: string; readonly kind?: string }, fallback: string): string {
  const slash = fallback.indexOf('/');
  return `${reference.group ?? fallback.slice(0, slash)}/${reference.kind ?? fallback.slice(slash + 1)}`;
}

/** `HTTPRoute` of `gateway.networking.k8s.io/HTTPRoute`. */
export function kindName(groupKind: string): string {
  return groupKind.slice(groupKind.indexOf('/') + 1);
}

/** A certificate reference as istiod's messages spell it: `group/kind/name.namespace`, absent parts empty. */
export function referenceText({ group = '', kind = '', name, namespace = '' }: ObjectReference): string {
  return `${group}/${kind}/${name}.${namespace}`;
}

/** A parent reference with its defaults spelled out: equal texts mean the same parent. Source: istiod's parentRefString. */
export function parentReferenceText(reference: ParentReference, namespace: string): string {
  const { group = GATEWAY_GROUP, kind = 'Gateway', name, sectionName = '', port = 0 } = reference;
  return `${group}/${kind}/${name}/${sectionName}/${port}.${reference.namespace ?? namespace}`;
}
