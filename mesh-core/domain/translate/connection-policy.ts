import { TYPE_URLS } from '../envoy/resources.ts';
import type { Cluster, OutlierDetection } from '../envoy/resources.ts';
import type { ConnectionPool, LoadBalancer, OutlierDetection as OutlierSettings } from '../resources/networking.ts';
import { protoDuration } from './proto-duration.ts';

/** "No limit" of a 32-bit counter: Istio's default for all circuit breakers. */
const UNLIMITED = 4_294_967_295;
const CONNECT_TIMEOUT = '10s';
const HTTP_PROTOCOL_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** Timeouts and circuit breakers; 0 or absent = no limit. Source: istiod's applyConnectionPool. */
export function connectionPoolFields(pool: ConnectionPool | undefined): Partial<Cluster> {
  const { http, tcp } = pool ?? {};
  const idleTimeout = protoDuration(http?.idleTimeout ?? tcp?.idleTimeout);
  const maxConnectionDuration = protoDuration(tcp?.maxConnectionDuration);
  const maxRequests = http?.maxRequestsPerConnection;
  const common = {
    ...(idleTimeout === undefined ? undefined : { idleTimeout }),
    ...(maxConnectionDuration === undefined ? undefined : { maxConnectionDuration }),
    ...(maxRequests === undefined || maxRequests === 0 ? undefined : { maxRequestsPerConnection: maxRequests }),
  };
  const options = {
    '@type': TYPE_URLS.httpProtocolOptions,
    commonHttpProtocolOptions: common,
    // The protocol is required by Envoy as soon as the extension is there.
    explicitHttpConfig: http?.h2UpgradePolicy === 'UPGRADE' ? { http2ProtocolOptions: {} } : { httpProtocolOptions: {} },
  };
  return {
    connectTimeout: protoDuration(tcp?.connectTimeout) ?? CONNECT_TIMEOUT,
    circuitBreakers: {
      thresholds: [
        {
          maxConnections: tcp?.maxConnections || UNLIMITED,
          maxPendingRequests: http?.http1MaxPendingRequests || UNLIMITED,
          maxRequests: http?.http2MaxRequests || UNLIMITED,
          maxRetries: http?.maxRetries || UNLIMITED,
        },
      ],
    },
    ...(Object.keys(common).length === 0 && http?.h2UpgradePolicy !== 'UPGRADE' ? undefined : { typedExtensionProtocolOptions: { [HTTP_PROTOCOL_OPTIONS]: options } }),
  };
}

/** Ejection of bad hosts; success-rate ejection off, panic mode off unless asked for. Source: istiod's applyOutlierDetection. */
export function outlierFields(settings: OutlierSettings | undefined): Partial<Cluster> {
  if (settings === undefined) return {};
  const interval = protoDuration(settings.interval);
  const baseEjectionTime = protoDuration(settings.baseEjectionTime);
  const outlierDetection: OutlierDetection = {
    enforcingSuccessRate: 0,
    ...consecutive(settings.consecutive5xxErrors, 'consecutive5xx', 'enforcingConsecutive5xx'),
    ...consecutive(settings.consecutiveGatewayErrors, 'consecutiveGatewayFailure', 'enforcingConsecutiveGatewayFailure'),
    ...(interval === undefined ? undefined : { interval }),
    ...(baseEjectionTime === undefined ? undefined : { baseEjectionTime }),
    ...(settings.maxEjectionPercent === undefined || settings.maxEjectionPercent === 0 ? undefined : { maxEjectionPercent: settings.maxEjectionPercent }),
  };
  return { outlierDetection, commonLbConfig: { healthyPanicThreshold: { value: settings.minHealthPercent ?? 0 } } };
}

/** The balancing algorithm: LEAST_REQUEST unless chosen; consistent hashing is a ring unless it asks for Maglev. */
export function lbPolicyOf(balancer: LoadBalancer | undefined): NonNullable<Cluster['lbPolicy']> {
  const hash = balancer?.consistentHash;
  if (hash !== undefined) return hash.maglev === undefined ? 'RING_HASH' : 'MAGLEV';
  switch (balancer?.simple) {
    case 'RANDOM':
      return 'RANDOM';
    case 'ROUND_ROBIN':
      return 'ROUND_ROBIN';
    case 'PASSTHROUGH':
      return 'CLUSTER_PROVIDED';
    default:
      return 'LEAST_REQUEST';
  }
}

/** A limit that is set to 0 switches the check off. */
function consecutive(limit: number | null | undefined, field: 'consecutive5xx' | 'consecutiveGatewayFailure', enforcing: 'enforcingConsecutive5xx' | 'enforcingConsecutiveGatewayFailure'): Partial<OutlierDetection> {
  return limit === undefined || limit === null ? {} : { [field]: limit, [enforcing]: limit > 0 ? 100 : 0 };
}
