import type { GatewayClass, RouteParentStatus } from '../resources/gateway-api.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import type { DestinationRule, Gateway, VirtualService } from '../resources/networking.ts';
import { indexAncestors } from './backend-ancestors.ts';
import { convertBackendTlsPolicy } from './backend-tls-policies.ts';
import { convertBackendTrafficPolicy } from './backend-traffic-policies.ts';
import { setConditions } from './conditions.ts';
import { convertExternalBackend } from './external-backends.ts';
import { convertGateways } from './convert-gateways.ts';
import { compareByAge, convertGrpcRoute, convertHttpRoute, convertTcpRoute, convertTlsRoute, mergeHttpServices } from './convert-routes.ts';
import type { ConvertedRoute } from './convert-routes.ts';
import { CONTROLLERS } from './gateway-classes.ts';
import type { GatewayApiInput } from './gateway-api-input.ts';
import { inferencePoolStatus } from './inference-pools.ts';
import { mergeDestinationRules } from './merge-destination-rules.ts';
import { REF } from './object-reference.ts';
import { indexGrants } from './reference-grants.ts';
import { acceptedAttachments } from './route-attachments.ts';
import type { AnyRoute } from './route-attachments.ts';
import { routeContext } from './route-context.ts';

/** The status an object should have. */
export interface ObjectStatus {
  readonly object: KubeObject;
  readonly status: unknown;
}
/** Gateway API objects as Istio's kinds, and what their statuses should say. */
export interface GatewayApiResult {
  readonly gateways: readonly Gateway[];
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
  /** Only of objects that are this control plane's to handle. */
  readonly statuses: readonly ObjectStatus[];
}

/**
 * Converts all Gateway API objects to the Istio objects that mean the same, as istiod does, and works out their statuses.
 * `now` (RFC 3339) is the time of conditions whose status changes. Source: istiod's pilot/pkg/config/kube/gateway.
 */
export function convertGatewayApi(input: GatewayApiInput, now: string): GatewayApiResult {
  const isGranted = indexGrants(input.referenceGrants);
  const { listeners, gatewayStatuses, listenerSetStatuses } = convertGateways(input, isGranted, now);
  const context = routeContext(input, isGranted, listeners);
  const tcp = input.tcpRoutes.map((route) => ({ route, result: convertTcpRoute(route, context, now) }));
  const tls = input.tlsRoutes.map((route) => ({ route, result: convertTlsRoute(route, context, now) }));
  const http = input.httpRoutes.map((route) => ({ route, result: convertHttpRoute(route, context, now) }));
  const grpc = input.grpcRoutes.map((route) => ({ route, result: convertGrpcRoute(route, context, now) }));
  const routes: readonly RouteOutcome[] = [...tcp, ...tls, ...http, ...grpc];
  const attached = countAttached(routes);
  const ancestorsOf = indexAncestors(input);
  const policies = [
    ...input.backendTrafficPolicies.map((object) => ({ object, ...convertBackendTrafficPolicy(object, input, context, now) })),
    ...input.backendTlsPolicies.map((object) => ({ object, ...convertBackendTlsPolicy(object, input, context, ancestorsOf, now) })),
    ...input.backends.map((object) => ({ object, ...convertExternalBackend(object, input, ancestorsOf, now) })),
  ];
  const streams = [...tcp, ...tls].flatMap(({ result }) => result.services.map(({ service }) => service));
  const requests = mergeHttpServices([...http, ...grpc].flatMap(({ result }) => result.services));
  return {
    gateways: listeners.filter(({ valid }) => valid).map(({ gateway }) => gateway).sort(compareByAge),
    virtualServices: [...streams, ...requests].sort(compareByAge),
    destinationRules: mergeDestinationRules(policies.flatMap((policy) => policy.policies), context).sort(compareByAge),
    statuses: [
      ...input.gatewayClasses.flatMap((object) => classStatus(object, now)),
      ...[...gatewayStatuses, ...listenerSetStatuses].map(([object, status]) => ({ object, status: { ...status, ...(status.listeners === undefined ? undefined : { listeners: status.listeners.map((listener) => ({ ...listener, attachedRoutes: attached(object, listener.name) })) }) } })),
      ...routes.map(({ route, result }) => ({ object: route, status: { ...route.status, parents: result.parents satisfies readonly RouteParentStatus[] } })),
      ...policies.map(({ object, status }) => ({ object, status })),
      ...(input.inferencePools ?? []).map((object) => ({ object, status: inferencePoolStatus(object, input, now) })),
    ],
  };
}

interface RouteOutcome {
  readonly route: AnyRoute;
  readonly result: ConvertedRoute;
}

function classStatus(object: GatewayClass, now: string): ObjectStatus[] {
  if (!Object.hasOwn(CONTROLLERS, object.spec?.controllerName ?? '')) return [];
  const conditions = setConditions(object.status?.conditions, { Accepted: { reason: 'Accepted', message: 'Handled by Istio controller' } }, { generation: object.metadata.generation, now });
  return [{ object, status: { ...object.status, conditions } }];
}

/** How many routes each listener took. As in istiod, a Gateway and a ListenerSet of the same name share the count. */
function countAttached(routes: readonly RouteOutcome[]): (object: KubeObject, listener: string) => number {
  const counts = new Map<string, number>();
  for (const { result } of routes) {
    const keys = acceptedAttachments(result.attachments)
      .filter(({ parentKind }) => parentKind === REF.gateway || parentKind === REF.listenerSet)
      .map(({ parentNamespace, reference, parent }) => `${parentNamespace}/${reference.name}/${parent.sectionName}`);
    for (const key of new Set(keys)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return (object, listener) => counts.get(`${namespaceOf(object)}/${object.metadata.name}/${listener}`) ?? 0;
}
