import { resolveGatewayName, resolveShortName } from '../resources/host-name.ts';
import type { Destination, HTTPRoute, VirtualService, VirtualServiceSpec } from '../resources/networking.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import { compareByCreation, isVisibleIn, visibilityOf } from './config-order.ts';
import type { Visibility } from './config-order.ts';
import { mergeDelegate } from './delegate-routes.ts';

/** A VirtualService with full host and gateway names, lower-case hosts, and its delegates merged in. */
export interface ResolvedVirtualService {
  readonly resource: VirtualService;
  readonly hosts: readonly string[];
  readonly gateways: readonly string[];
  readonly namespace: string;
  readonly visibility: Visibility;
}

const resolvedLists = new WeakMap<readonly VirtualService[], readonly ResolvedVirtualService[]>();

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

function resolveAll(virtualServices: readonly VirtualService[]): ResolvedVirtualService[] {
  const resolved = virtualServices.toSorted(compareByCreation).map(resolveNames);
  const delegates = new Map(resolved.filter(({ hosts }) => hosts.length === 0).map((service) => [`${service.namespace}/${service.resource.metadata.name}`, service]));
  return resolved.filter(({ hosts }) => hosts.length > 0).map((root) => ({ ...root, resource: { ...root.resource, spec: { ...root.resource.spec, http: (root.resource.spec?.http ?? []).flatMap((http) => expand(http, root.namespace, delegates)) } } }));
}

/**
 * Those bound to a gateway (`mesh`, or `namespace/name`) that a proxy of the namespace sees, in the order in which they
 * win: private to the namespace, exported to it, public; each by age. Source: istiod's VirtualServicesForGateway.
 */
export function virtualServicesFor(all: readonly ResolvedVirtualService[], gateway: string, namespace: string): ResolvedVirtualService[] {
  const visible = all.filter((service) => service.gateways.includes(gateway) && isVisibleIn(service.visibility, namespace));
  const rank = (service: ResolvedVirtualService): number => (service.visibility === 'public' ? 2 : service.namespace === namespace ? 0 : 1);
  return visible.toSorted((a, b) => rank(a) - rank(b));
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
  return {
    resource: { ...resource, spec: { ...spec, http: (spec.http ?? []).map((http) => resolveRoute(http, namespace)) } },
    hosts: (spec.hosts ?? []).map((host) => resolveShortName(host, namespace).toLowerCase()),
    gateways: gateways.length === 0 ? ['mesh'] : gateways,
    namespace,
    visibility: visibilityOf(spec.exportTo, namespace),
  };
}

function resolveRoute(http: HTTPRoute, namespace: string): HTTPRoute {
  const resolve = (destination: Destination): Destination => ({ ...destination, host: resolveShortName(destination.host, namespace) });
  return {
    ...http,
    ...(http.match === undefined ? undefined : { match: http.match.map((match) => (match.gateways === undefined ? match : { ...match, gateways: match.gateways.map((gateway) => resolveGatewayName(gateway, namespace)) })) }),
    ...(http.route === undefined ? undefined : { route: http.route.map((entry) => ({ ...entry, destination: resolve(entry.destination) })) }),
    ...(http.mirror === undefined ? undefined : { mirror: resolve(http.mirror) }),
    ...(http.mirrors === undefined ? undefined : { mirrors: http.mirrors.map((mirror) => ({ ...mirror, destination: resolve(mirror.destination) })) }),
  };
}
