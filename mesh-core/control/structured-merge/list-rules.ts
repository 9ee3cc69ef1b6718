import type { ListRule, ListRules } from './merge-shape.ts';

const ATOMIC: ListRule = { type: 'atomic' };
const BY_NAME: ListRule = { type: 'map', keys: ['name'] };
const BY_TYPE: ListRule = { type: 'map', keys: ['type'] };
const LISTENER_STATUS: ListRules = { 'status.conditions': BY_TYPE, 'status.listeners': BY_NAME, 'status.listeners[].conditions': BY_TYPE };

/**
 * How lists and maps of each kind merge, by the kind's id and the path in the object, where the kind's schema does not tell by its own `keys` and `unique`;
 * any other list is atomic.
 * Source: the `listType`, `listMapKey` and `mapType` markers of k8s.io/api and gateway-api, and `x-kubernetes-list-type` in Istio's CustomResourceDefinitions.
 */
export const LIST_RULES: Readonly<Record<string, ListRules>> = {
  Namespace: { 'status.conditions': BY_TYPE },
  Service: {
    'spec.ports': { type: 'map', keys: ['port', 'protocol'], defaults: { protocol: 'TCP' } },
    'spec.selector': ATOMIC,
    'status.conditions': BY_TYPE,
  },
  ServiceAccount: { secrets: BY_NAME },
  Event: { involvedObject: ATOMIC, related: ATOMIC },
  RoleBinding: { roleRef: ATOMIC },
  ClusterRoleBinding: { roleRef: ATOMIC },
  K8sGateway: { 'spec.listeners[].allowedRoutes.namespaces.selector': ATOMIC, 'spec.allowedListeners.namespaces.selector': ATOMIC, ...LISTENER_STATUS },
  ListenerSet: { 'spec.listeners': BY_NAME, 'spec.listeners[].allowedRoutes.namespaces.selector': ATOMIC, ...LISTENER_STATUS },
  GatewayClass: { 'status.conditions': BY_TYPE, 'status.supportedFeatures': BY_NAME },
};
