import type { RouteConfiguration, VirtualHost } from '../envoy/resources.ts';
import { PASSTHROUGH_CLUSTER, outboundClusterName } from './cluster-name.ts';
import { compareText } from './config-order.ts';
import type { ProxyContext } from './proxy-context.ts';
import { CATCH_ALL } from './route-match.ts';
import { callerVariant } from './shared-by-callers.ts';
import { egressAt } from './sidecar-scope.ts';
import type { EgressScope, SidecarScope } from './sidecar-scope.ts';
import { hostRoutesAt, httpPorts } from './sidecar-virtual-hosts.ts';
import type { HostRoutes } from './sidecar-virtual-hosts.ts';
import { withTunnels } from './tunnel-virtual-hosts.ts';
import { rememberReads } from './watch-reads.ts';
import { bracketed, serviceDomains } from './virtual-host-domains.ts';

/** The route configuration of a sidecar's outbound HTTP proxy, istiod's name for it. */
export const HTTP_PROXY_ROUTES = 'http_proxy';

const cache = rememberReads<SidecarScope, RouteConfiguration>();

/**
 * All hosts that a sidecar's app may call through an HTTP proxy. A domain carries its port; without one it means port 80,
 * or the service's only port. `name` other than `http_proxy`: that of a Sidecar's egress port of protocol HTTP_PROXY.
 * Source: istiod's BuildSidecarOutboundVirtualHosts for an HTTP_PROXY listener.
 */
export function buildHttpProxyRoutes(context: ProxyContext, name: string = HTTP_PROXY_ROUTES): RouteConfiguration {
  return shared(context, `proxy ${name}`, () => {
    const egress = egressAt(context.scope, name === HTTP_PROXY_ROUTES ? 0 : Number(name));
    const entries = egress === undefined ? [] : httpPorts(egress).flatMap((port) => hostRoutesAt(context, egress, port, 'anywhere'));
    // Port 80 first: who asks for a host without a port means it.
    const ordered = entries.toSorted((a, b) => Number(b.port === 80) - Number(a.port === 80));
    const domainsFor = (entry: HostRoutes, base: readonly string[]): string[] => {
      const isImplied = entry.port === 80 || entry.service?.ports.length === 1;
      return base.flatMap((domain) => (isImplied ? [domain, `${domain}:${entry.port}`] : [`${domain}:${entry.port}`]));
    };
    const hosts = buildVirtualHosts(ordered, context, domainsFor);
    return { name, virtualHosts: [...(egress === undefined ? hosts : withTunnels(context, egress, hosts)), catchAllVirtualHost(context.scope)], validateClusters: false };
  });
}

/** The hosts of one port, whatever port the Host header says. Source: istiod's buildSidecarOutboundHTTPRouteConfig. */
export function buildPortRoutes(context: ProxyContext, port: number): RouteConfiguration {
  return shared(context, `port ${port}`, () => ({
    name: String(port),
    virtualHosts: [...portVirtualHosts(context, egressAt(context.scope, port), port), catchAllVirtualHost(context.scope)],
    validateClusters: false,
    ignorePortInHostMatching: true,
  }));
}

/**
 * The route configuration `<host>:<port>` of a listener that serves one service and detects HTTP: whatever host a request
 * names, it is that service's. Source: istiod's getVirtualHostsForSniffedServicePort.
 */
export function buildSniffedRoutes(context: ProxyContext, hostname: string, port: number): RouteConfiguration {
  const name = `${hostname}:${port}`;
  const own = buildPortRoutes(context, port).virtualHosts.filter(({ domains }) => domains.includes(hostname) || domains.includes(name));
  return { name, virtualHosts: own.length === 1 ? own.map((host) => ({ ...host, domains: ['*'] })) : own, validateClusters: false, ignorePortInHostMatching: true };
}

function portVirtualHosts(context: ProxyContext, egress: EgressScope | undefined, port: number): VirtualHost[] {
  return egress === undefined ? [] : buildVirtualHosts(hostRoutesAt(context, egress, port, 'at-port'), context, (_, base) => [...base]);
}

/** Proxies with one scope share their route configurations, as far as rules do not look at who they are. */
function shared(context: ProxyContext, name: string, build: () => RouteConfiguration): RouteConfiguration {
  return cache(context.scope, `${name} ${callerVariant(context)}`, build);
}

/** A host outside the registry: passed on to wherever it says or to the proxy named for it, or refused with 502. */
function catchAllVirtualHost({ outboundTrafficPolicy }: SidecarScope): VirtualHost {
  if (outboundTrafficPolicy.mode !== 'ALLOW_ANY') return { name: 'block_all', domains: ['*'], routes: [{ name: 'block_all', match: CATCH_ALL, directResponse: { status: 502 } }], includeRequestAttemptCount: true };
  return { name: 'allow_any', domains: ['*'], routes: [{ name: 'allow_any', match: CATCH_ALL, route: { cluster: unknownDestinationCluster(outboundTrafficPolicy), timeout: '0s' } }], includeRequestAttemptCount: true };
}

/** Where traffic to unknown destinations goes when it is allowed. */
export function unknownDestinationCluster({ egressProxy }: SidecarScope['outboundTrafficPolicy']): string {
  return egressProxy === undefined ? PASSTHROUGH_CLUSTER : outboundClusterName(egressProxy.port?.number ?? 0, egressProxy.subset ?? '', egressProxy.host ?? '');
}

/** No domain may stand in two virtual hosts; a short form never takes the full name of another host. */
function buildVirtualHosts(entries: readonly HostRoutes[], { node }: ProxyContext, domainsFor: (entry: HostRoutes, base: readonly string[]) => string[]): VirtualHost[] {
  const taken = new Set<string>();
  const fullNames = new Set(entries.filter(({ service }) => service !== undefined).map(({ hostname }) => hostname));
  const virtualHosts = entries.map((entry): VirtualHost => {
    const domains = domainsFor(entry, baseDomains(entry, node.namespace, fullNames)).filter((domain) => !taken.has(domain));
    for (const domain of domains) taken.add(domain);
    return { name: `${entry.hostname}:${entry.port}`, domains, routes: entry.routes, includeRequestAttemptCount: true };
  });
  return virtualHosts.filter(({ domains }) => domains.length > 0).sort((a, b) => compareText(a.name, b.name));
}

function baseDomains(entry: HostRoutes, namespace: string, fullNames: ReadonlySet<string>): string[] {
  if (entry.service === undefined) return [bracketed(entry.hostname)];
  const { domains, alternates } = serviceDomains(entry.service, namespace);
  return domains.filter((domain) => !(alternates.has(domain) && fullNames.has(domain)));
}
