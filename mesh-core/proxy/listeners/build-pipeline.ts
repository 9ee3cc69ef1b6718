import { LOCAL_RATE_LIMIT_URL } from '#mesh-core/domain/envoy/rate-limit.ts';
import type { LocalRateLimit } from '#mesh-core/domain/envoy/rate-limit.ts';
import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { Any, HttpConnectionManager, RbacFilter, RouteConfiguration } from '#mesh-core/domain/envoy/resources.ts';
import { SECURITY_TYPE_URLS } from '#mesh-core/domain/envoy/security-filters.ts';
import type { ExtAuthzFilter, JwtAuthnFilter } from '#mesh-core/domain/envoy/security-filters.ts';
import { STATS_FILTER, TELEMETRY_TYPE_URLS } from '#mesh-core/domain/envoy/telemetry.ts';
import type { StatsConfig } from '#mesh-core/domain/envoy/telemetry.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Random } from '#mesh-core/runtime/random.ts';
import { callCluster } from '../filters/call-cluster.ts';
import { createCorsFilter } from '../filters/cors.ts';
import { createExtAuthzFilter } from '../filters/ext-authz.ts';
import { createFaultFilter } from '../filters/fault.ts';
import { keySourceOf } from '../filters/jwt-key-sources.ts';
import type { FetchText } from '../filters/jwt-key-sources.ts';
import { createJwtFilter } from '../filters/jwt.ts';
import { createRateLimitFilter } from '../filters/rate-limit.ts';
import { createRbacFilter } from '../filters/rbac.ts';
import { createSlashFilter } from '../filters/slashes.ts';
import { chooseRoute, createRouteFilter } from '../filters/route.ts';
import type { RouteDependencies } from '../filters/route.ts';
import { createRouter } from '../filters/router.ts';
import { createStatsFilter, createTracingFilter } from '../filters/telemetry.ts';
import { composeFilters } from '../http/exchange.ts';
import type { Dispatch, Exchange, Filter } from '../http/exchange.ts';
import type { HttpStats } from '../stats/scoped-stats.ts';
import type { AccessLog } from '../telemetry/access-log.ts';
import { tagsNeedHeaders } from '../telemetry/custom-tags.ts';
import type { IstioMetrics } from '../telemetry/istio-metrics.ts';
import type { LogFiles } from '../telemetry/log-files.ts';
import { needsHeaders, requestObserver } from '../telemetry/metric-exceptions.ts';
import type { PeerMetadataCache } from '../telemetry/peer-metadata.ts';
import { requestLoggers } from '../telemetry/request-loggers.ts';
import type { RequestTracing } from '../telemetry/tracing.ts';
import type { ClusterRuntime } from '../upstream/cluster-runtime.ts';

/** What all pipelines of a proxy share. */
export interface PipelineDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly clusterOf: (name: string) => ClusterRuntime | undefined;
  readonly routesOf: (name: string) => RouteConfiguration | undefined;
  /** Of the connection manager. */
  readonly http: HttpStats;
  readonly metrics: IstioMetrics;
  readonly accessLog: AccessLog;
  readonly tracing: RequestTracing;
  readonly logFiles: LogFiles;
  readonly peers: PeerMetadataCache;
  readonly ownMetadata: { readonly encoded: string; readonly id: string };
}

/** How the requests of one listener are handled. */
export interface Pipeline {
  readonly dispatch: Dispatch;
  /** Only the part that counts and logs, for requests that never reach the filters. */
  readonly register: (exchange: Exchange) => void;
}

/**
 * Builds a connection manager's filters around its router:
 * stats → route → tracing → (authorization, tokens, cors, fault … in the configured order) → router.
 */
export function buildPipeline(manager: HttpConnectionManager, side: 'inbound' | 'outbound', deps: PipelineDependencies): Pipeline {
  const { rds, routeConfig } = manager;
  const routing: RouteDependencies = { routes: () => (rds === undefined ? routeConfig : deps.routesOf(rds.routeConfigName)), clusterOf: deps.clusterOf, random: deps.random };
  const { tracing, accessLog = [] } = manager;
  const stats = statsConfigOf(manager.httpFilters);
  const merges = manager.mergeSlashes === true;
  const unescapes = manager.pathWithEscapedSlashesAction === 'UNESCAPE_AND_FORWARD';
  const count = createStatsFilter({
    http: deps.http,
    observe: requestObserver(deps.metrics, side === 'inbound' ? 'destination' : 'source', stats),
    log: deps.accessLog,
    loggers: requestLoggers(accessLog, deps.logFiles),
    keepsHeaders: accessLog.length > 0 || needsHeaders(stats) || tagsNeedHeaders(tracing?.customTags),
  });
  const registerOnly = count(() => {});
  const filters: Filter[] = [
    count,
    ...(merges || unescapes ? [createSlashFilter({ merges, unescapes })] : []),
    createRouteFilter(routing),
    ...(tracing === undefined ? [] : [createTracingFilter(deps.tracing.forListener(side === 'inbound' ? 'server' : 'client', tracing))]),
    ...manager.httpFilters.flatMap(({ typedConfig }) => configuredFilter(typedConfig, manager, routing, deps) ?? []),
  ];
  return { dispatch: composeFilters(filters, createRouter({ ...deps, localSide: side })), register: (exchange) => registerOnly(exchange, () => {}) };
}

/** The filter of one configuration; undefined for what is done elsewhere (the router, statistics). */
function configuredFilter(config: Any, { statPrefix, useRemoteAddress }: HttpConnectionManager, routing: RouteDependencies, deps: PipelineDependencies): Filter | undefined {
  const reroute = (exchange: Exchange): void => chooseRoute(routing, exchange);
  switch (config['@type']) {
    case TYPE_URLS.cors:
      return createCorsFilter();
    case TYPE_URLS.fault:
      return createFaultFilter(deps.clock, deps.random);
    case TYPE_URLS.rbac:
      return createRbacFilter(as<RbacFilter>(config), { destinationPort: destinationPortOf, metrics: deps.metrics.rbac, statPrefix, isEdge: useRemoteAddress === true });
    case SECURITY_TYPE_URLS.jwtAuthn:
      return createJwtFilter(as<JwtAuthnFilter>(config), { clock: deps.clock, reroute, keysOf: (provider) => keySourceOf(provider, fetchTextFrom(deps), deps.clock) });
    case SECURITY_TYPE_URLS.extAuthz: {
      const authorizer = as<ExtAuthzFilter>(config);
      return createExtAuthzFilter(authorizer, { ...deps, reroute });
    }
    case LOCAL_RATE_LIMIT_URL:
      return createRateLimitFilter(as<LocalRateLimit>(config), { clock: deps.clock, random: deps.random, metrics: deps.metrics.rateLimits });
    default:
      return undefined;
  }
}

/** What Istio's statistics filter is configured with; undefined without one. */
function statsConfigOf(filters: HttpConnectionManager['httpFilters']): StatsConfig | undefined {
  const config = filters.find(({ name }) => name === STATS_FILTER)?.typedConfig;
  // Safe because the struct names the message that it stands for.
  return config?.['typeUrl'] === TELEMETRY_TYPE_URLS.statsConfig ? (config['value'] as StatsConfig) : undefined;
}

/** Reads a configuration as its type. Safe because the type URL says what the message is. */
function as<Config>(config: Any): Config {
  return config as unknown as Config;
}

/** Key sets that the proxy fetches itself. */
function fetchTextFrom(deps: PipelineDependencies): FetchText {
  return ({ cluster, uri, timeoutMs, maxBytes }, done) => {
    const url = URL.parse(uri);
    const call = { cluster, method: 'GET', path: url === null ? '/' : url.pathname + url.search, headers: { host: url?.host ?? '' }, body: undefined, timeoutMs, maxBytes };
    callCluster(deps, call, (answer) => done('problem' in answer || answer.status !== 200 ? undefined : answer.body.toString('utf8')));
  };
}

const portsOfClusters = new Map<string, number | undefined>();

/** The port policies mean: the app's, which the inbound cluster is named after (`inbound|8080||`), else the listener's. */
function destinationPortOf({ record, downstream }: Exchange): number {
  const { clusterName } = record;
  if (!portsOfClusters.has(clusterName)) {
    const [side, port] = clusterName.split('|');
    // Names come from configuration, which changes: what is no longer used goes with the rest.
    if (portsOfClusters.size > 4096) portsOfClusters.clear();
    portsOfClusters.set(clusterName, side === 'inbound' && port !== undefined ? Number(port) : undefined);
  }
  return portsOfClusters.get(clusterName) ?? downstream.localPort;
}
