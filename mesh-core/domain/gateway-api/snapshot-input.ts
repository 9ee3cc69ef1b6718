import { DEFAULT_CLUSTER_DOMAIN } from '../resources/host-name.ts';
import type { HttpRouteFilter, KubeHttpRoute } from '../resources/gateway-api.ts';
import type { Service } from '../resources/core.ts';
import { namespaceOf, objectKey } from '../resources/kube-object.ts';
import type { MeshSnapshot } from '../translate/mesh-snapshot.ts';
import { indexServices } from '../translate/service-registry.ts';
import type { MeshService } from '../translate/service-registry.ts';
import { FORM_CHECK } from './certificates.ts';
import type { GatewayApiInput, GatewayService } from './gateway-api-input.ts';

/** What the conversion reads, from a snapshot. Fields that Kubernetes would default are given their default. */
export function gatewayApiInput(snapshot: MeshSnapshot): GatewayApiInput {
  let byHost: Map<string, MeshService[]> | undefined;
  const services = new Map(snapshot.services.map((service) => [objectKey({ name: service.metadata.name, namespace: namespaceOf(service) }), service]));
  return {
    gatewayClasses: snapshot.gatewayClasses,
    gateways: snapshot.kubeGateways,
    listenerSets: snapshot.listenerSets,
    httpRoutes: snapshot.httpRoutes.map(withRedirectCode),
    grpcRoutes: snapshot.grpcRoutes,
    tlsRoutes: snapshot.tlsRoutes,
    tcpRoutes: snapshot.tcpRoutes,
    referenceGrants: snapshot.referenceGrants,
    backendTlsPolicies: snapshot.backendTlsPolicies,
    backendTrafficPolicies: [],
    backends: [],
    inferencePools: undefined,
    namespaces: snapshot.namespaces,
    services: snapshot.services,
    serviceEntries: snapshot.serviceEntries,
    secrets: snapshot.hidesSecrets === true ? undefined : snapshot.secrets,
    configMaps: snapshot.configMaps,
    findServices: (hostname) => {
      byHost ??= Map.groupBy(indexServices(snapshot).services, (service) => service.hostname);
      return (byHost.get(hostname.toLowerCase()) ?? []).map((service) => gatewayService(service, services.get(`${service.namespace}/${service.name}`)));
    },
    certificates: snapshot.certificates ?? FORM_CHECK,
    clusterDomain: DEFAULT_CLUSTER_DOMAIN,
  };
}

function gatewayService(service: MeshService, object: Service | undefined): GatewayService {
  const published = service.source === 'service' ? object : undefined;
  return {
    namespace: service.namespace,
    ports: service.ports.map(({ number }) => number),
    endpointPorts: new Map(service.ports.map((port) => [port.number, service.endpointsOf(port).map((endpoint) => endpoint.port)])),
    addresses: service.addresses,
    externalAddresses: published === undefined ? [] : publishedAddresses(published),
    isLoadBalancer: published?.spec?.type === 'LoadBalancer',
    labels: published?.metadata.labels ?? {},
  };
}

/** What a Service's status says of its load balancer. */
function publishedAddresses({ status }: Service): string[] {
  // Safe because every field is looked at before it is used; nothing else writes the status of a Service here.
  const { loadBalancer } = (status ?? {}) as { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] } };
  return (loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip ?? hostname ?? []);
}

const changed = new WeakMap<KubeHttpRoute, KubeHttpRoute>();

/** Gateway API's redirects are 302 by default, Istio's 301. */
function withRedirectCode(route: KubeHttpRoute): KubeHttpRoute {
  const lacksCode = ({ requestRedirect }: HttpRouteFilter): boolean => requestRedirect !== undefined && requestRedirect.statusCode === undefined;
  const { spec } = route;
  if (!(spec?.rules ?? []).some(({ filters = [] }) => filters.some(lacksCode))) return route;
  const known = changed.get(route);
  if (known !== undefined) return known;
  const rules = (spec?.rules ?? []).map((rule) => ({ ...rule, ...(rule.filters === undefined ? undefined : { filters: rule.filters.map((filter) => (lacksCode(filter) ? { ...filter, requestRedirect: { ...filter.requestRedirect, statusCode: 302 } } : filter)) }) }));
  const fresh = { ...route, spec: { ...spec, rules } };
  changed.set(route, fresh);
  return fresh;
}
