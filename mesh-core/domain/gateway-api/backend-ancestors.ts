import type { BackendReference, ParentReference } from '../resources/gateway-api.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import { compareText } from '../translate/config-order.ts';
import type { GatewayApiInput } from './gateway-api-input.ts';
import { REF, referencedKind } from './object-reference.ts';

export interface GatewayName {
  readonly namespace: string;
  readonly name: string;
}
/** The Gateways from which routes reach a backend (`group/kind`, namespace, name), sorted. */
export type AncestorLookup = (kind: string, namespace: string, name: string) => readonly GatewayName[];

type RoutedObject = KubeObject<{ readonly parentRefs?: readonly ParentReference[]; readonly rules?: readonly { readonly backendRefs?: readonly BackendReference[] }[] }>;

/** Which Gateway leads to which backend, by what routes ask for, whether or not it is accepted. Source: istiod's extractAncestorBackends. */
export function indexAncestors({ httpRoutes, grpcRoutes, tlsRoutes, tcpRoutes }: GatewayApiInput): AncestorLookup {
  const gateways = new Map<string, Map<string, GatewayName>>();
  const routes: readonly RoutedObject[] = [...httpRoutes, ...grpcRoutes, ...tlsRoutes, ...tcpRoutes];
  for (const route of routes) {
    const own = namespaceOf(route);
    const parents = (route.spec?.parentRefs ?? []).filter((reference) => referencedKind(reference, REF.gateway) === REF.gateway).map(({ namespace = own, name }) => ({ namespace, name }));
    for (const { backendRefs = [] } of route.spec?.rules ?? []) {
      for (const reference of backendRefs) {
        const key = `${referencedKind(reference, REF.service)}|${reference.namespace ?? own}/${reference.name}`;
        const found = gateways.get(key) ?? new Map<string, GatewayName>();
        for (const parent of parents) found.set(`${parent.namespace}/${parent.name}`, parent);
        gateways.set(key, found);
      }
    }
  }
  return (kind, namespace, name) => sortGateways(gateways.get(`${kind}|${namespace}/${name}`)?.values() ?? []);
}

/** Each once, by namespace and name. */
export function sortGateways(gateways: Iterable<GatewayName>): GatewayName[] {
  const unique = new Map([...gateways].map((gateway) => [`${gateway.namespace}/${gateway.name}`, gateway]));
  return [...unique].sort(([a], [b]) => compareText(a, b)).map(([, gateway]) => gateway);
}
