import { matchesLabels } from '../resources/label-selector.ts';
import type { ProxyContext } from './proxy-context.ts';
import { registryOf } from './service-registry.ts';
import type { MeshPort, MeshService } from './service-registry.ts';

/** One port that a proxy's workload serves for one service. */
export interface ServiceTarget {
  readonly service: MeshService;
  readonly port: MeshPort;
  /** Where the workload itself listens. */
  readonly targetPort: number;
}

/** Services of several instances on one machine cannot be told apart by this address. */
const LOOPBACK = '127.0.0.1';

/** The services whose selector takes the proxy's workload, oldest first. A service without selector takes nothing. */
export function servicesOfProxy({ snapshot, node }: ProxyContext): MeshService[] {
  const { namespace, labels } = node;
  return registryOf(snapshot).services.filter((service) => service.namespace === namespace && service.selector !== undefined && Object.keys(service.selector).length > 0 && matchesLabels(service.selector, labels));
}

/**
 * All that a proxy's workload serves: ports of the services of its namespace that select it or that list its address,
 * whatever the workload itself may call; oldest service first. Source: istiod's GetProxyServiceTargets.
 */
export function serviceTargets(context: ProxyContext): ServiceTarget[] {
  const selecting = new Set(servicesOfProxy(context));
  const { namespace } = context.node;
  const own = registryOf(context.snapshot).services.filter((service) => service.namespace === namespace);
  return own.flatMap((service) =>
    service.ports
      .filter(({ protocol }) => protocol !== 'udp')
      .flatMap((port) => {
        const targetPort = selecting.has(service) ? selectedPort(context, service, port) : listedPort(context, service, port);
        return targetPort === undefined ? [] : [{ service, port, targetPort }];
      }),
  );
}

/** A named port is known by the workload's own registration only. */
function selectedPort({ node, isIntercepted }: ProxyContext, service: MeshService, port: MeshPort): number {
  if (typeof port.targetPort === 'number') return port.targetPort;
  if (!isIntercepted) return node.appPort ?? port.number;
  return service.endpointsOf(port).find(({ address, workload }) => address === node.address && workload === node.workload)?.port ?? port.number;
}

function listedPort({ node }: ProxyContext, service: MeshService, port: MeshPort): number | undefined {
  if (service.source !== 'service-entry' || service.selector !== undefined || node.address === LOOPBACK) return undefined;
  return service.endpointsOf(port).find(({ address }) => address === node.address)?.port;
}
