import type { MeshService } from './service-registry.ts';

/** The service with only some of its ports; undefined when it has none of them, itself when it has no others. */
export function onPorts(service: MeshService, numbers: readonly number[]): MeshService | undefined {
  const ports = service.ports.filter(({ number }) => numbers.includes(number));
  if (ports.length === 0) return undefined;
  return ports.length === service.ports.length ? service : { ...service, ports };
}

/**
 * Joins lists of services to one per hostname. The first stands, but a Kubernetes Service takes the place of a
 * ServiceEntry; ports of the same service that another list has come to it. Source: istiod's appendSidecarServices.
 */
export function addScopedServices(lists: readonly (readonly MeshService[])[]): readonly MeshService[] {
  const byHost = new Map<string, MeshService>();
  for (const service of lists.flat()) {
    const existing = byHost.get(service.hostname);
    if (existing === undefined || (existing.source !== 'service' && service.source === 'service')) byHost.set(service.hostname, service);
    else if (existing !== service && existing.source === service.source && existing.namespace === service.namespace && existing.resolution === service.resolution) {
      const missing = service.ports.filter(({ number }) => !existing.ports.some((port) => port.number === number));
      if (missing.length > 0) byHost.set(service.hostname, { ...existing, ports: [...existing.ports, ...missing] });
    }
  }
  return [...byHost.values()];
}
