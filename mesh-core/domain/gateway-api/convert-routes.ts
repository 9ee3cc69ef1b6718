import type { KubeGrpcRoute, KubeHttpRoute, KubeTcpRoute, KubeTlsRoute, RouteParentStatus } from '../resources/gateway-api.ts';
import { intersectHosts, hostMatches, serviceFqdn } from '../resources/host-name.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import type { HTTPRoute, TCPRoute, TLSRoute, VirtualService, VirtualServiceSpec } from '../resources/networking.ts';
import { compareText } from '../translate/config-order.ts';
import { GENERATED, PARENTS_ANNOTATION, ROUTE_SEMANTICS_ANNOTATION } from './converted-gateway.ts';
import { convertGrpcRules, convertHttpRules, convertTcpRules, convertTlsRules } from './convert-rules.ts';
import type { ConvertedRules } from './convert-rules.ts';
import { REF, kindName } from './object-reference.ts';
import { acceptedAttachments, isMesh, isOwnHost, routeAttachments } from './route-attachments.ts';
import type { AnyRoute, RouteAttachment } from './route-attachments.ts';
import type { RouteContext } from './route-context.ts';
import { routeParentStatuses } from './route-status.ts';
import { sortHttpRoutes } from './sort-http-routes.ts';

/** What became of one route. */
export interface ConvertedRoute {
  /** Of HTTP and gRPC routes those of one key still have to be merged (`mergeHttpServices`). */
  readonly services: readonly KeyedService[];
  readonly parents: readonly RouteParentStatus[];
  readonly attachments: readonly RouteAttachment[];
}
export interface KeyedService {
  /** Gateway and host, or for the mesh namespace, port and host: what VirtualServices must not have twice. */
  readonly key: string;
  readonly service: VirtualService;
}

const NO_RULES = { routes: [], error: undefined } as const;

/** An HTTPRoute as VirtualServices, one per listener (or mesh service) and host. Source: istiod's HTTPRouteCollection. */
export function convertHttpRoute(route: KubeHttpRoute, context: RouteContext, now: string): ConvertedRoute {
  return convertRequestRoute(route, REF.httpRoute, context, now, (forMesh) => convertHttpRules(route, context, forMesh));
}

/** As `convertHttpRoute`. Source: istiod's GRPCRouteCollection. */
export function convertGrpcRoute(route: KubeGrpcRoute, context: RouteContext, now: string): ConvertedRoute {
  return convertRequestRoute(route, REF.grpcRoute, context, now, (forMesh) => convertGrpcRules(route, context, forMesh));
}

function convertRequestRoute(route: KubeHttpRoute | KubeGrpcRoute, routeKind: string, context: RouteContext, now: string, rules: (forMesh: boolean) => ConvertedRules<HTTPRoute>): ConvertedRoute {
  const { attachments, parents, rulesFor } = attach(route, routeKind, context, now, rules);
  const services: KeyedService[] = [];
  for (const attachment of acceptedAttachments(attachments)) {
    const { port } = attachment.reference;
    const plain = rulesFor(attachment).routes;
    const routes = isMesh(attachment) && port !== undefined ? plain.map((http) => ({ ...http, match: (http.match ?? [{}]).map((match) => ({ ...match, port })) })) : plain;
    if (routes.length === 0) continue;
    const scope = isMesh(attachment) ? [namespaceOf(route), ...(port === undefined ? [] : [port])].join('/') : attachment.parent.internalName;
    const hosts = isMesh(attachment) ? meshHosts(attachment, context) : hostsOf(route);
    for (const host of hosts) {
      if (!isOwnHost(attachment, host)) continue;
      const service = virtualService(route, routeKind, `${route.metadata.name}~${services.length}~${GENERATED}`, { hosts: [host], gateways: [attachment.parent.internalName], http: sortHttpRoutes(routes) });
      services.push({ key: `${scope}/${host}`, service });
    }
  }
  return { services, parents, attachments };
}

/** A TCPRoute as VirtualServices. Source: istiod's TCPRouteCollection. */
export function convertTcpRoute(route: KubeTcpRoute, context: RouteContext, now: string): ConvertedRoute {
  const { attachments, parents, rulesFor } = attach(route, REF.tcpRoute, context, now, (forMesh) => convertTcpRules(route, context, forMesh));
  const services: KeyedService[] = [];
  for (const attachment of acceptedAttachments(attachments)) {
    const { port } = attachment.reference;
    const plain: readonly TCPRoute[] = rulesFor(attachment).routes;
    const tcp = isMesh(attachment) && port !== undefined ? plain.map((rule) => ({ ...rule, match: [{ port }] })) : plain;
    for (const host of isMesh(attachment) ? meshHosts(attachment, context) : ['*']) {
      services.push(streamService(route, REF.tcpRoute, 'tcp', services.length, { hosts: [host], gateways: [attachment.parent.internalName], tcp }));
    }
  }
  return { services, parents, attachments };
}

/** A TLSRoute as VirtualServices; at a listener with a host name only what both cover is served. Source: istiod's TLSRouteCollection. */
export function convertTlsRoute(route: KubeTlsRoute, context: RouteContext, now: string): ConvertedRoute {
  const { attachments, parents, rulesFor } = attach(route, REF.tlsRoute, context, now, (forMesh) => convertTlsRules(route, context, forMesh));
  const services: KeyedService[] = [];
  for (const attachment of acceptedAttachments(attachments)) {
    const plain = rulesFor(attachment).routes;
    const { hostname } = attachment.parent;
    const forMesh = isMesh(attachment);
    const hosts = forMesh ? meshHosts(attachment, context) : hostname === '' ? hostsOf(route) : intersectHosts(hostsOf(route), [hostname]);
    const routes = forMesh ? atMeshPort(plain, attachment.reference.port, hosts) : hostname === '' ? plain : atListener(plain, hostname);
    for (const host of hosts) {
      const tls = forMesh ? routes.map((rule) => forHost(rule, host)) : routes;
      services.push(streamService(route, REF.tlsRoute, 'tls', services.length, { hosts: [host], gateways: [attachment.parent.internalName], tls }));
    }
  }
  return { services, parents, attachments };
}

/** The mesh and gateways have rules of their own, converted only where the route is attached to one of the sort. */
function attach<T>(route: AnyRoute, routeKind: string, context: RouteContext, now: string, rules: (forMesh: boolean) => ConvertedRules<T>) {
  const attachments = routeAttachments(route, routeKind, context);
  const mesh: ConvertedRules<T> = attachments.some(isMesh) ? rules(true) : NO_RULES;
  const gateway: ConvertedRules<T> = attachments.every(isMesh) ? NO_RULES : rules(false);
  const parents = routeParentStatuses(route, attachments, { mesh: mesh.error, gateway: gateway.error }, now);
  return { attachments, parents, rulesFor: (attachment: RouteAttachment): ConvertedRules<T> => (isMesh(attachment) ? mesh : gateway) };
}

function hostsOf(route: AnyRoute): readonly string[] {
  const hostnames = route.spec?.hostnames ?? [];
  return hostnames.length === 0 ? ['*'] : hostnames;
}

/** The hosts of the Service or ServiceEntry that a mesh route is attached to. */
function meshHosts({ parentKind, parentNamespace, reference }: RouteAttachment, { serviceEntries, clusterDomain }: RouteContext): readonly string[] {
  if (parentKind === REF.serviceEntry) return serviceEntries.get(`${parentNamespace}/${reference.name}`)?.spec?.hosts ?? [];
  return [serviceFqdn(reference.name, parentNamespace, clusterDomain)];
}

function streamService(route: AnyRoute, routeKind: string, protocol: string, index: number, spec: VirtualServiceSpec): KeyedService {
  const name = `${route.metadata.name}~${protocol}~${index}~${GENERATED}`;
  return { key: `${namespaceOf(route)}/${name}`, service: virtualService(route, routeKind, name, spec) };
}

function virtualService(route: AnyRoute, routeKind: string, name: string, spec: VirtualServiceSpec): VirtualService {
  const { creationTimestamp } = route.metadata;
  const namespace = namespaceOf(route);
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: {
      name,
      namespace,
      ...(creationTimestamp === undefined ? undefined : { creationTimestamp }),
      annotations: { [PARENTS_ANNOTATION]: `${kindName(routeKind)}/${route.metadata.name}.${namespace}`, [ROUTE_SEMANTICS_ANNOTATION]: 'gateway' },
    },
    spec,
  };
}

/** A mesh TLSRoute without host names takes the server names of its parent. */
function atMeshPort(routes: readonly TLSRoute[], port: number | undefined, hosts: readonly string[]): TLSRoute[] {
  return routes.map((rule) => {
    const [only] = rule.match;
    const isAny = rule.match.length === 1 && only?.sniHosts.length === 1 && only.sniHosts[0] === '*';
    return { ...rule, match: rule.match.map((match) => ({ ...match, ...(isAny ? { sniHosts: hosts } : undefined), ...(port === undefined ? undefined : { port }) })) };
  });
}

function atListener(routes: readonly TLSRoute[], hostname: string): TLSRoute[] {
  const narrowed = routes.map((rule) => ({ ...rule, match: rule.match.map((match) => ({ ...match, sniHosts: intersectHosts(match.sniHosts, [hostname]) })) }));
  return narrowed.filter(({ match }) => match.length === 0 || match.some(({ sniHosts }) => sniHosts.length > 0));
}

function forHost(rule: TLSRoute, host: string): TLSRoute {
  const [only] = rule.match;
  if (rule.match.length !== 1 || only === undefined || only.sniHosts.length <= 1) return rule;
  return { ...rule, match: [{ ...only, sniHosts: only.sniHosts.filter((sni) => hostMatches(host, sni)) }] };
}

/**
 * One VirtualService per key: Gateway API orders rules across all routes of a host, VirtualServices by their own order
 * only. The oldest route comes first among equals. Source: istiod's mergeHTTPRoutes.
 */
export function mergeHttpServices(keyed: readonly KeyedService[]): VirtualService[] {
  return [...Map.groupBy(keyed, ({ key }) => key)].flatMap(([key, group]) => {
    const sorted = group.map(({ service }) => service).sort(compareByAge);
    const [base] = sorted;
    if (base === undefined) return [];
    const name = key.replaceAll('/', '~');
    if (sorted.length === 1) return [{ ...base, metadata: { ...base.metadata, name } }];
    const parents = sorted.map(({ metadata }) => metadata.annotations?.[PARENTS_ANNOTATION] ?? '').join(',');
    const http = sortHttpRoutes(sorted.flatMap(({ spec }) => spec?.http ?? []));
    return [{ ...base, metadata: { ...base.metadata, name, annotations: { ...base.metadata.annotations, [PARENTS_ANNOTATION]: parents } }, spec: { ...base.spec, http } }];
  });
}

/** By age, namespace and name. Source: istiod's sortConfigByCreationTime of the Gateway API controller. */
export function compareByAge(a: KubeObject, b: KubeObject): number {
  return compareText(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') || compareText(namespaceOf(a), namespaceOf(b)) || compareText(a.metadata.name, b.metadata.name);
}
