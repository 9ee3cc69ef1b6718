import { GATEWAY_SERVICE_ANNOTATION, PARENT_NAMESPACE_ANNOTATION } from '../gateway-api/converted-gateway.ts';
import type { Gateway, GatewayServer } from '../resources/networking.ts';
import { namespaceOf, objectKey } from '../resources/kube-object.ts';
import { matchesLabels } from '../resources/label-selector.ts';
import { compareByCreation } from './config-order.ts';
import { declaredProtocol, isHttp } from './port-protocol.ts';
import type { PortProtocol } from './port-protocol.ts';
import type { ProxyContext } from './proxy-context.ts';
import { serviceTargets } from './service-targets.ts';
import type { ServiceTarget } from './service-targets.ts';

/** A server of a Gateway object, with the Gateway's name as VirtualServices refer to it. */
export interface BoundServer {
  readonly server: GatewayServer;
  /** `[namespace/]name`: `.` is written out, `*` left out. */
  readonly hosts: readonly string[];
  /** `namespace/name` */
  readonly gateway: string;
  readonly gatewayNamespace: string;
  /** Empty: it is not read as HTTP. */
  readonly routeName: string;
}
/** All servers that share one listener of a gateway proxy. */
export interface GatewayPort {
  /** Empty = all addresses. */
  readonly bind: string;
  /** The port that is bound, which may differ from the one the Gateway names (`server.port.number`). */
  readonly number: number;
  readonly protocol: PortProtocol;
  /** Oldest Gateway first. */
  readonly servers: readonly BoundServer[];
}
export interface MergedGateways {
  readonly ports: readonly GatewayPort[];
  /** `http.8080`, or for a server that ends TLS `https.443.<port name>.<gateway>.<namespace>`. */
  readonly serversByRoute: ReadonlyMap<string, readonly BoundServer[]>;
}

/** A Service with this label does not stand between a Gateway's port and the one that is bound. */
const NO_TRANSLATION = 'experimental.istio.io/disable-gateway-port-translation';

type OpenPort = Omit<GatewayPort, 'servers'> & { readonly servers: BoundServer[] };

/** The mode, which is PASSTHROUGH where TLS settings name none. */
function modeOf({ tls }: GatewayServer): string | undefined {
  return tls === undefined ? undefined : (tls.mode ?? 'PASSTHROUGH');
}

/** Are TLS connections handed on unopened? */
export function isPassthrough(server: GatewayServer): boolean {
  const mode = modeOf(server);
  return mode === 'PASSTHROUGH' || mode === 'AUTO_PASSTHROUGH';
}

/** Is TLS ended, and HTTP inside read? */
export function terminatesHttps(server: GatewayServer): boolean {
  return server.tls !== undefined && declaredProtocol(server.port.protocol) === 'https' && !isPassthrough(server);
}

/** A server's hosts without their namespace. */
export function hostNames({ hosts }: { readonly hosts: readonly string[] }): string[] {
  return hosts.map((host) => host.slice(host.indexOf('/') + 1));
}

/**
 * The ports that Gateway objects open on a gateway proxy. A Gateway names the port of the gateway's Service; the proxy
 * binds the target port behind it, or that very number when no Service has it. Plain HTTP servers share a port, and so do
 * servers with TLS, told apart by SNI; what does not go with the first on its address is left out, as is a TLS host that
 * is taken. Source: istiod's mergeGateways.
 */
export function mergeGateways(context: ProxyContext): MergedGateways {
  const ports = new Map<string, OpenPort>();
  const plain = new Map<number, OpenPort>();
  const tlsHosts = new Map<string, Set<string>>();
  const tlsBinds = new Map<number, Set<string>>();
  const seen = new Set<number>();
  const serversByRoute = new Map<string, BoundServer[]>();

  const openPort = (port: Omit<GatewayPort, 'servers'>): OpenPort => {
    const key = `${port.number} ${port.protocol} ${port.bind}`;
    const found = ports.get(key) ?? { ...port, servers: [] };
    ports.set(key, found);
    return found;
  };
  const addRoute = (bound: BoundServer): void => {
    if (bound.routeName !== '') serversByRoute.set(bound.routeName, [...(serversByRoute.get(bound.routeName) ?? []), bound]);
  };
  const add = (bound: BoundServer, number: number): void => {
    const { server } = bound;
    const bind = server.bind ?? '';
    const protocol = declaredProtocol(server.port.protocol);
    if (server.tls !== undefined && !takeHosts(tlsHosts, bound.hosts, `${number} ${bind}`)) return;
    const isTlsServer = server.tls !== undefined && !isHttp(protocol);
    const current = plain.get(number);
    const isFirst = !seen.has(number);
    seen.add(number);
    if (!isFirst && current !== undefined) {
      const isSameBind = current.bind === bind;
      if (isSameBind && (!(isHttp(protocol) && isHttp(current.protocol)) || bound.routeName === '')) return;
      (isSameBind ? current : openPort({ number, protocol, bind })).servers.push(bound);
      addRoute(bound);
      return;
    }
    if (!isFirst && isTlsServer) {
      if (bound.routeName !== '' && serversByRoute.has(bound.routeName)) return;
      const binds = tlsBinds.get(number) ?? new Set<string>();
      tlsBinds.set(number, binds.add(bind));
    }
    const port = openPort({ number, protocol, bind });
    port.servers.push(bound);
    if (!isTlsServer) plain.set(number, port);
    addRoute(bound);
  };

  for (const { gateway, targets, isLegacy } of gatewaysOf(context)) {
    const name = objectKey({ namespace: namespaceOf(gateway), name: gateway.metadata.name });
    for (const server of gateway.spec?.servers ?? []) {
      const hosts = ownHosts(server.hosts, namespaceOf(gateway));
      for (const number of resolvedPorts(server.port.number, targets, isLegacy)) add({ server, hosts, gateway: name, gatewayNamespace: namespaceOf(gateway), routeName: routeNameOf(server, number, gateway) }, number);
    }
  }
  return { ports: [...ports.values()], serversByRoute };
}

/** Marks hosts as taken on a port; false, and nothing is marked, when one of them is. */
export function takeHosts(taken: Map<string, Set<string>>, hosts: readonly string[], place: string): boolean {
  const known = taken.get(place) ?? new Set<string>();
  if (hosts.some((host) => known.has(host))) return false;
  for (const host of hosts) known.add(host);
  taken.set(place, known);
  return true;
}

interface SelectedGateway {
  readonly gateway: Gateway;
  readonly targets: readonly ServiceTarget[];
  /** By label, and not by the names of Services. */
  readonly isLegacy: boolean;
}

function gatewaysOf(context: ProxyContext): SelectedGateway[] {
  const { snapshot, node } = context;
  const targets = serviceTargets(context);
  return snapshot.gateways.toSorted(compareByCreation).flatMap((gateway): SelectedGateway[] => {
    const annotations = gateway.metadata.annotations ?? {};
    const named = annotations[GATEWAY_SERVICE_ANNOTATION];
    if (named === undefined) return matchesLabels(gateway.spec?.selector, node.labels) ? [{ gateway, targets, isLegacy: true }] : [];
    const hostnames = new Set(named.split(','));
    const namespace = annotations[PARENT_NAMESPACE_ANNOTATION] || namespaceOf(gateway);
    const matching = targets.filter(({ service }) => hostnames.has(service.hostname) && service.namespace === namespace);
    return matching.length === 0 ? [] : [{ gateway, targets: matching, isLegacy: false }];
  });
}

/** Source: istiod's resolvePorts. */
function resolvedPorts(number: number, targets: readonly ServiceTarget[], isLegacy: boolean): number[] {
  const matching = targets.filter(({ service, port }) => port.number === number && !(isLegacy && service.labels[NO_TRANSLATION] !== undefined)).map(({ targetPort }) => targetPort);
  if (!isLegacy) return [...new Set(matching)].sort((a, b) => a - b);
  return [matching[0] ?? number];
}

/** Source: istiod's gatewayRDSRouteName. */
function routeNameOf(server: GatewayServer, number: number, gateway: Gateway): string {
  const bind = server.bind ? `.${server.bind}` : '';
  const protocol = declaredProtocol(server.port.protocol);
  if (isHttp(protocol)) return `http.${number}${bind}`;
  return protocol === 'https' && !isPassthrough(server) ? `https.${server.port.number}.${server.port.name}.${gateway.metadata.name}.${namespaceOf(gateway)}${bind}` : '';
}

/** `./host` is the Gateway's own namespace, `*` before the slash any. Source: istiod's sanitizeServerHostNamespace. */
function ownHosts(hosts: readonly string[], namespace: string): string[] {
  const own = hosts.map((host) => (host.startsWith('./') ? `${namespace}${host.slice(1)}` : host.startsWith('*/') ? host.slice(2) : host));
  return hosts.includes('*/*') ? ['*'] : own;
}
