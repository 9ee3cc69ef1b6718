import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import type { GatewayServer, GatewaySpec } from './networking.ts';
import { gatewayHostProblem, isDnsLabel } from './rules/dns-name.ts';
import { isIpAddress } from './rules/ip-address.ts';
import { checkPort } from './rules/port-rules.ts';
import { parseProtocol, PROTOCOL_NAMES } from './rules/protocol-name.ts';
import { UNIX_PREFIX, unixAddressProblem } from './rules/unix-address.ts';
import { checkServerTls } from './validate-server-tls.ts';

/** As a message without its required fields: the rules below are those that say which are missing. */
type Server = Partial<Omit<GatewayServer, 'port'>> & { readonly port?: Partial<GatewayServer['port']> };

/**
 * istiod's rules for a Gateway; `converted`: it was made from one of Gateway API, which has other names. Source:
 * istio/istio pkg/config/validation/validation.go (ValidateGateway, validateServer).
 */
export function validateGateway(spec: GatewaySpec, name: string, converted: boolean, issues: IssueSink): void {
  if (!converted && !isDnsLabel(name)) issues.error('metadata.name', `invalid gateway name: ${JSON.stringify(name)}`, { expected: 'one DNS label, without dots' });
  const servers: readonly Server[] = spec.servers ?? [];
  if (servers.length === 0) issues.error('spec.servers', 'gateway must have at least one server', { expected: 'port and hosts' });
  const portNames = new Set<string>();
  for (const [index, server] of servers.entries()) {
    const path = joinPath('spec.servers', index);
    checkServer(server, converted, path, issues);
    if (server.port === undefined) continue;
    const { name: portName = '' } = server.port;
    if (portNames.has(portName)) issues.error(`${path}.port.name`, `port names in servers must be unique: duplicate name ${portName}`, { expected: 'a name of its own for every port' });
    portNames.add(portName);
  }
}

function checkServer(server: Server, converted: boolean, path: string, issues: IssueSink): void {
  const hosts = server.hosts ?? [];
  if (hosts.length === 0) issues.error(`${path}.hosts`, 'server config must contain at least one host', { expected: "a host such as '*' or shop.example.com" });
  for (const [index, host] of hosts.entries()) {
    const problem = gatewayHostProblem(host, converted);
    if (problem !== undefined) issues.error(joinPath(`${path}.hosts`, index), problem, { expected: '[namespace/]host, the host full or *.' });
  }
  const protocol = checkServerPort(server, path, issues);
  checkServerTls(server.tls, `${path}.tls`, issues);
  if (protocol === undefined) return;
  if (protocol.tls && server.tls === undefined) issues.error(`${path}.tls`, 'server must have TLS settings for HTTPS/TLS protocols', { expected: 'tls with a mode' });
  if (!protocol.tls && server.tls !== undefined) {
    const { mode = 'PASSTHROUGH', caCertificates = '', privateKey = '', serverCertificate = '' } = server.tls;
    const onlyRedirect = (mode === 'PASSTHROUGH' || mode === 'AUTO_PASSTHROUGH') && `${caCertificates}${privateKey}${serverCertificate}` === '';
    if (!protocol.http || !onlyRedirect) issues.error(`${path}.tls`, `server cannot have TLS settings for ${protocol.http ? 'plain text HTTP' : 'non HTTPS/TLS'} ports`, { expected: 'protocol HTTPS or TLS, or no tls' });
  }
  if (!protocol.http && server.tls?.httpsRedirect === true) issues.warn(`${path}.tls.httpsRedirect`, 'tls.httpsRedirect should only be used with http servers', { expected: 'a server with protocol HTTP', code: 'IST0133' });
}

/** Checks port and bind address; gives the protocol if it is known. */
function checkServerPort(server: Server, path: string, issues: IssueSink): ReturnType<typeof parseProtocol> {
  const { port, bind = '' } = server;
  const socket = bind.startsWith(UNIX_PREFIX);
  const problem = socket ? unixAddressProblem(bind) : bind !== '' && !isIpAddress(bind) ? `${bind} is not a valid IP` : undefined;
  if (problem !== undefined) issues.error(`${path}.bind`, problem, { expected: 'an IP address or unix:///path' });
  if (port === undefined) {
    issues.error(`${path}.port`, 'port is required', { expected: 'number, name and protocol' });
    return undefined;
  }
  const { number = 0, name = '', protocol: protocolName = '', targetPort = 0 } = port;
  const protocol = parseProtocol(protocolName);
  if (protocol === undefined) issues.error(`${path}.port.protocol`, `invalid protocol ${JSON.stringify(protocolName)}, supported protocols are ${PROTOCOL_NAMES}`, { expected: `one of ${PROTOCOL_NAMES}` });
  if (socket && number !== 0) issues.error(`${path}.port.number`, 'port number must be 0 for unix domain socket', { expected: '0' });
  else if (!socket) checkPort(number, `${path}.port.number`, issues);
  if (targetPort > 0) issues.error(`${path}.port.targetPort`, 'targetPort has no impact on Gateways', { expected: 'leave it out' });
  if (name === '') issues.error(`${path}.port.name`, 'port name must be set', { expected: 'a name such as http' });
  return protocol;
}
