import { serverTls } from './gateway.ts';
import { destination, labelsSelector } from './route-fields.ts';
import { as, list, object, oneOf, string, strings, uint } from './schema.ts';
import { connectionPool } from './traffic-policy.ts';

const port = object('Port of the listener.', {
  number: uint('Port number.'),
  protocol: string('HTTP, HTTPS, HTTP2, GRPC, GRPC-WEB, TLS, TCP, MONGO, REDIS, MYSQL or HTTP_PROXY.'),
  name: string('Name of the port.'),
  targetPort: uint('Has no effect here.'),
});
const captureMode = oneOf('How traffic comes to the listener.', { DEFAULT: 'As the proxy is set.', IPTABLES: 'By redirection.', NONE: 'Programs call it themselves.' });

const ingress = object(
  'One listener for traffic to the workload.',
  {
    port,
    bind: string('IP address to listen on.'),
    captureMode,
    defaultEndpoint: string('Where the workload listens: 127.0.0.1:port, 0.0.0.0:port or unix:///path.'),
    tls: as('TLS that the proxy takes off.', serverTls),
    connectionPool: as('Limits on connections to the workload.', connectionPool),
  },
  { required: ['port'] },
);
const egress = object(
  'One listener for traffic from the workload; without a port it takes the rest, and is last.',
  {
    port,
    bind: string('IP address or unix:// socket to listen on.'),
    captureMode,
    hosts: strings('Services that are imported, as namespace/host: `*/*`, `./*`, `shop/*`, `~/*` for none.', 'namespace/host'),
  },
  { required: ['hosts'] },
);

export const sidecarSpec = object('What proxies of a namespace import, and which listeners they open.', {
  workloadSelector: labelsSelector('Workloads this applies to; absent: all of the namespace.'),
  ingress: list('Listeners for traffic to the workload; they replace those made from its services.', ingress),
  egress: list('Listeners for traffic from the workload.', egress),
  inboundConnectionPool: as('Limits on connections to the workload, for all ports.', connectionPool),
  outboundTrafficPolicy: object('What happens to calls of hosts that are not known.', {
    mode: oneOf('REGISTRY_ONLY if this block is there without a mode.', { REGISTRY_ONLY: 'They are refused.', ALLOW_ANY: 'They pass.' }),
    egressProxy: as('Service that such calls are sent through.', destination),
  }),
});
