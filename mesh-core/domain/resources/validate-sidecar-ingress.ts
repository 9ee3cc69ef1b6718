import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import type { ServerTls } from './networking.ts';
import { isIpAddress } from './rules/ip-address.ts';
import { checkListenerPort } from './rules/listener-port.ts';
import { checkPort } from './rules/port-rules.ts';
import { parseProtocol } from './rules/protocol-name.ts';
import { UNIX_PREFIX, unixAddressProblem } from './rules/unix-address.ts';
import type { SidecarIngress } from './sidecar.ts';
import { checkServerTls } from './validate-server-tls.ts';
import { checkConnectionPool } from './validate-traffic-policy.ts';

/** istiod's rules for one ingress listener of a Sidecar. `ports` has those of the listeners before it, and gets its own. */
export function checkSidecarIngress(listener: SidecarIngress, ports: Set<number>, path: string, issues: IssueSink): void {
  const { port, bind = '', defaultEndpoint = '', tls, connectionPool } = listener;
  if (port === undefined) return issues.error(`${path}.port`, 'sidecar: port is required for ingress listeners', { expected: 'port' });
  const { number = 0, protocol = '' } = port;
  checkListenerPort(port, `${path}.port`, issues);
  checkPort(number, `${path}.port.number`, issues);
  if (bind !== '' && !isIpAddress(bind)) issues.error(`${path}.bind`, `${bind} is not a valid IP`, { expected: 'an IP address' });
  if (ports.has(number)) issues.error(`${path}.port.number`, 'sidecar: ports on IP bound listeners must be unique', { expected: 'a port of its own' });
  ports.add(number);
  const problem = endpointProblem(defaultEndpoint);
  if (problem !== undefined) issues.error(`${path}.defaultEndpoint`, problem, { expected: '127.0.0.1:port, 0.0.0.0:port or unix:///path' });
  const parsed = parseProtocol(protocol);
  if (tls !== undefined) checkIngressTls(tls, parsed?.tls === true, `${path}.tls`, issues);
  checkConnectionPool(connectionPool, `${path}.connectionPool`, issues);
  if (connectionPool?.http !== undefined && parsed?.http !== true) {
    issues.warn(`${path}.connectionPool.http`, `sidecar: HTTP connection pool settings are configured for port ${number} (${JSON.stringify(port.name ?? '')}) but its protocol is not HTTP (${protocol}); only TCP settings will apply`, { expected: 'protocol HTTP', code: 'IST0133' });
  }
}

const ENDPOINT_HOSTS = ['', '127.0.0.1', '0.0.0.0', '::1', '::'];

/** `127.0.0.1:port`, `[::1]:port`, `:port` or a unix socket; '' is unset. */
function endpointProblem(endpoint: string): string | undefined {
  if (endpoint === '') return undefined;
  if (endpoint.startsWith(UNIX_PREFIX)) return unixAddressProblem(endpoint);
  // As Go's net.SplitHostPort: brackets around what has colons, and a colon before the port.
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(endpoint);
  if (match === null) return `address ${endpoint} is not host:port`;
  const host = match[1] ?? match[2] ?? '';
  if (!ENDPOINT_HOSTS.includes(host)) return 'sidecar: defaultEndpoint must be of form 127.0.0.1:<port>,0.0.0.0:<port>,[::1]:port,[::]:port,unix://filepath or unset';
  const port = match[3] ?? '';
  if (!/^[+-]?\d+$/.test(port)) return `sidecar: defaultEndpoint port (${port}) is not a number`;
  const number = Number(port);
  return number >= 1 && number <= 65_535 ? undefined : `port number ${number} must be in the range 1..65535`;
}

/** Fields that have no meaning where the workload's own proxy takes TLS off. */
const UNSUPPORTED = {
  subjectAltNames: 'sidecar: subjectAltNames is not supported in ingress tls',
  credentialName: 'sidecar: credentialName is not currently supported',
  credentialNames: 'sidecar: credentialNames is not currently supported',
  tlsCertificates: 'sidecar: tls_certificates is not currently supported',
} as const;

function checkIngressTls(tls: ServerTls, tlsProtocol: boolean, path: string, issues: IssueSink): void {
  for (const [field, message] of Object.entries(UNSUPPORTED)) {
    const value = tls[field];
    if (typeof value === 'string' ? value !== '' : Array.isArray(value) && value.length > 0) issues.error(joinPath(path, field), message, { expected: 'leave it out' });
  }
  if (tls.httpsRedirect === true) issues.error(`${path}.httpsRedirect`, 'sidecar: httpsRedirect is not supported', { expected: 'leave it out' });
  if (tls.mode === 'ISTIO_MUTUAL' || tls.mode === 'AUTO_PASSTHROUGH') issues.error(`${path}.mode`, `configuration is invalid: cannot set mode to ${tls.mode} in sidecar ingress tls`, { expected: 'SIMPLE or MUTUAL' });
  if (!tlsProtocol) issues.error(path, 'server cannot have TLS settings for non HTTPS/TLS ports', { expected: 'protocol HTTPS or TLS' });
  checkServerTls(tls, path, issues);
}
