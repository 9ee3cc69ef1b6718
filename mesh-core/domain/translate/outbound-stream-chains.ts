import { hostMatches, isWildcardHost } from '../resources/host-name.ts';
import { outboundClusterName } from './cluster-name.ts';
import type { ChainOptions } from './outbound-chain.ts';
import { maskedRange } from './ip-range.ts';
import { isTls } from './port-protocol.ts';
import type { ProxyContext } from './proxy-context.ts';
import type { MeshPort, MeshService } from './service-registry.ts';
import { holdsFor, routeFilter } from './stream-routes.ts';
import { connectionSettings, tcpFilterOf } from './tcp-filter.ts';
import { alternateHosts } from './virtual-host-domains.ts';
import type { ResolvedVirtualService } from './virtual-services.ts';

/** One service at one port of an outbound listener. */
export interface StreamTarget {
  readonly service: MeshService;
  readonly port: Pick<MeshPort, 'number' | 'protocol'>;
  /** Ranges by which the service's connections are told from others of the listener. */
  readonly destinations: readonly string[];
  /** The service's own address (a range counts as none); `0.0.0.0` = it has none. */
  readonly address: string;
  /** What the listener is bound to. */
  readonly bind: string;
}

const WILDCARD = '0.0.0.0';

/**
 * The chains for connections that are not read as HTTP: by SNI where the port speaks TLS (`tls[]` routes), else by address
 * (`tcp[]` routes); without such a route, to the service itself. Source: istiod's buildSidecarOutboundTCPListenerOpts.
 */
export function streamChains(context: ProxyContext, target: StreamTarget, virtualServices: readonly ResolvedVirtualService[]): ChainOptions[] {
  const own = virtualServices.filter(({ hosts }) => hosts.some((host) => hostMatches(host, target.service.hostname)));
  return isTls(target.port.protocol) ? tlsChains(context, target, own) : tcpChains(context, target, own);
}

function tlsChains(context: ProxyContext, target: StreamTarget, virtualServices: readonly ResolvedVirtualService[]): ChainOptions[] {
  const { port } = target;
  const chains: ChainOptions[] = [];
  // Conditions that only the connection can fulfil; the first rule with the same ones wins.
  const handled = new Set<string>();
  let destinations = target.destinations;
  for (const { resource, namespace } of virtualServices) {
    for (const tls of resource.spec?.tls ?? []) {
      const filter = routeFilter(context, tls.route ?? [], port.number, `${resource.metadata.name}.${namespace}`);
      if (filter === undefined) continue;
      for (const match of tls.match) {
        if (!holdsFor(match, { node: context.node, gateway: 'mesh', port: port.number })) continue;
        if ((match.destinationSubnets?.length ?? 0) > 0) destinations = match.destinationSubnets ?? [];
        const key = JSON.stringify([match.sniHosts, match.destinationSubnets ?? []]);
        if (!handled.has(key)) chains.push({ sniHosts: match.sniHosts, destinations, filters: [filter] });
        handled.add(key);
      }
    }
  }
  return chains.length > 0 ? chains : [{ ...serviceChain(context, target), sniHosts: serverNames(context, target) }];
}

function tcpChains(context: ProxyContext, target: StreamTarget, virtualServices: readonly ResolvedVirtualService[]): ChainOptions[] {
  const { port, destinations } = target;
  const chains: ChainOptions[] = [];
  let coversService = false;
  for (const { resource, namespace } of virtualServices) {
    for (const tcp of resource.spec?.tcp ?? []) {
      const filter = routeFilter(context, tcp.route ?? [], port.number, `${resource.metadata.name}.${namespace}`);
      if (filter === undefined) continue;
      const matches = tcp.match ?? [];
      const held = matches.filter((match) => holdsFor(match, { node: context.node, gateway: 'mesh', port: port.number }));
      // What asks for no subnet takes the service whole and ends the list.
      if (matches.length === 0 || held.some(({ destinationSubnets }) => (destinationSubnets?.length ?? 0) === 0)) return [...chains, { destinations, filters: [filter] }];
      const subnets = held.flatMap(({ destinationSubnets }) => destinationSubnets ?? []);
      if (subnets.length === 0) continue;
      chains.push({ destinations: subnets, filters: [filter] });
      coversService ||= sameRanges(subnets, destinations);
    }
  }
  return coversService ? chains : [...chains, serviceChain(context, target)];
}

/** To the service itself. A listener on a port of its own leads to the service's only port. */
function serviceChain({ destinationRuleOf }: ProxyContext, { service, port, destinations }: StreamTarget): ChainOptions {
  const only = service.ports.length === 1 ? service.ports[0]?.number : undefined;
  const cluster = outboundClusterName(only ?? port.number, '', service.hostname);
  return { destinations, filters: [tcpFilterOf({ statPrefix: cluster, cluster, ...connectionSettings(destinationRuleOf(service), '', true) })] };
}

/** SNI is needed only where the address does not tell whose connection it is. */
function serverNames({ node }: ProxyContext, { service, destinations, address, bind }: StreamTarget): readonly string[] {
  const isByName = isWildcardHost(service.hostname) && service.resolution === 'dynamic-dns';
  const needed = destinations.length > 0 || address === '' || (address === WILDCARD && bind === WILDCARD) || isByName;
  return needed ? [service.hostname, ...service.aliases.flatMap((alias) => [alias, ...alternateHosts(alias, node.namespace)])] : [];
}

function sameRanges(a: readonly string[], b: readonly string[]): boolean {
  const normal = (ranges: readonly string[]): string => ranges.map((range) => maskedRange(range) ?? range).sort().join();
  return normal(a) === normal(b);
}
