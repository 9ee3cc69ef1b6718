import { asMessage } from './as-message.ts';
import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import { isWildcardHost } from './host-name.ts';
import type { ObjectMeta } from './kube-object.ts';
import type { ServiceEntrySpec } from './networking.ts';
import { fqdnProblem, isDnsLabel, partialWildcardProblem, wildcardDomainProblem } from './rules/dns-name.ts';
import { checkExportTo } from './rules/export-to.ts';
import { isCidr, isIpAddress } from './rules/ip-address.ts';
import { checkLabels, checkLabelsSelector } from './rules/label-rules.ts';
import { checkPort } from './rules/port-rules.ts';
import { parseProtocol, PROTOCOL_NAMES } from './rules/protocol-name.ts';
import { checkEndpointPorts, checkWorkloadEntry } from './validate-workload-entry.ts';

/** istiod's rules for a ServiceEntry. Source: istio/istio pkg/config/validation/validation.go (ValidateServiceEntry). */
export function validateServiceEntry(spec: ServiceEntrySpec, metadata: ObjectMeta, namespace: string, issues: IssueSink): void {
  const { resolution = 'NONE' } = spec;
  if (!checkLabelsSelector(spec.workloadSelector, 'service entry', issues)) return;
  if (spec.workloadSelector !== undefined && (spec.endpoints ?? []).length > 0) issues.error('spec', 'only one of WorkloadSelector or Endpoints is allowed in Service Entry', { expected: 'workloadSelector or endpoints' });
  checkHosts(spec, issues);
  for (const [index, address] of (spec.addresses ?? []).entries()) {
    if (!(address.includes('/') ? isCidr(address) : isIpAddress(address))) issues.error(joinPath('spec.addresses', index), `${JSON.stringify(address)} is not an address`, { expected: 'an IP or CIDR' });
    if (address.includes('/') && resolution !== 'NONE' && resolution !== 'STATIC') issues.error(joinPath('spec.addresses', index), `an address block does not go with resolution ${resolution}`, { expected: 'single addresses, or resolution NONE or STATIC' });
  }
  checkPorts(spec, metadata, issues);
  checkResolution(spec, metadata, issues);
  checkExportTo(spec.exportTo, { namespace, nobodyAllowed: true }, 'spec.exportTo', issues);
}

function checkHosts(spec: ServiceEntrySpec, issues: IssueSink): void {
  if ((spec.hosts ?? []).length === 0) issues.error('spec.hosts', 'service entry must have at least one host', { expected: 'a host' });
  for (const [index, host] of (spec.hosts ?? []).entries()) {
    const problem = host === '*' ? "'*' is too wide for a ServiceEntry" : wildcardDomainProblem(host);
    if (problem !== undefined) issues.error(joinPath('spec.hosts', index), problem, { expected: 'a host or *.domain' });
    const partial = partialWildcardProblem(host);
    if (partial !== undefined && spec.resolution !== 'DYNAMIC_DNS') issues.warn(joinPath('spec.hosts', index), partial, { expected: '*.domain', code: 'IST0133' });
  }
}

function checkPorts(spec: ServiceEntrySpec, metadata: ObjectMeta, issues: IssueSink): void {
  const names = new Set<string>();
  const numbers = new Set<number>();
  // Virtual addresses are handed out by themselves unless the owner said no, or the callers' own address is used.
  const autoAddress = (spec.resolution ?? 'NONE') !== 'NONE' && metadata.labels?.['networking.istio.io/enable-autoallocate-ip']?.toLowerCase() !== 'false';
  for (const [index, port] of (spec.ports ?? []).entries()) {
    const path = joinPath('spec.ports', index);
    const { name = '', number = 0 } = asMessage(port);
    if (names.has(name)) issues.error(`${path}.name`, `service entry port name ${JSON.stringify(name)} already defined`, { expected: 'a name of its own for every port' });
    if (numbers.has(number)) issues.error(`${path}.number`, `service entry port ${number} already defined`, { expected: 'every port once' });
    names.add(name);
    numbers.add(number);
    if (!isDnsLabel(name)) issues.error(`${path}.name`, `invalid port name: ${JSON.stringify(name)}`, { expected: 'one DNS label, such as http' });
    const { protocol = '' } = port;
    if (protocol !== '' && parseProtocol(protocol) === undefined) issues.error(`${path}.protocol`, `unknown protocol ${JSON.stringify(protocol)}`, { expected: `one of ${PROTOCOL_NAMES}` });
    checkPort(number, `${path}.number`, issues);
    if (port.targetPort !== 0) checkPort(port.targetPort, `${path}.targetPort`, issues);
    if ((spec.addresses ?? []).length === 0 && !autoAddress && (protocol === '' || protocol === 'TCP')) {
      issues.warn(path, 'a TCP port without addresses captures this port for every destination', { expected: 'addresses, or a protocol such as HTTP', code: 'IST0134' });
    }
  }
}

function checkResolution(spec: ServiceEntrySpec, metadata: ObjectMeta, issues: IssueSink): void {
  const { resolution = 'NONE', hosts = [], endpoints = [] } = spec;
  const servicePorts = new Set((spec.ports ?? []).map((port) => asMessage(port).name ?? ''));
  const separable = (spec.ports ?? []).every(({ protocol = '' }) => parseProtocol(protocol)?.http === true || parseProtocol(protocol)?.tls === true);
  if (resolution !== 'NONE' && hosts.length > 1 && !separable) issues.error('spec.hosts', 'several hosts can only be told apart on HTTP and TLS ports', { expected: 'one host, or ports with protocol HTTP or TLS' });
  switch (resolution) {
    case 'NONE':
      if (endpoints.length > 0) issues.error('spec.endpoints', 'resolution NONE uses the address the caller asked for, so there are no endpoints', { expected: 'resolution STATIC or DNS, or no endpoints' });
      if (spec.workloadSelector !== undefined) issues.warn('spec.workloadSelector', 'has no use with resolution NONE', { expected: 'resolution STATIC', code: 'IST0133' });
      return;
    case 'STATIC':
      for (const [index, endpoint] of endpoints.entries()) checkWorkloadEntry(endpoint, { servicePorts, hostNameAllowed: false }, joinPath('spec.endpoints', index), issues);
      return;
    case 'DNS':
    case 'DNS_ROUND_ROBIN':
      return checkDns(spec, servicePorts, issues);
    case 'DYNAMIC_DNS':
      return checkDynamicDns(spec, metadata, issues);
  }
}

function checkDns(spec: ServiceEntrySpec, servicePorts: ReadonlySet<string>, issues: IssueSink): void {
  const { hosts = [], endpoints = [], resolution = 'DNS' } = spec;
  const unresolvable = hosts.findIndex((host) => fqdnProblem(host) !== undefined);
  if (endpoints.length === 0 && unresolvable !== -1) issues.error(joinPath('spec.hosts', unresolvable), `${JSON.stringify(hosts[unresolvable])} cannot be looked up in DNS`, { expected: 'a full host name, or endpoints' });
  if (resolution === 'DNS_ROUND_ROBIN' && endpoints.length > 1) issues.error('spec.endpoints', 'DNS_ROUND_ROBIN uses one endpoint', { expected: 'at most one endpoint' });
  for (const [index, endpoint] of endpoints.entries()) {
    const path = joinPath('spec.endpoints', index);
    const { address = '' } = endpoint;
    if (!isIpAddress(address) && fqdnProblem(address) !== undefined) issues.error(`${path}.address`, `${JSON.stringify(address)} is not an address`, { expected: 'an IP address or a host name' });
    checkLabels(endpoint.labels, `${path}.labels`, issues);
    checkEndpointPorts(endpoint, servicePorts, path, issues);
  }
  const tcp = (spec.ports ?? []).some(({ protocol = '' }) => parseProtocol(protocol)?.tcp === true);
  if ((spec.addresses ?? []).length > 0 && tcp && hosts.length > 1) issues.warn('spec.hosts', 'several hosts share one address and a TCP port, so they cannot be told apart', { expected: 'one host', code: 'IST0133' });
}

const DYNAMIC_PROTOCOLS = new Set(['HTTP', 'TLS', 'GRPC', 'HTTP2']);

function checkDynamicDns(spec: ServiceEntrySpec, metadata: ObjectMeta, issues: IssueSink): void {
  for (const [index, host] of (spec.hosts ?? []).entries()) {
    if (!isWildcardHost(host)) issues.error(joinPath('spec.hosts', index), 'DYNAMIC_DNS is for wildcard hosts', { expected: '*.domain, or resolution DNS' });
  }
  for (const field of ['addresses', 'endpoints'] as const) {
    if ((spec[field]?.length ?? 0) > 0) issues.error(joinPath('spec', field), `DYNAMIC_DNS looks the host of each request up, so there are no ${field}`, { expected: 'leave it out' });
  }
  for (const [index, { protocol = '' }] of (spec.ports ?? []).entries()) {
    if (!DYNAMIC_PROTOCOLS.has(parseProtocol(protocol)?.name ?? '')) issues.error(`${joinPath('spec.ports', index)}.protocol`, 'DYNAMIC_DNS needs a protocol that names the host', { expected: [...DYNAMIC_PROTOCOLS].join(', ') });
  }
  const waypoint = metadata.labels?.['istio.io/use-waypoint'] ?? '';
  if (spec.location === 'MESH_INTERNAL' && waypoint !== '' && waypoint.toLowerCase() !== 'none') issues.error('spec.location', 'DYNAMIC_DNS inside the mesh does not go with a waypoint', { expected: 'MESH_EXTERNAL' });
}
