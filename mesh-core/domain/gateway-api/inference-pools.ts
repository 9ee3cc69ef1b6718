import type { InferencePool, InferencePoolStatus, KubeHttpRoute, StatusCondition } from '../resources/gateway-api.ts';
import { namespaceOf, objectKey } from '../resources/kube-object.ts';
import type { GatewayName } from './backend-ancestors.ts';
import { setConditions } from './conditions.ts';
import type { ConditionWish } from './conditions.ts';
import { BUILTIN_CLASSES } from './gateway-classes.ts';
import type { GatewayApiInput } from './gateway-api-input.ts';
import { REF, referencedKind } from './object-reference.ts';
import { sha256Hex } from './sha256.ts';

const SEPARATOR = '-ip-';
const HASH_LENGTH = 8;
const MAX_NAME = 63;

/** Labels of the Service that stands for a pool; they name the endpoint picker. */
export const PICKER_LABELS = ['istio.io/inferencepool-extension-service', 'istio.io/inferencepool-extension-port', 'istio.io/inferencepool-extension-failure-mode'] as const;

/** The name of the Service that stands for an InferencePool: its own with a hash, at most 63 characters. Source: istiod's InferencePoolServiceName. */
export function inferencePoolService(pool: string): string {
  return `${pool.slice(0, MAX_NAME - SEPARATOR.length - HASH_LENGTH)}${SEPARATOR}${sha256Hex(pool).slice(0, HASH_LENGTH)}`;
}

/**
 * The status of a pool: one entry per Gateway that the statuses of its HTTPRoutes name, so it follows them one write later.
 * Entries of other controllers' Gateways stay. Source: istiod's calculateInferencePoolStatus.
 */
export function inferencePoolStatus(pool: InferencePool, input: Pick<GatewayApiInput, 'httpRoutes' | 'gateways' | 'services'>, now: string): InferencePoolStatus {
  const routes = input.httpRoutes.filter((route) => refersTo(route, pool));
  const gateways = gatewaysOf(routes);
  const existing = pool.status?.parents ?? [];
  const kept = existing.filter(({ parentRef }) => {
    const key = `${parentRef.namespace || namespaceOf(pool)}/${parentRef.name}`;
    const isDefault = parentRef.kind === 'Status' && parentRef.name === 'default';
    const className = input.gateways.find(({ metadata }) => objectKey(metadata) === key)?.spec?.gatewayClassName ?? '';
    return !gateways.has(key) && !Object.hasOwn(BUILTIN_CLASSES, className) && !isDefault;
  });
  const own = [...gateways.values()].map((gateway) => {
    const before = existing.find(({ parentRef }) => parentRef.name === gateway.name && parentRef.namespace === gateway.namespace)?.conditions ?? [];
    const wishes = { Accepted: acceptance(routes, gateway), ResolvedRefs: pickerReference(pool, input) };
    return {
      // istiod names Istio's group here.
      parentRef: { group: 'networking.istio.io', kind: 'Gateway', name: gateway.name, namespace: gateway.namespace },
      conditions: setConditions(before.filter(({ type }) => Object.hasOwn(wishes, type)), wishes, { generation: pool.metadata.generation, now }),
    };
  });
  return { parents: [...kept, ...own] };
}

function refersTo(route: KubeHttpRoute, pool: InferencePool): boolean {
  const references = (route.spec?.rules ?? []).flatMap(({ backendRefs = [] }) => backendRefs);
  return references.some((reference) => referencedKind(reference, '/') === REF.inferencePool && reference.name === pool.metadata.name && (reference.namespace ?? namespaceOf(route)) === namespaceOf(pool));
}

const OURS: ReadonlySet<string> = new Set(Object.values(BUILTIN_CLASSES));

function parentsOf(route: KubeHttpRoute): readonly { readonly gateway: GatewayName; readonly conditions: readonly StatusCondition[] }[] {
  return (route.status?.parents ?? [])
    .filter(({ controllerName }) => OURS.has(controllerName))
    .map(({ parentRef, conditions }) => ({ gateway: { namespace: parentRef.namespace || namespaceOf(route), name: parentRef.name }, conditions }));
}

function gatewaysOf(routes: readonly KubeHttpRoute[]): Map<string, GatewayName> {
  return new Map(routes.flatMap(parentsOf).map(({ gateway }) => [`${gateway.namespace}/${gateway.name}`, gateway]));
}

/** By what the first route says that names the Gateway. */
function acceptance(routes: readonly KubeHttpRoute[], { namespace, name }: GatewayName): ConditionWish {
  for (const route of routes) {
    const parent = parentsOf(route).find(({ gateway }) => gateway.namespace === namespace && gateway.name === name);
    if (parent === undefined) continue;
    const accepted = parent.conditions.find(({ type }) => type === 'Accepted');
    if (accepted === undefined) return { reason: 'Accepted', status: 'Unknown', message: 'Referenced by an HTTPRoute unknown parentRef Gateway status' };
    if (accepted.status === 'True') return { reason: 'Accepted', message: 'Referenced by an HTTPRoute accepted by the parentRef Gateway' };
    return { reason: 'HTTPRouteNotAccepted', status: 'False', message: `Referenced HTTPRoute ${namespaceOf(route)}/${route.metadata.name} not accepted by Gateway ${namespace}/${name}: ${accepted.message ?? ''}` };
  }
  return { reason: 'HTTPRouteNotAccepted', status: 'False', message: `No HTTPRoute found referencing this InferencePool with Gateway ${namespace}/${name} as parent` };
}

function pickerReference(pool: InferencePool, { services }: Pick<GatewayApiInput, 'services'>): ConditionWish {
  const invalid = (message: string): ConditionWish => ({ reason: 'InvalidExtensionRef', status: 'False', message });
  const { kind = 'Service', name = '' } = pool.spec?.endpointPickerRef ?? {};
  if (kind !== 'Service') return invalid(`Unsupported ExtensionRef kind ${kind}`);
  if (name === '') return invalid('ExtensionRef not defined');
  const key = `${namespaceOf(pool)}/${name}`;
  if (!services.some(({ metadata }) => objectKey(metadata) === key)) return invalid(`Referenced ExtensionRef not found ${name}`);
  return { reason: 'ResolvedRefs', message: 'Referenced ExtensionRef resolved successfully' };
}
