import { resolveGatewayName, resolveShortName } from '../resources/host-name.ts';
import type { Destination, HTTPRoute, RouteDestination, VirtualService, VirtualServiceSpec } from '../resources/networking.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import { compareByCreation, isVisibleIn, visibilityOf } from './config-order.ts';
import type { Visibility } from './config-order.ts';
import { mergeDelegate } from './delegate-routes.ts';

/** A VirtualService with full host and gateway names, lower-case hosts, and its delegates merged in. */
export interface ResolvedVirtualService {
  readonly resource: VirtualService;
  /** `namespace/name` */
  readonly key: string;
  readonly hosts: readonly string[];
  readonly gateways: readonly string[];
  readonly namespace: string;
  readonly visibility: Visibility;
  /** `gateway`: made from a Gateway API route, whose prefixes end at a slash and whose unknown backends answer 500. */
  readonly semantics?: 'gateway' | 'ingress';
}

const ROUTE_SEMANTICS = 'internal.istio.io/route-semantics';

const resolvedLists = new WeakMap<readonly VirtualService[], readonly ResolvedVirtualService[]>();
const lookups = new WeakMap<readonly ResolvedVirtualService[], Map<string, readonly ResolvedVirtualService[]>>();

/**
 * Prepares VirtualServices for lookup: names resolved by the rule's own namespace, oldest first, delegates only inside
 * their roots. Done once per list, whatever the number of proxies.
 */
export function resolveVirtualServices(virtualServices: readonly VirtualService[]): readonly ResolvedVirtualService[] {
  const known = resolvedLists.get(virtualServices);
  if (known !== undefined) return known;
  const fresh = resolveAll(virtualServices);
  resolvedLists.set(virtualServices, fresh);
  return fresh;
}

/**
 * Those bound to a gateway (`mesh`, or `namespace/name`) that a proxy of the namespace sees, in the order in which they
 * win: private to the namespace, exported to it, public (of which Gateway API's of the namespace come first); each by age.
 * Source: istiod's VirtualServicesForGateway.
 */
export function virtualServicesFor(all: readonly ResolvedVirtualService[], gateway: string, namespace: string): readonly ResolvedVirtualService[] {
  let known = lookups.get(all);
  if (known === undefined) {
    known = new Map();
    lookups.set(all, known);
  }
  const key = `${gateway} ${namespace}`;
  let found = known.get(key);
  if (found === undefined) {
    const rank = (service: ResolvedVirtualService): number => {
      if (service.visibility !== 'public') return service.namespace === namespace ? 0 : 1;
      return service.semantics === 'gateway' && service.namespace === namespace ? 2 : 3;
    };
    found = all.filter((service) => service.gateways.includes(gateway) && isVisibleIn(service.visibility, namespace)).sort((a, b) => rank(a) - rank(b));
    known.set(key, found);
  }
  return found;
}

function resolveAll(virtualServices: readonly VirtualService[]): ResolvedVirtualService[] {
  const resolved = virtualServices.toSorted(compareByCreation).map(resolveNames);
  const delegates = new Map(resolved.filter(({ hosts }) => hosts.length === 0).map((service) => [service.key, service]));
  return resolved.filter(({ hosts }) => hosts.length > 0).map((root) => ({ ...root, resource: { ...root.resource, spec: { ...root.resource.spec, http: (root.resource.spec?.http ?? []).flatMap((http) => expand(http, root.namespace, delegates)) } } }));
}

function expand(http: HTTPRoute, rootNamespace: string, delegates: ReadonlyMap<string, ResolvedVirtualService>): HTTPRoute[] {
  if (http.delegate === undefined) return [http];
  const delegate = delegates.get(`${http.delegate.namespace || rootNamespace}/${http.delegate.name ?? ''}`);
  if (delegate === undefined || !isVisibleIn(delegate.visibility, rootNamespace)) return [];
  // One level only: a delegate's own delegates are not followed.
  return mergeDelegate(http, (delegate.resource.spec?.http ?? []).filter((route) => route.delegate === undefined));
}

function resolveNames(resource: VirtualService): ResolvedVirtualService {
  const namespace = namespaceOf(resource);
  const spec: VirtualServiceSpec = resource.spec ?? {};
  const gateways = (spec.gateways ?? []).map((gateway) => resolveGatewayName(gateway, namespace));
  const semantics = resource.metadata.annotations?.[ROUTE_SEMANTICS];
  return {
    resource: {
      ...resource,
      spec: {
        ...spec,
        http: (spec.http ?? []).map((http) => resolveRoute(http, namespace)),
        tcp: (spec.tcp ?? []).map((tcp) => ({ ...tcp, ...resolveStreamRoute(tcp, namespace) })),
        tls: (spec.tls ?? []).map((tls) => ({ ...tls, ...resolveStreamRoute(tls, namespace) })),
      },
    },
    key: `${namespace}/${resource.metadata.name}`,
    hosts: (spec.hosts ?? []).map((host) => resolveShortName(host, namespace).toLowerCase()),
    gateways: gateways.length === 0 ? ['mesh'] : gateways,
    namespace,
    visibility: visibilityOf(spec.exportTo, namespace),
    ...(semantics === 'gateway' || semantics === 'ingress' ? { semantics } : undefined),
  };
}

function resolveRoute(http: HTTPRoute, namespace: string): HTTPRoute {
  return {
    ...http,
    ...(http.match === undefined ? undefined : { match: http.match.map((match) => resolveGateways(match, namespace)) }),
    ...(http.route === undefined ? undefined : { route: http.route.map((entry) => ({ ...entry, destination: resolveDestination(entry.destination, namespace) })) }),
    ...(http.mirror === undefined ? undefined : { mirror: resolveDestination(http.mirror, namespace) }),
    ...(http.mirrors === undefined ? undefined : { mirrors: http.mirrors.map((mirror) => ({ ...mirror, destination: resolveDestination(mirror.destination, namespace) })) }),
  };
}

interface StreamRoute<M> {
  readonly match?: readonly M[];
  readonly route?: readonly RouteDestination[];
}

function resolveStreamRoute<M extends { readonly gateways?: readonly string[] }>({ match, route }: StreamRoute<M>, namespace: string): StreamRoute<M> {
  return {
    ...(match === undefined ? undefined : { match: match.map((one) => resolveGateways(one, namespace)) }),
    ...(route === undefined ? undefined : { route: route.map((entry) => ({ ...entry, destination: resolveDestination(entry.destination, namespace) })) }),
  };
}

function resolveGateways<M extends { readonly gateways?: readonly string[] }>(match: M, namespace: string): M {
  return match.gateways === undefined ? match : { ...match, gateways: match.gateways.map((gateway) => resolveGatewayName(gateway, namespace)) };
}

function resolveDestination(destination: Destination, namespace: string): Destination {
  return { ...destination, host: resolveShortName(destination.host, namespace) };
}
