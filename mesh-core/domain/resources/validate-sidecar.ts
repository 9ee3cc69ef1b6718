import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import { fqdnProblem, sidecarHostProblem } from './rules/dns-name.ts';
import { isIpAddress } from './rules/ip-address.ts';
import { checkLabelsSelector } from './rules/label-rules.ts';
import { checkPort } from './rules/port-rules.ts';
import { checkListenerPort } from './rules/listener-port.ts';
import { UNIX_PREFIX, unixAddressProblem } from './rules/unix-address.ts';
import type { SidecarEgress, SidecarPort, SidecarSpec } from './sidecar.ts';
import { checkDestination } from './validate-destination.ts';
import { checkSidecarIngress } from './validate-sidecar-ingress.ts';
import { checkConnectionPool } from './validate-traffic-policy.ts';

/** istiod's rules for a Sidecar. Source: istio/istio pkg/config/validation/validation.go (ValidateSidecar). */
export function validateSidecar(spec: SidecarSpec, namespace: string, issues: IssueSink): void {
  if (!checkLabelsSelector(spec.workloadSelector, 'sidecar', issues)) return;
  const { ingress = [], egress = [] } = spec;
  if (ingress.length + egress.length === 0 && spec.outboundTrafficPolicy === undefined && spec.inboundConnectionPool === undefined) {
    return issues.error('spec', 'sidecar: empty configuration provided', { expected: 'egress, ingress, outboundTrafficPolicy or inboundConnectionPool' });
  }
  const ports = new Set<number>();
  for (const [index, listener] of ingress.entries()) checkSidecarIngress(listener, ports, joinPath('spec.ingress', index), issues);
  checkConnectionPool(spec.inboundConnectionPool, 'spec.inboundConnectionPool', issues);
  checkEgress(egress, namespace, issues);
  checkOutboundPolicy(spec, issues);
}

function checkEgress(egress: readonly SidecarEgress[], namespace: string, issues: IssueSink): void {
  const ports = new Set<number>();
  const sockets = new Set<string>();
  for (const [index, listener] of egress.entries()) {
    const path = joinPath('spec.egress', index);
    if (listener.port === undefined) {
      if (index !== egress.length - 1) issues.error(path, 'sidecar: the egress listener with empty port should be the last listener in the list', { expected: 'a port, or the last place' });
    } else {
      checkEgressPort(listener, listener.port, path, issues);
      const { number = 0 } = listener.port;
      const { bind = '' } = listener;
      if (number === 0 && sockets.has(bind)) issues.error(`${path}.bind`, 'sidecar: unix domain socket values for listeners must be unique', { expected: 'a socket of its own' });
      if (number !== 0 && ports.has(number)) issues.error(`${path}.port.number`, 'sidecar: ports on IP bound listeners must be unique', { expected: 'a port of its own' });
      if (number === 0) sockets.add(bind);
      else ports.add(number);
    }
    checkHosts(listener.hosts ?? [], namespace, `${path}.hosts`, issues);
  }
}

function checkEgressPort({ bind = '', captureMode = 'DEFAULT' }: SidecarEgress, port: SidecarPort, path: string, issues: IssueSink): void {
  checkListenerPort(port, `${path}.port`, issues);
  const { number = 0 } = port;
  if (number !== 0) {
    checkPort(number, `${path}.port.number`, issues);
    if (bind !== '' && !isIpAddress(bind)) issues.error(`${path}.bind`, `${bind} is not a valid IP`, { expected: 'an IP address' });
    return;
  }
  const problem = bind.startsWith(UNIX_PREFIX) ? unixAddressProblem(bind) : 'sidecar: ports with 0 value must have a unix domain socket bind address';
  if (problem !== undefined) issues.error(`${path}.bind`, problem, { expected: 'unix:///path' });
  if (captureMode === 'IPTABLES') issues.error(`${path}.captureMode`, 'sidecar: captureMode must be DEFAULT/NONE for unix domain socket listeners', { expected: 'DEFAULT or NONE' });
}

function checkHosts(hosts: readonly string[], namespace: string, path: string, issues: IssueSink): void {
  if (hosts.length === 0) return issues.error(path, 'sidecar: egress listener must contain at least one host', { expected: 'namespace/host, such as ./*' });
  const seen = new Map<string, Set<string>>();
  for (const [index, host] of hosts.entries()) {
    const place = joinPath(path, index);
    const slash = host.indexOf('/');
    if (slash !== -1 && !host.startsWith('~')) {
      const owner = host.slice(0, slash) === '.' ? namespace : host.slice(0, slash);
      const service = host.slice(slash + 1);
      const known = seen.get(owner) ?? new Set<string>();
      const repeated = service === '*' ? known.size > 0 : known.has(service) || known.has('*');
      if (repeated) issues.warn(place, `duplicated egress host: ${host}`, { expected: 'every host once', code: 'IST0133' });
      seen.set(owner, known.add(service));
    }
    const problem = sidecarHostProblem(host);
    if (problem !== undefined) issues.error(place, problem, { expected: 'namespace/host, such as ./*' });
  }
  if (seen.get('*')?.has('*') === true && seen.size !== 1) issues.warn(path, '`*/*` host select all resources, no other hosts can be added', { expected: 'only */*', code: 'IST0133' });
}

function checkOutboundPolicy({ outboundTrafficPolicy: policy }: SidecarSpec, issues: IssueSink): void {
  const proxy = policy?.egressProxy;
  if (policy === undefined || proxy === undefined) return;
  const path = 'spec.outboundTrafficPolicy.egressProxy';
  if (policy.mode !== 'ALLOW_ANY') return issues.error(path, 'sidecar: egress_proxy must be set only with ALLOW_ANY outbound_traffic_policy mode', { expected: 'mode ALLOW_ANY' });
  const { host = '' } = proxy;
  const problem = fqdnProblem(host);
  if (problem !== undefined) issues.error(`${path}.host`, problem, { expected: 'a host name' });
  if (proxy.port === undefined) issues.error(`${path}.port`, 'sidecar: egress_proxy port must be non-nil', { expected: 'port.number' });
  else checkDestination({ ...proxy, host }, path, issues);
}
