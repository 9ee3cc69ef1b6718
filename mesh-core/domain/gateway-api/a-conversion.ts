import type { HttpRouteRule, StatusCondition } from '../resources/gateway-api.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import { aSnapshot } from '../resources/references/a-snapshot.ts';
import { convertGatewayApi } from './convert-gateway-api.ts';
import type { GatewayApiResult } from './convert-gateway-api.ts';
import { gatewayApiInput } from './snapshot-input.ts';

const API = 'gateway.networking.k8s.io/v1';

/** For tests: an object of Gateway API in `shop`, unless it is `in` another namespace. */
export function anApiObject(kind: string, name: string, spec: object, namespace = 'shop'): KubeObject {
  return { apiVersion: API, kind, metadata: { name, namespace }, spec };
}

/** For tests: the Gateway `edge` of `shop` with one HTTP listener for all hosts. */
export function aGateway(listener: object = {}, spec: object = {}): KubeObject {
  return anApiObject('Gateway', 'edge', { gatewayClassName: 'istio', listeners: [{ name: 'http', port: 80, protocol: 'HTTP', ...listener }], ...spec });
}

/** For tests: an HTTPRoute at `edge` with one rule, which leads to `catalog` unless it says otherwise. */
export function aRoute(rule: HttpRouteRule = {}, spec: object = {}, namespace = 'shop'): KubeObject {
  return anApiObject('HTTPRoute', 'web', { parentRefs: [{ name: 'edge', namespace: 'shop' }], rules: [{ backendRefs: [{ name: 'catalog', port: 80 }], ...rule }], ...spec }, namespace);
}

/** For tests: the Service `catalog`. */
export function aService(namespace = 'shop'): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'catalog', namespace }, spec: { ports: [{ name: 'http', port: 80 }] } };
}

/** For tests: what becomes of the objects. */
export function converted(...objects: readonly KubeObject[]): GatewayApiResult {
  return convertGatewayApi(gatewayApiInput(aSnapshot(...objects)), '2026-01-02T03:04:05Z');
}

/** For tests: the conditions of an object's status (or of its first parent or ancestor) as `status reason`, by type. */
export function conditionsOf(result: GatewayApiResult, kind: string): Record<string, string> {
  const found = result.statuses.find(({ object }) => object.kind === kind);
  const { conditions = [], parents = [], ancestors = [] } = (found?.status ?? {}) as { conditions?: readonly StatusCondition[]; parents?: readonly { conditions: readonly StatusCondition[] }[]; ancestors?: readonly { conditions: readonly StatusCondition[] }[] };
  const all = conditions.length > 0 ? conditions : ([...parents, ...ancestors][0]?.conditions ?? []);
  return Object.fromEntries(all.map(({ type, status, reason = '' }) => [type, `${status} ${reason}`]));
}
