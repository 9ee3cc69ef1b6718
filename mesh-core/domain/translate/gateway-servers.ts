import { GATEWAY_SERVICE_ANNOTATION, PARENT_NAMESPACE_ANNOTATION } from '../gateway-api/converted-gateway.ts';
import type { Gateway, GatewayServer } from '../resources/networking.ts';
import { namespaceOf, objectKey } from '../resources/kube-object.ts';
import { matchesLabels } from '../resources/label-selector.ts';
import { compareByCreation } from './config-order.ts';
import { servicesOfProxy } from './inbound.ts';
import type { ProxyContext } from './proxy-context.ts';
import type { MeshService } from './service-registry.ts';

/** A server of a Gateway object, with the Gateway's name as VirtualServices refer to it. */
export interface BoundServer {
  readonly server: GatewayServer;
  /** `namespace/name` */
  readonly gateway: string;
  readonly gatewayNamespace: string;
}
/** All servers that share one port of a gateway proxy. */
export interface GatewayPort {
  readonly bind: string;
  /** The port that is bound, which may differ from the one the Gateway names (`server.port.number`). */
  readonly port: number;
  readonly kind: 'http' | 'https';
  /** Oldest Gateway first. */
  readonly servers: readonly BoundServer[];
}

/** A port while servers are added. */
type OpenPort = Omit<GatewayPort, 'servers'> & { readonly servers: BoundServer[] };

const PLAIN_HTTP: ReadonlySet<string> = new Set(['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB']);
const TERMINATED: ReadonlySet<string> = new Set(['SIMPLE', 'MUTUAL', 'OPTIONAL_MUTUAL', 'ISTIO_MUTUAL']);

/**
 * The ports that Gateway objects open on a gateway proxy. A Gateway names the port of the gateway's Service; the proxy
 * binds the target port behind it, or that very number when no Service has it. Gateways share a port as long as they
 * speak the same way on it; the later one that does not is left out, as is a TLS host that is taken. TCP and TLS
 * passthrough servers have no place here: this mesh proxies HTTP. Source: istiod's MergeGateways.
 */
export function gatewayPorts(context: ProxyContext, defaultBind: string): GatewayPort[] {
  const ports = new Map<string, OpenPort>();
  const services = servicesOfProxy(context);
  for (const gateway of gatewaysOf(context, services)) {
    for (const server of gateway.spec?.servers ?? []) {
      const kind = kindOf(server);
      if (kind === undefined) continue;
      const bind = server.bind || defaultBind;
      for (const port of targetPorts(server.port.number, services)) {
        const key = `${bind}|${port}`;
        const open: OpenPort = ports.get(key) ?? { bind, port, kind, servers: [] };
        if (open.kind !== kind || (kind === 'https' && open.servers.some((other) => sharesHost(other.server, server)))) continue;
        ports.set(key, open);
        open.servers.push({ server, gateway: objectKey({ namespace: namespaceOf(gateway), name: gateway.metadata.name }), gatewayNamespace: namespaceOf(gateway) });
      }
    }
  }
  return [...ports.values()].sort((a, b) => a.port - b.port);
}

/** A server's hosts without their namespace. */
export function hostNames(server: GatewayServer): string[] {
  return server.hosts.map((host) => host.slice(host.indexOf('/') + 1));
}

/** Istio's Gateways select proxies by labels; those made from Gateway API objects by the services in front of the proxy. */
function gatewaysOf({ snapshot, node }: ProxyContext, services: readonly MeshService[]): Gateway[] {
  return snapshot.gateways
    .filter((gateway) => {
      const annotations = gateway.metadata.annotations ?? {};
      const hostnames = annotations[GATEWAY_SERVICE_ANNOTATION]?.split(',');
      if (hostnames === undefined) return matchesLabels(gateway.spec?.selector, node.labels);
      const namespace = annotations[PARENT_NAMESPACE_ANNOTATION] ?? namespaceOf(gateway);
      return services.some((service) => service.namespace === namespace && hostnames.includes(service.hostname));
    })
    .sort(compareByCreation);
}

function kindOf({ port, tls }: GatewayServer): 'http' | 'https' | undefined {
  const protocol = port.protocol.toUpperCase();
  if (PLAIN_HTTP.has(protocol)) return 'http';
  return protocol === 'HTTPS' && TERMINATED.has(tls?.mode ?? '') ? 'https' : undefined;
}

function targetPorts(number: number, services: ReturnType<typeof servicesOfProxy>): number[] {
  const targets = services.flatMap(({ ports }) => ports.filter((port) => port.number === number).map(({ targetPort }) => (typeof targetPort === 'number' ? targetPort : number)));
  return targets.length === 0 ? [number] : [...new Set(targets)];
}

function sharesHost(a: GatewayServer, b: GatewayServer): boolean {
  const taken = new Set(hostNames(a));
  return hostNames(b).some((host) => taken.has(host));
}
