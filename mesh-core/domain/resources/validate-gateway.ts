import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import type { GatewayServer, GatewaySpec } from './networking.ts';
import { gatewayHostProblem, isDnsLabel } from './rules/dns-name.ts';
import { isIpAddress } from './rules/ip-address.ts';
import { checkPort } from './rules/port-rules.ts';
import { parseProtocol, PROTOCOL_NAMES } from './rules/protocol-name.ts';
import { UNIX_PREFIX, unixAddressProblem } from './rules/unix-address.ts';
import { checkServerTls } from './validate-server-tls.ts';

/** istiod's rules for a Gateway. `spec` has passed its schema. Source: istio/istio pkg/config/validation. */
export function validateGateway(spec: GatewaySpec, name: string, issues: IssueSink): void {
  if (!isDnsLabel(name)) issues.error('metadata.name', `${JSON.stringify(name)} is not a name for a Gateway`, { expected: 'one DNS label, without dots' });
  const servers = spec.servers ?? [];
  if (servers.length === 0) issues.error('spec.servers', 'a Gateway needs at least one server', { expected: 'port and hosts' });
  const portNames = new Set<string>();
  for (const [index, server] of servers.entries()) {
    const path = joinPath('spec.servers', index);
    if (portNames.has(server.port.name)) issues.error(`${path}.port.name`, `port name ${JSON.stringify(server.port.name)} is used twice`, { expected: 'a name of its own for every port' });
    portNames.add(server.port.name);
    checkServer(server, path, issues);
  }
}

function checkServer(server: GatewayServer, path: string, issues: IssueSink): void {
  if (server.hosts.length === 0) issues.error(`${path}.hosts`, 'a server needs at least one host', { expected: "a host such as '*' or shop.example.com" });
  for (const [index, host] of server.hosts.entries()) {
    const problem = gatewayHostProblem(host);
    if (problem !== undefined) issues.error(joinPath(`${path}.hosts`, index), problem, { expected: '[namespace/]host, the host full or *.' });
  }
  const protocol = checkServerPort(server, path, issues);
  checkServerTls(server.tls, `${path}.tls`, issues);
  if (protocol === undefined) return;
  if (protocol.tls && server.tls === undefined) issues.error(`${path}.tls`, `a ${protocol.name} server needs tls settings`, { expected: 'tls with a mode' });
  if (!protocol.tls && server.tls !== undefined) {
    const { mode = 'PASSTHROUGH', caCertificates = '', privateKey = '', serverCertificate = '' } = server.tls;
    const onlyRedirect = (mode === 'PASSTHROUGH' || mode === 'AUTO_PASSTHROUGH') && `${caCertificates}${privateKey}${serverCertificate}` === '';
    if (!protocol.http || !onlyRedirect) issues.error(`${path}.tls`, `a ${protocol.name} server takes no tls settings but httpsRedirect`, { expected: 'protocol HTTPS or TLS, or no tls' });
  }
  if (!protocol.http && server.tls?.httpsRedirect === true) issues.warn(`${path}.tls.httpsRedirect`, 'httpsRedirect only has an effect on HTTP servers', { expected: 'a server with protocol HTTP', code: 'IST0133' });
}

/** Checks port and bind address; gives the protocol if the port is in order. */
function checkServerPort(server: GatewayServer, path: string, issues: IssueSink): ReturnType<typeof parseProtocol> {
  const { port, bind = '' } = server;
  const protocol = parseProtocol(port.protocol);
  if (protocol === undefined) issues.error(`${path}.port.protocol`, `unknown protocol ${JSON.stringify(port.protocol)}`, { expected: `one of ${PROTOCOL_NAMES}` });
  if (port.name === '') issues.error(`${path}.port.name`, 'the port needs a name', { expected: 'a name such as http' });
  if ((port.targetPort ?? 0) > 0) issues.error(`${path}.port.targetPort`, 'targetPort has no effect on gateways', { expected: 'leave it out' });
  if (bind.startsWith(UNIX_PREFIX)) {
    const problem = unixAddressProblem(bind);
    if (problem !== undefined) issues.error(`${path}.bind`, problem, { expected: 'unix:///path' });
    if (port.number !== 0) issues.error(`${path}.port.number`, 'a unix socket has no port number', { expected: '0' });
  } else {
    checkPort(port.number, `${path}.port.number`, issues);
    if (bind !== '' && !isIpAddress(bind)) issues.error(`${path}.bind`, `${JSON.stringify(bind)} is not an IP address`, { expected: 'an IP address or unix:///path' });
  }
  return protocol;
}
