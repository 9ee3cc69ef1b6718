import type { ListRule, ListRules } from './merge-shape.ts';

const ATOMIC: ListRule = { type: 'atomic' };
const BY_NAME: ListRule = { type: 'map', keys: ['name'] };
const BY_TYPE: ListRule = { type: 'map', keys: ['type'] };

/**
 * How lists and maps of each kind merge, by the kind's id and the path in the object; a list that is not named is atomic.
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
  ServiceEntry: { 'spec.ports': BY_NAME },
  WasmPlugin: { 'spec.match[].ports': { type: 'map', keys: ['number'] }, 'spec.vmConfig.env': BY_NAME },
  TrafficExtension: { 'spec.match[].ports': { type: 'map', keys: ['number'] }, 'spec.wasm.vmConfig.env': BY_NAME },
  K8sGateway: { 'spec.listeners': BY_NAME, 'status.conditions': BY_TYPE, 'status.listeners': BY_NAME, 'status.listeners[].conditions': BY_TYPE },
  GatewayClass: { 'status.conditions': BY_TYPE, 'status.supportedFeatures': BY_NAME },
};
