import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import type { WorkloadEntrySpec } from './networking.ts';
import { fqdnProblem, isDnsLabel } from './rules/dns-name.ts';
import { isIpAddress } from './rules/ip-address.ts';
import { checkLabels } from './rules/label-rules.ts';
import { checkPort } from './rules/port-rules.ts';
import { UNIX_PREFIX, unixAddressProblem } from './rules/unix-address.ts';

export interface EndpointContext {
  /** Port names of the ServiceEntry the endpoint stands in; absent for a WorkloadEntry. */
  readonly servicePorts?: ReadonlySet<string>;
  /** May the address be a host name? */
  readonly hostNameAllowed: boolean;
}

/** istiod's rules for a WorkloadEntry, or an endpoint of a ServiceEntry, at `path`. */
export function checkWorkloadEntry(entry: WorkloadEntrySpec, context: EndpointContext, path: string, issues: IssueSink): void {
  const { address = '', network = '' } = entry;
  if (address === '') {
    if (network === '') return issues.error(`${path}.address`, 'address is required', { expected: 'an IP address, a host name, or a network' });
    issues.warn(`${path}.address`, `the address is only known to network ${JSON.stringify(network)}`, { expected: 'an address', code: 'IST0133' });
  } else if (address.startsWith(UNIX_PREFIX)) {
    checkUnixEndpoint(entry, address, context, path, issues);
  } else {
    const named = context.hostNameAllowed && fqdnProblem(address) === undefined;
    if (!named && !isIpAddress(address)) issues.error(`${path}.address`, `${JSON.stringify(address)} is not an address`, { expected: context.hostNameAllowed ? 'an IP address or a host name' : 'an IP address' });
  }
  checkEndpointPorts(entry, context.servicePorts, path, issues);
  checkLabels(entry.labels, `${path}.labels`, issues);
}

/** Port names and numbers of an endpoint; within a ServiceEntry every name must be one of its ports. */
export function checkEndpointPorts(entry: WorkloadEntrySpec, servicePorts: ReadonlySet<string> | undefined, path: string, issues: IssueSink): void {
  for (const [name, port] of Object.entries(entry.ports ?? {})) {
    const place = joinPath(`${path}.ports`, name);
    if (!isDnsLabel(name)) issues.error(place, `${JSON.stringify(name)} is not a port name`, { expected: 'one DNS label, such as http' });
    else if (servicePorts !== undefined && !servicePorts.has(name)) issues.error(place, `the ServiceEntry has no port ${JSON.stringify(name)}`, { expected: [...servicePorts].join(' or ') });
    checkPort(port, place, issues);
  }
}

function checkUnixEndpoint(entry: WorkloadEntrySpec, address: string, context: EndpointContext, path: string, issues: IssueSink): void {
  const problem = unixAddressProblem(address);
  if (problem !== undefined) issues.error(`${path}.address`, problem, { expected: 'unix:///path/to/socket' });
  if (Object.keys(entry.ports ?? {}).length > 0) issues.error(`${path}.ports`, 'a unix socket has no ports', { expected: 'leave it out' });
  if (context.servicePorts !== undefined && context.servicePorts.size !== 1) issues.error(`${path}.address`, 'a unix socket serves exactly one port', { expected: 'one port in the ServiceEntry' });
}
