import type { ConditionWish, ConfigError } from './conditions.ts';
import { enumeration } from './conditions.ts';
import { MANAGED_LABEL } from './converted-gateway.ts';
import type { GatewayApiInput, GatewayService } from './gateway-api-input.ts';

/** Where a Gateway can be reached, as far as the registry knows. All lists are sorted. */
export interface GatewayAddresses {
  /** `host:port` of ports with endpoints. */
  readonly internal: readonly string[];
  readonly internalIps: readonly string[];
  readonly external: readonly string[];
  /** Host names whose load balancer has no address yet. */
  readonly pending: readonly string[];
  readonly warnings: readonly string[];
  /** False = some address or port will never work as it is. */
  readonly usable: boolean;
}

/** Source: istiod's ResolveGatewayInstances. */
export function resolveGatewayAddresses(findServices: GatewayApiInput['findServices'], namespace: string, hostnames: readonly string[], ports: readonly number[]): GatewayAddresses {
  const found = { internal: new Set<string>(), internalIps: new Set<string>(), external: new Set<string>(), pending: new Set<string>() };
  const warnings: string[] = [];
  let usable = true;
  for (const hostname of hostnames) {
    const candidates = findServices(hostname);
    const service = candidates.find((candidate) => candidate.namespace === namespace);
    if (service === undefined) {
      const elsewhere = candidates.map((candidate) => `"${candidate.namespace}"`).sort();
      warnings.push(elsewhere.length === 0 ? `hostname "${hostname}" not found` : `hostname "${hostname}" not found in namespace "${namespace}", but it was found in namespace(s) ${elsewhere.join(', ')}`);
      usable = false;
      continue;
    }
    for (const port of new Set(ports)) {
      if ((service.endpointPorts.get(port) ?? []).length === 0) {
        const missing = portWarning(service, hostname, port);
        if (missing === undefined) continue;
        warnings.push(missing.text);
        if (missing.hopeless) usable = false;
        continue;
      }
      found.internal.add(`${hostname}:${port}`);
      for (const address of service.addresses) found.internalIps.add(address);
      for (const address of service.externalAddresses) found.external.add(address);
      if (service.externalAddresses.length === 0 && service.isLoadBalancer && !found.pending.has(hostname)) {
        warnings.push(`address pending for hostname "${hostname}"`);
        found.pending.add(hostname);
      }
    }
  }
  const sorted = (values: ReadonlySet<string>): string[] => [...values].sort();
  return { internal: sorted(found.internal), internalIps: sorted(found.internalIps), external: sorted(found.external), pending: sorted(found.pending), warnings: warnings.sort(), usable };
}

function portWarning(service: GatewayService, hostname: string, port: number): { readonly text: string; readonly hopeless: boolean } | undefined {
  const open = [...service.endpointPorts].filter(([, endpoints]) => endpoints.length > 0);
  if (open.length === 0) return { text: `no instances found for hostname "${hostname}"`, hopeless: false };
  const hints = open.filter(([, endpoints]) => endpoints.includes(port)).map(([servicePort]) => String(servicePort)).sort();
  if (hints.length > 0) {
    const hint = `hint: the service port should be specified, not the workload port. Did you mean one of these ports: [${hints.join(' ')}]?`;
    return { text: `port ${port} not found for hostname "${hostname}" (${hint})`, hopeless: true };
  }
  // The endpoints of a managed Gateway's own port are only late.
  return Object.hasOwn(service.labels, MANAGED_LABEL) && service.ports.includes(port) ? undefined : { text: `port ${port} not found for hostname "${hostname}"`, hopeless: true };
}

/** The condition Programmed of a Gateway or ListenerSet with these addresses. Source: istiod's SetProgrammedCondition. */
export function programmedCondition({ internal, warnings, usable }: GatewayAddresses, hostnames: readonly string[]): ConditionWish {
  const assigned = `assigned to service(s) ${enumeration(internal)}`;
  const success = { reason: 'Programmed', message: internal.length === 0 ? 'Resource programmed' : `Resource programmed, ${assigned}` };
  const error = ((): ConfigError | undefined => {
    if (hostnames.length === 0) return { reason: 'UnsupportedAddress', message: 'Failed to assign to any requested addresses' };
    if (warnings.length === 0) return undefined;
    const problems = warnings.join('; ');
    return {
      reason: usable ? 'AddressNotAssigned' : 'AddressNotUsable',
      message: internal.length === 0 ? `Failed to assign to any requested addresses: ${problems}` : `A${assigned.slice(1)}, but failed to assign to all requested addresses: ${problems}`,
    };
  })();
  return { ...success, error };
}
