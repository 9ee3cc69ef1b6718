import type { Route } from '../envoy/resources.ts';
import { GENERATED } from '../gateway-api/converted-gateway.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import type { VirtualService } from '../resources/networking.ts';
import { routeName } from '../translate/http-routes.ts';
import type { MeshSnapshot } from '../translate/mesh-snapshot.ts';
import { translateMatch } from '../translate/route-match.ts';

/** The object that made a route. */
export interface RouteSource {
  readonly kind: 'VirtualService' | 'HTTPRoute' | 'GRPCRoute';
  readonly namespace: string;
  readonly name: string;
  /** Place in the VirtualService's `spec.http`; absent where it cannot be told: with delegates, and for rules that ask for the same under one name. */
  readonly rule?: number;
}

/** The VirtualServices that Gateway API's routes become are named after them. */
const GENERATED_NAME = new RegExp(`^(.+)~\\d+~${GENERATED}`);

/** Whose route it is, from its metadata; undefined for a default route. */
export function routeSource({ virtualServices, grpcRoutes }: Pick<MeshSnapshot, 'virtualServices' | 'grpcRoutes'>, route: Route): RouteSource | undefined {
  const path = route.metadata?.filterMetadata?.['istio']?.['config'];
  const [, namespace, name] = /\/namespaces\/([^/]+)\/virtual-service\/([^/]+)$/.exec(typeof path === 'string' ? path : '') ?? [];
  if (namespace === undefined || name === undefined) return undefined;
  const isNamed = (wanted: string) => ({ metadata }: KubeObject) => metadata.name === wanted && metadata.namespace === namespace;
  const generatedFrom = GENERATED_NAME.exec(name)?.[1];
  if (generatedFrom !== undefined) return { kind: grpcRoutes.some(isNamed(generatedFrom)) ? 'GRPCRoute' : 'HTTPRoute', namespace, name: generatedFrom };
  const own = virtualServices.find(isNamed(name));
  const rule = own === undefined ? undefined : ruleOf(own, route);
  return { kind: 'VirtualService', namespace, name, ...(rule === undefined ? undefined : { rule }) };
}

/** The only rule that asks for the same under the same name: routes carry no number, and equal ones are shared. */
function ruleOf({ spec }: VirtualService, route: Route): number | undefined {
  const http = spec?.http ?? [];
  if (http.some(({ delegate }) => delegate !== undefined)) return undefined;
  const wanted = JSON.stringify(route.match);
  const rules = http.flatMap((rule, index) => {
    const matches = rule.match === undefined || rule.match.length === 0 ? [undefined] : rule.match;
    return matches.some((match) => routeName(rule, match) === (route.name ?? '') && JSON.stringify(translateMatch(match)) === wanted) ? [index] : [];
  });
  return rules.length === 1 ? rules[0] : undefined;
}
