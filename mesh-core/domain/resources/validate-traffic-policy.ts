import { asMessage } from './as-message.ts';
import { errorsOf, joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import { parseDuration } from './go-duration.ts';
import { fqdnProblem } from './rules/dns-name.ts';
import { checkDuration } from './rules/duration-rules.ts';
import { isIpAddress } from './rules/ip-address.ts';
import { checkPort } from './rules/port-rules.ts';
import type { ClientTls, ConnectionPool, OutlierDetection, PortTrafficPolicy, TrafficPolicy } from './traffic-policy.ts';
import { checkLoadBalancer } from './validate-load-balancer.ts';

const FIELDS = ['outlierDetection', 'connectionPool', 'loadBalancer', 'tls', 'portLevelSettings', 'tunnel', 'proxyProtocol', 'retryBudget'] as const;
const PORT_FIELDS = ['outlierDetection', 'connectionPool', 'loadBalancer', 'tls'] as const;

/** istiod's rules for the traffic policy of a DestinationRule or of one of its subsets. */
export function checkTrafficPolicy(policy: TrafficPolicy | undefined, namespace: string, path: string, issues: IssueSink): void {
  if (policy === undefined) return;
  if (FIELDS.every((field) => policy[field] === undefined || (field === 'portLevelSettings' && policy[field].length === 0))) return issues.error(path, 'the traffic policy is empty', { expected: `one of ${FIELDS.join(', ')}, or no trafficPolicy` });
  if (policy.tunnel !== undefined && policy.proxyProtocol !== undefined) issues.error(path, 'tunnel and proxyProtocol exclude each other', { expected: 'one of them' });
  checkBlocks(policy, namespace, path, issues);
  for (const [index, port] of (policy.portLevelSettings ?? []).entries()) checkPortPolicy(port, namespace, joinPath(`${path}.portLevelSettings`, index), errorsOf(issues));
  checkTunnel(policy, `${path}.tunnel`, issues);
}

type Blocks = Pick<TrafficPolicy, (typeof PORT_FIELDS)[number]>;

function checkBlocks(policy: Blocks, namespace: string, path: string, issues: IssueSink): void {
  checkOutlierDetection(policy.outlierDetection, `${path}.outlierDetection`, issues);
  checkConnectionPool(policy.connectionPool, `${path}.connectionPool`, issues);
  checkLoadBalancer(policy.loadBalancer, policy.outlierDetection !== undefined, `${path}.loadBalancer`, issues);
  checkClientTls(policy.tls, namespace, `${path}.tls`, issues);
}

function checkPortPolicy(policy: Omit<PortTrafficPolicy, 'port'> & { readonly port?: { readonly number?: number } }, namespace: string, path: string, issues: IssueSink): void {
  if (policy.port === undefined) issues.error(`${path}.port`, 'port is required', { expected: 'port.number' });
  if (PORT_FIELDS.every((field) => policy[field] === undefined)) issues.error(path, 'the settings of the port are empty', { expected: `one of ${PORT_FIELDS.join(', ')}` });
  else checkBlocks(policy, namespace, path, issues);
}

function checkOutlierDetection(outlier: OutlierDetection | undefined, path: string, issues: IssueSink): void {
  if (outlier === undefined) return;
  if ((outlier.consecutiveErrors ?? 0) !== 0) {
    issues.warn(`${path}.consecutiveErrors`, 'consecutiveErrors is deprecated', { expected: 'consecutiveGatewayErrors or consecutive5xxErrors', code: 'IST0133' });
  }
  if (outlier.splitExternalLocalOriginErrors !== true && (outlier.consecutiveLocalOriginFailures ?? 0) > 0) {
    issues.error(`${path}.consecutiveLocalOriginFailures`, 'failed connections are only counted apart with splitExternalLocalOriginErrors', { expected: 'splitExternalLocalOriginErrors: true' });
  }
  checkDuration(outlier.interval, `${path}.interval`, issues);
  checkDuration(outlier.baseEjectionTime, `${path}.baseEjectionTime`, issues);
  for (const field of ['maxEjectionPercent', 'minHealthPercent'] as const) {
    const value = outlier[field];
    if (value !== undefined && (value < 0 || value > 100)) issues.error(joinPath(path, field), `${value} is not a percentage`, { expected: '0 to 100' });
  }
}

/** istiod's rules for a connection pool, of a DestinationRule or a Sidecar. */
export function checkConnectionPool(pool: ConnectionPool | undefined, path: string, issues: IssueSink): void {
  if (pool === undefined) return;
  const { http, tcp } = pool;
  if (http === undefined && tcp === undefined) return issues.error(path, 'the connection pool is empty', { expected: 'tcp or http' });
  for (const field of ['http1MaxPendingRequests', 'http2MaxRequests', 'maxRequestsPerConnection', 'maxRetries', 'maxConcurrentStreams'] as const) {
    if ((http?.[field] ?? 0) < 0) issues.error(`${path}.http.${field}`, 'must not be negative', { expected: '0 (no limit) or more' });
  }
  if ((tcp?.maxConnections ?? 0) < 0) issues.error(`${path}.tcp.maxConnections`, 'must not be negative', { expected: '0 (no limit) or more' });
  if (http?.h2UpgradePolicy === 'UPGRADE' && http.useClientProtocol === true) {
    issues.error(`${path}.http.useClientProtocol`, 'contradicts h2UpgradePolicy UPGRADE', { expected: 'one of them' });
  }
  for (const field of ['interval', 'timeout'] as const) {
    if (http?.http2KeepAlive === undefined) continue;
    if (http.http2KeepAlive[field] === undefined) issues.error(`${path}.http.http2KeepAlive.${field}`, `http2 keepalive ${field} is required`, { expected: 'a duration' });
    else checkDuration(http.http2KeepAlive[field], `${path}.http.http2KeepAlive.${field}`, issues);
  }
  checkDuration(http?.idleTimeout, `${path}.http.idleTimeout`, issues);
  for (const field of ['connectTimeout', 'maxConnectionDuration'] as const) checkDuration(tcp?.[field], `${path}.tcp.${field}`, issues);
  // 0s turns this one off.
  if (Math.trunc(parseDuration(tcp?.idleTimeout ?? '0s') ?? 1) !== 0) checkDuration(tcp?.idleTimeout, `${path}.tcp.idleTimeout`, issues);
  for (const field of ['time', 'interval'] as const) checkDuration(tcp?.tcpKeepalive?.[field], `${path}.tcp.tcpKeepalive.${field}`, issues);
}

function checkTunnel(policy: TrafficPolicy, path: string, issues: IssueSink): void {
  const { tunnel } = policy;
  if (tunnel === undefined) return;
  if (!['', 'CONNECT', 'POST'].includes(tunnel.protocol ?? '')) issues.error(`${path}.protocol`, `unknown protocol ${JSON.stringify(tunnel.protocol)}`, { expected: 'CONNECT or POST' });
  const { targetHost = '', targetPort = 0 } = asMessage(tunnel);
  if (!isIpAddress(targetHost) && fqdnProblem(targetHost) !== undefined) issues.error(`${path}.targetHost`, `tunnel target host must be valid FQDN or IP address: ${JSON.stringify(targetHost)}`, { expected: 'a host name or an IP address' });
  checkPort(targetPort, `${path}.targetPort`, issues);
}

const CONFIG_MAP = 'configmap://';

function checkClientTls(tls: ClientTls | undefined, namespace: string, path: string, issues: IssueSink): void {
  if (tls === undefined) return;
  const { mode = 'DISABLE', credentialName = '', caCertificates = '', clientCertificate = '', privateKey = '', caCrl = '' } = tls;
  const configMap = credentialName.startsWith(CONFIG_MAP) ? credentialName.slice(CONFIG_MAP.length).split('/') : undefined;
  if (configMap !== undefined && (configMap.length < 2 || configMap[0] !== namespace || namespace === '' || configMap[1] === '')) {
    issues.error(`${path}.credentialName`, 'a ConfigMap must be named with the namespace of this rule', { expected: `${CONFIG_MAP}${namespace}/name` });
  }
  const client = mode === 'SIMPLE' || mode === 'MUTUAL';
  if (client && tls.insecureSkipVerify === true && (caCertificates !== '' || (tls.subjectAltNames ?? []).length > 0 || (mode === 'SIMPLE' && credentialName !== ''))) {
    issues.error(`${path}.insecureSkipVerify`, 'the server certificate cannot be checked and left unchecked at once', { expected: 'no caCertificates, subjectAltNames or credentialName' });
  }
  if (client && credentialName !== '') {
    if (`${clientCertificate}${caCertificates}${privateKey}${caCrl}` !== '') issues.error(path, 'with credentialName all certificates come from the secret', { expected: 'no clientCertificate, privateKey, caCertificates or caCrl' });
    return;
  }
  if (mode !== 'MUTUAL') return;
  if (clientCertificate === '') issues.error(`${path}.clientCertificate`, 'MUTUAL needs a client certificate', { expected: 'a file, or credentialName' });
  if (privateKey === '') issues.error(`${path}.privateKey`, 'MUTUAL needs a private key', { expected: 'a file, or credentialName' });
}
