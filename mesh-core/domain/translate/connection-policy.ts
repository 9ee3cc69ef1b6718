import { TYPE_URLS } from '../envoy/resources.ts';
import type { Cluster, OutlierDetection } from '../envoy/resources.ts';
import type { CircuitBreakerThresholds } from '../envoy/cluster-options.ts';
import type { ConnectionPool, OutlierDetection as OutlierSettings, TrafficPolicy } from '../resources/networking.ts';
import { parseDuration } from '../resources/go-duration.ts';
import { isHttp2 } from './port-protocol.ts';
import type { PortProtocol } from './port-protocol.ts';
import { protoDuration } from './proto-duration.ts';

/** "No limit" of a 32-bit counter: Istio's default for all circuit breakers. */
const UNLIMITED = 4_294_967_295;
const CONNECT_TIMEOUT = '10s';
const HTTP_PROTOCOL_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** What besides the connection pool decides how a cluster's connections speak. */
export interface ConnectionTraits {
  readonly protocol: PortProtocol;
  /** The mesh's own default. */
  readonly connectTimeout?: string;
  readonly retryBudget?: TrafficPolicy['retryBudget'];
  /** A gateway has read HTTP already: it does not speak to an unknown port as its caller spoke. */
  readonly isGateway?: boolean;
  /** Only callers may be told to use HTTP/2. */
  readonly mayUpgrade?: boolean;
  /** TLS to the outside: the name asked for, and the name that the certificate must have, are those of the request. */
  readonly autoSni?: boolean;
  readonly autoSanValidation?: boolean;
  /** Answers that count as failures for outlier detection, in place of 5xx. */
  readonly errorCodes?: readonly number[];
}

/** Does a cluster speak HTTP/2 to its endpoints? */
export function speaksHttp2(pool: ConnectionPool | undefined, { protocol, mayUpgrade, isGateway }: ConnectionTraits): boolean {
  const http = pool?.http;
  if (http?.useClientProtocol === true || (protocol === 'auto' && isGateway !== true)) return false;
  return isHttp2(protocol) || (mayUpgrade === true && http?.h2UpgradePolicy === 'UPGRADE');
}

/** Timeouts, circuit breakers and protocol; 0 or absent = no limit. Source: istiod's applyConnectionPool, setUpstreamProtocol. */
export function connectionPoolFields(pool: ConnectionPool | undefined, traits: ConnectionTraits): Partial<Cluster> {
  const { http, tcp } = pool ?? {};
  const options = httpProtocolOptions(pool, traits);
  return {
    connectTimeout: protoDuration(tcp?.connectTimeout ?? traits.connectTimeout) ?? CONNECT_TIMEOUT,
    circuitBreakers: {
      thresholds: [
        {
          maxConnections: tcp?.maxConnections || UNLIMITED,
          maxPendingRequests: http?.http1MaxPendingRequests || UNLIMITED,
          maxRequests: http?.http2MaxRequests || UNLIMITED,
          maxRetries: http?.maxRetries || UNLIMITED,
          ...retryBudgetOf(traits.retryBudget),
        },
      ],
    },
    ...keepaliveOf(tcp?.tcpKeepalive),
    ...(options === undefined ? undefined : { typedExtensionProtocolOptions: { [HTTP_PROTOCOL_OPTIONS]: { '@type': TYPE_URLS.httpProtocolOptions, ...options } } }),
  };
}

/** Idle connections to where nobody said how long they may be idle. */
const PASSTHROUGH_IDLE = '300s';

/** For the clusters that pass connections on to wherever they were going. Source: istiod's buildDefaultPassthroughCluster. */
export function passthroughFields(): Partial<Cluster> {
  return connectionPoolFields({ http: { idleTimeout: PASSTHROUGH_IDLE } }, { protocol: 'auto' });
}

/** Undefined when all is as by default. */
function httpProtocolOptions(pool: ConnectionPool | undefined, traits: ConnectionTraits): Readonly<Record<string, unknown>> | undefined {
  const { http, tcp } = pool ?? {};
  const idleTimeout = protoDuration(http?.idleTimeout ?? tcp?.idleTimeout);
  const maxConnectionDuration = protoDuration(tcp?.maxConnectionDuration);
  const common = {
    ...(idleTimeout === undefined ? undefined : { idleTimeout }),
    ...(maxConnectionDuration === undefined ? undefined : { maxConnectionDuration }),
    ...(http?.maxRequestsPerConnection ? { maxRequestsPerConnection: http.maxRequestsPerConnection } : undefined),
  };
  const isHttp2Cluster = speaksHttp2(pool, traits);
  const followsClient = http?.useClientProtocol === true || (traits.protocol === 'auto' && traits.isGateway !== true && !isHttp2Cluster);
  const errorCodes = traits.errorCodes ?? [];
  const upstream = { ...(traits.autoSni === true ? { autoSni: true } : undefined), ...(traits.autoSanValidation === true ? { autoSanValidation: true } : undefined) };
  if (Object.keys(common).length === 0 && Object.keys(upstream).length === 0 && !isHttp2Cluster && !followsClient && errorCodes.length === 0) return undefined;
  return {
    commonHttpProtocolOptions: common,
    ...(Object.keys(upstream).length === 0 ? undefined : { upstreamHttpProtocolOptions: upstream }),
    // Envoy asks for the protocol as soon as the extension is there.
    ...(followsClient ? { useDownstreamProtocolConfig: { httpProtocolOptions: {}, http2ProtocolOptions: {} } } : { explicitHttpConfig: isHttp2Cluster ? { http2ProtocolOptions: http2Options(http) } : { httpProtocolOptions: {} } }),
    ...(errorCodes.length === 0 ? undefined : { outlierDetection: { errorMatcher: errorMatcher(errorCodes) } }),
  };
}

function http2Options(http: ConnectionPool['http']): Readonly<Record<string, unknown>> {
  const interval = protoDuration(http?.http2KeepAlive?.interval);
  const timeout = protoDuration(http?.http2KeepAlive?.timeout);
  return {
    ...(http?.maxConcurrentStreams ? { maxConcurrentStreams: http.maxConcurrentStreams } : undefined),
    ...(http?.http2KeepAlive === undefined ? undefined : { connectionKeepalive: { ...(interval === undefined ? undefined : { interval }), ...(timeout === undefined ? undefined : { timeout }) } }),
  };
}

function errorMatcher(codes: readonly number[]): unknown {
  const rules = codes.map((code) => ({ httpResponseHeadersMatch: { headers: [{ name: ':status', stringMatch: { exact: String(code) } }] } }));
  return rules.length === 1 ? rules[0] : { orMatch: { rules } };
}

function retryBudgetOf(budget: TrafficPolicy['retryBudget']): Pick<CircuitBreakerThresholds, 'retryBudget'> | undefined {
  if (budget === undefined) return undefined;
  const budgetInterval = protoDuration(budget.budgetInterval);
  return { retryBudget: { budgetPercent: { value: budget.percent ?? 20 }, minRetryConcurrency: budget.minRetryConcurrency || 3, ...(budgetInterval === undefined ? undefined : { budgetInterval }) } };
}

function keepaliveOf(keepalive: NonNullable<ConnectionPool['tcp']>['tcpKeepalive']): Pick<Cluster, 'upstreamConnectionOptions'> | undefined {
  if (keepalive === undefined) return undefined;
  const seconds = (text: string | undefined): number | undefined => (text === undefined ? undefined : Math.trunc((parseDuration(text) ?? 0) / 1000));
  const time = seconds(keepalive.time);
  const interval = seconds(keepalive.interval);
  return {
    upstreamConnectionOptions: {
      tcpKeepalive: { ...(keepalive.probes ? { keepaliveProbes: keepalive.probes } : undefined), ...(time === undefined ? undefined : { keepaliveTime: time }), ...(interval === undefined ? undefined : { keepaliveInterval: interval }) },
    },
  };
}

/** Ejection of bad hosts; success-rate ejection off. Panic mode is off unless asked for. Source: istiod's applyOutlierDetection. */
export function outlierFields(settings: OutlierSettings | undefined): { readonly outlierDetection: OutlierDetection; readonly panicPercent: number } | undefined {
  if (settings === undefined) return undefined;
  const interval = protoDuration(settings.interval);
  const baseEjectionTime = protoDuration(settings.baseEjectionTime);
  const localFailures = settings.consecutiveLocalOriginFailures ?? 0;
  const outlierDetection: OutlierDetection = {
    enforcingSuccessRate: 0,
    ...consecutive(settings.consecutive5xxErrors, 'consecutive5xx', 'enforcingConsecutive5xx'),
    ...consecutive(settings.consecutiveGatewayErrors, 'consecutiveGatewayFailure', 'enforcingConsecutiveGatewayFailure'),
    ...(interval === undefined ? undefined : { interval }),
    ...(baseEjectionTime === undefined ? undefined : { baseEjectionTime }),
    ...(settings.maxEjectionPercent ? { maxEjectionPercent: settings.maxEjectionPercent } : undefined),
    ...(settings.splitExternalLocalOriginErrors === true
      ? { splitExternalLocalOriginErrors: true, ...(localFailures > 0 ? { consecutiveLocalOriginFailure: localFailures, enforcingConsecutiveLocalOriginFailure: 100 } : undefined), enforcingLocalOriginSuccessRate: 0 }
      : undefined),
  };
  return { outlierDetection, panicPercent: settings.minHealthPercent ?? 0 };
}

/** A limit that is set to 0 switches the check off. */
function consecutive(limit: number | null | undefined, field: 'consecutive5xx' | 'consecutiveGatewayFailure', enforcing: 'enforcingConsecutive5xx' | 'enforcingConsecutiveGatewayFailure'): Partial<OutlierDetection> {
  return limit === undefined || limit === null ? {} : { [field]: limit, [enforcing]: limit > 0 ? 100 : 0 };
}
