import type { Cluster } from '../envoy/resources.ts';
import { INBOUND_PASSTHROUGH_CLUSTER, inboundClusterName } from './cluster-name.ts';
import { connectionPoolFields, passthroughFields } from './connection-policy.ts';
import { LOOPBACK } from './http-listener.ts';
import type { InboundPort } from './inbound-ports.ts';
import type { PortProtocol } from './port-protocol.ts';
import type { ProxyContext } from './proxy-context.ts';
import { ruleConfigPath } from './rule-config-path.ts';
import type { MeshService } from './service-registry.ts';
import { serviceTargets } from './service-targets.ts';
import { effectivePolicy } from './traffic-policy.ts';

/** Source address of what is passed on to the workload itself, so that it is not captured again. */
const PASSTHROUGH_SOURCE = '127.0.0.6';

interface AppAddress {
  /** The number in the cluster's name. */
  readonly number: number;
  /** The number that a DestinationRule's port level knows it by. */
  readonly servicePort: number;
  readonly protocol: PortProtocol;
  /** Empty = wherever the connection was going. */
  readonly address: string;
  readonly port: number;
}

/**
 * The cluster of one inbound port. The connection limits of a service's DestinationRule hold here too, so that the server
 * side is not narrower than its callers'; those of the Sidecar come first. Its telemetry names the services behind the same
 * port of their own. Source: istiod's buildInboundCluster, addTelemetryMetadata.
 */
export function inboundCluster(context: ProxyContext, services: readonly MeshService[], { number, servicePort, protocol, address, port }: AppAddress): Cluster {
  const name = inboundClusterName(number);
  const [first] = services;
  const rule = first === undefined ? undefined : context.destinationRuleOf(first, 'inbound');
  const pool = sidecarPool(context, number) ?? effectivePolicy(rule?.trafficPolicy, undefined, servicePort).connectionPool;
  const istio = {
    ...(rule?.trafficPolicy === undefined ? undefined : { config: ruleConfigPath(rule) }),
    services: services.map((service) => ({ host: service.hostname, name: service.name, namespace: service.namespace })),
  };
  return {
    name,
    ...(address === ''
      ? { type: 'ORIGINAL_DST', lbPolicy: 'CLUSTER_PROVIDED' }
      : { type: 'STATIC', lbPolicy: 'ROUND_ROBIN', loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints: [{ endpoint: { address: { socketAddress: { address, portValue: port } } } }] }] } }),
    ...connectionPoolFields(pool, { protocol }),
    ...(address === LOOPBACK ? undefined : { upstreamBindConfig: { sourceAddress: { address: PASSTHROUGH_SOURCE, portValue: 0 } } }),
    ...(first === undefined || first.external ? undefined : { metadata: { filterMetadata: { istio } } }),
  };
}

/**
 * The cluster of a port that services or a Sidecar's ingress open; undefined for an ingress whose `defaultEndpoint` is a
 * Unix socket or malformed, which this mesh does not serve. Source: istiod's buildInboundClustersFromSidecar.
 */
export function ingressCluster(context: ProxyContext, port: InboundPort): Cluster | undefined {
  const { node } = context;
  const { protocol, targetPort, target, ingress } = port;
  const behind = serviceTargets(context).filter((candidate) => candidate.targetPort === targetPort);
  if (ingress === undefined) {
    const servicePort = target?.port.number ?? targetPort;
    const services = new Set(behind.filter((other) => other.port.number === servicePort).map(({ service }) => service));
    return inboundCluster(context, [...services], { number: targetPort, servicePort, protocol, address: '', port: targetPort });
  }
  const owner = behind.slice(0, 1).map(({ service }) => service);
  const base = { number: targetPort, servicePort: targetPort, protocol };
  if (ingress.defaultEndpoint === undefined || ingress.defaultEndpoint === '') return inboundCluster(context, owner, { ...base, address: '', port: 0 });
  const [, host, number] = /^\[?([^\]]+)\]?:(\d+)$/.exec(ingress.defaultEndpoint) ?? [];
  if (host === undefined || number === undefined || host.startsWith('unix')) return undefined;
  const address = host === '0.0.0.0' || host === '::' ? node.address : LOOPBACK;
  return inboundCluster(context, owner, { ...base, address, port: Number(number) });
}

/** For captured connections to ports that no service has. */
export function inboundPassthroughCluster(): Cluster {
  return { name: INBOUND_PASSTHROUGH_CLUSTER, type: 'ORIGINAL_DST', lbPolicy: 'CLUSTER_PROVIDED', ...passthroughFields(), upstreamBindConfig: { sourceAddress: { address: PASSTHROUGH_SOURCE, portValue: 0 } } };
}

function sidecarPool({ sidecar }: ProxyContext, port: number): NonNullable<ReturnType<typeof effectivePolicy>['connectionPool']> | undefined {
  const spec = sidecar?.spec;
  return spec?.ingress?.find((listener) => listener.port?.number === port)?.connectionPool ?? spec?.inboundConnectionPool;
}
