import { portSelector } from './route-fields.ts';
import { bool, duration, int, list, map, number, object, oneOf, orNull, string, strings, uint } from './schema.ts';

/** A protobuf uint64, which the CRD leaves without an upper bound. */
const UINT64 = { max: Number.MAX_SAFE_INTEGER };

export const connectionPool = object('Limits on connections and requests to the service.', {
  tcp: object('Limits for every connection.', {
    maxConnections: int('Most connections to one host; 0 or absent: no limit.'),
    connectTimeout: duration('Limit for opening a connection; 10s if absent.'),
    tcpKeepalive: object('TCP keepalive probes.', { probes: uint('Unanswered probes before the connection counts as dead.'), time: duration('Idle time before the first probe.'), interval: duration('Time between probes.') }),
    maxConnectionDuration: duration('Longest life of a connection.'),
    idleTimeout: duration('Idle time after which a TCP connection is closed; 0s: never.', 'any'),
  }),
  http: object('Limits for HTTP.', {
    http1MaxPendingRequests: int('Requests that may wait for a connection; 0 or absent: no limit.'),
    http2MaxRequests: int('Requests that may be active at once; 0 or absent: no limit.'),
    maxRequestsPerConnection: int('Requests after which a connection is closed; 1 turns keep-alive off.'),
    maxRetries: int('Retries that may run at once; 0 or absent: no limit.'),
    idleTimeout: duration('Idle time after which a connection is closed; 1h if absent.'),
    h2UpgradePolicy: oneOf('Use HTTP/2 towards the service?', { DEFAULT: 'As the mesh is set.', DO_NOT_UPGRADE: 'Stay with HTTP/1.1.', UPGRADE: 'Use HTTP/2.' }),
    useClientProtocol: bool('Use the protocol version the caller used.'),
    maxConcurrentStreams: int('Most streams on one HTTP/2 connection.'),
    http2KeepAlive: object('HTTP/2 pings.', { interval: duration('Time between pings.'), timeout: duration('How long to wait for the answer.') }),
  }),
});

const consistentHash = object(
  'Send equal keys to the same endpoint.',
  {
    httpHeaderName: string('Key: a request header.'),
    httpCookie: object(
      'Key: a cookie, made if it is missing.',
      {
        name: string('Name of the cookie.'),
        path: string('Path of the cookie.'),
        ttl: duration('Life of a made cookie.', 'any'),
        attributes: list('More attributes of a made cookie.', object('One attribute.', { name: string('Attribute name.'), value: string('Attribute value.') }, { required: ['name'] })),
      },
      { required: ['name'] },
    ),
    useSourceIp: bool('Key: the address of the caller.'),
    httpQueryParameterName: string('Key: a query parameter.'),
    ringHash: object('Ketama ring.', { minimumRingSize: uint('Least number of points on the ring; 1024 if absent.', UINT64) }),
    maglev: object('Maglev table.', { tableSize: uint('Size of the table, a prime below 5000011.', UINT64) }),
    minimumRingSize: uint('Old form of ringHash.minimumRingSize.', UINT64),
  },
  {
    exclusive: [
      ['httpHeaderName', 'httpCookie', 'useSourceIp', 'httpQueryParameterName'],
      ['ringHash', 'maglev'],
    ],
  },
);
const failover = list('Where the traffic of a region goes when it has no healthy endpoint.', object('One pair of regions.', { from: string('Region that fails.'), to: string('Region that takes over.') }));
const failoverPriority = strings('Labels that order the endpoints, most important first.', 'A label name.');

const loadBalancer = object(
  'How requests are spread over the endpoints.',
  {
    simple: oneOf('A standard way.', {
      UNSPECIFIED: 'The default, LEAST_REQUEST.',
      LEAST_REQUEST: 'The less busy of two random endpoints.',
      ROUND_ROBIN: 'One after the other.',
      RANDOM: 'A random endpoint.',
      PASSTHROUGH: 'The address the caller asked for.',
      LEAST_CONN: 'Old name of LEAST_REQUEST.',
    }),
    consistentHash,
    backendUtilization: object('By the load that the endpoints report.', {
      errorUtilizationPenaltyPercent: uint('How much errors count as load, percent.'),
      metricNamesForComputingUtilization: strings('Reported metrics that count.', 'A metric name.'),
      weightUpdatePeriod: duration('Time between updates of the weights.', 'any'),
      weightExpirationPeriod: duration('After this long without a report the weight is dropped.', 'any'),
      weightStabilizationPeriod: duration('Least time of reports before they are used.', 'any'),
    }),
    localityLbSetting: object('Prefer endpoints that are near.', {
      enabled: orNull(bool('Overrides the setting of the mesh.')),
      distribute: list(
        'Fixed shares by locality.',
        object('Shares for callers of one locality.', { from: string('Locality of the callers, region/zone/subzone.'), to: map('Locality to percent; the sum is 100.', uint('Percent, 1 to 100.')) }),
      ),
      failover,
      failoverPriority,
    }),
    zoneAwareLbSetting: object('Prefer the zone of the caller while it can take the load.', {
      enabled: orNull(bool('Overrides the setting of the mesh.')),
      failover,
      failoverPriority,
      minClusterSize: orNull(uint('Least number of endpoints for this to apply.', { min: 1 })),
    }),
    warmup: object(
      'Raise the traffic of a new endpoint slowly.',
      {
        duration: duration('How long the rise takes.'),
        minimumPercent: orNull(number('Share it starts with, percent; 10 if absent.', { min: 0, max: 100 })),
        aggression: orNull(number('Shape of the rise: 1 is a straight line.', { min: 0 })),
      },
      { required: ['duration'] },
    ),
    warmupDurationSecs: duration('Old form of warmup.duration.'),
  },
  { exclusive: [['simple', 'consistentHash', 'backendUtilization']] },
);

const outlierDetection = object('Take endpoints that keep failing out of use for a while.', {
  consecutive5xxErrors: orNull(uint('5xx answers in a row that eject; 5 if absent, 0 turns it off.')),
  consecutiveGatewayErrors: orNull(uint('502, 503 or 504 answers in a row that eject; off if absent.')),
  consecutiveLocalOriginFailures: orNull(uint('Failed connections in a row that eject; needs splitExternalLocalOriginErrors.')),
  splitExternalLocalOriginErrors: bool('Count failed connections apart from error answers.'),
  consecutiveErrors: int('Old form of consecutiveGatewayErrors.'),
  interval: duration('Time between checks; 10s if absent.'),
  baseEjectionTime: duration('Shortest time out of use, times the number of ejections; 30s if absent.'),
  maxEjectionPercent: int('Most endpoints that may be out at once, percent; 10 if absent.'),
  minHealthPercent: int('Ejection is ignored while fewer than this percent are healthy; 0 if absent.'),
  outlierDetectionHttpErrorCodes: list('Status codes that count as errors.', uint('A status code.', { min: 100, max: 599 })),
});

const clientTls = object('TLS towards the service.', {
  mode: oneOf('Kind of TLS.', {
    DISABLE: 'Plaintext to every endpoint.',
    SIMPLE: 'TLS, the server shows a certificate.',
    MUTUAL: 'TLS with a client certificate given below.',
    ISTIO_MUTUAL: 'Mutual TLS with the identity that the mesh issues.',
  }),
  clientCertificate: string('File of the client certificate (MUTUAL).'),
  privateKey: string('File of the private key (MUTUAL).'),
  caCertificates: string('File of the authorities that may have signed the server certificate.'),
  credentialName: string('Secret that holds the certificates.'),
  subjectAltNames: strings('Names of which the server certificate must have one.', 'A subject alternative name.'),
  sni: string('Server name in the handshake.'),
  insecureSkipVerify: orNull(bool('Do not verify the server certificate.')),
  caCrl: string('File of revoked certificates.'),
});

const policyBlocks = { loadBalancer, connectionPool, outlierDetection, tls: clientTls };

export const trafficPolicy = object('How clients talk to the service once a route has chosen it.', {
  ...policyBlocks,
  portLevelSettings: list('Settings for single ports; what is left out there falls back to the defaults.', object('Settings of one port.', { port: portSelector, ...policyBlocks }), { maxItems: 4096 }),
  tunnel: object(
    'Send TCP through an HTTP proxy.',
    { protocol: string('CONNECT (the default) or POST.'), targetHost: string('Host to reach through the tunnel.'), targetPort: uint('Port to reach through the tunnel.') },
    { required: ['targetHost', 'targetPort'] },
  ),
  proxyProtocol: object('Tell the service the caller address by PROXY protocol.', { version: oneOf('Version of the protocol.', { V1: 'Text form.', V2: 'Binary form.' }) }),
  retryBudget: object('Limit retries to a share of the running requests.', {
    percent: orNull(number('Retries in percent of running requests; 20 if absent.', { min: 0, max: 100 })),
    minRetryConcurrency: uint('Retries that are always allowed at once; 3 if absent.'),
    budgetInterval: duration('Time over which the requests are counted.', 'any'),
  }),
});
