import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { HttpConnectionManager, RouteConfiguration } from '#mesh-core/domain/envoy/resources.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Random } from '#mesh-core/runtime/random.ts';
import { createCorsFilter } from '../filters/cors.ts';
import { createFaultFilter } from '../filters/fault.ts';
import { createRbacFilter } from '../filters/rbac.ts';
import { createRouteFilter } from '../filters/route.ts';
import { createRouter } from '../filters/router.ts';
import { createStatsFilter, createTracingFilter } from '../filters/telemetry.ts';
import { composeFilters } from '../http/exchange.ts';
import type { Dispatch, Exchange, Filter } from '../http/exchange.ts';
import type { AccessLog } from '../telemetry/access-log.ts';
import type { IstioMetrics } from '../telemetry/istio-metrics.ts';
import type { PeerMetadataCache } from '../telemetry/peer-metadata.ts';
import type { RequestTracing } from '../telemetry/tracing.ts';
import type { ClusterRuntime } from '../upstream/cluster-runtime.ts';
import { rbacRulesOf } from './filter-chains.ts';

/** What all pipelines of a proxy share. */
export interface PipelineDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly clusterOf: (name: string) => ClusterRuntime | undefined;
  readonly routesOf: (name: string) => RouteConfiguration | undefined;
  readonly metrics: IstioMetrics;
  readonly accessLog: AccessLog;
  readonly tracing: RequestTracing;
  readonly peers: PeerMetadataCache;
  readonly ownMetadata: { readonly encoded: string; readonly id: string };
}

/**
 * Builds a connection manager's filters around its router:
 * stats → route → tracing → (rbac, cors, fault in the configured order) → router.
 */
export function buildPipeline(manager: HttpConnectionManager, side: 'inbound' | 'outbound', deps: PipelineDependencies): Dispatch {
  const { rds, routeConfig } = manager;
  const routes = (): RouteConfiguration | undefined => (rds === undefined ? routeConfig : deps.routesOf(rds.routeConfigName));
  const filters: Filter[] = [
    createStatsFilter(deps.metrics, deps.accessLog, side === 'inbound' ? 'destination' : 'source'),
    createRouteFilter({ routes, clusterOf: deps.clusterOf, random: deps.random }),
    createTracingFilter(deps.tracing, side === 'inbound' ? 'server' : 'client'),
  ];
  let rbacDone = false;
  for (const { typedConfig } of manager.httpFilters) {
    const type = typedConfig['@type'];
    if (type === TYPE_URLS.cors) filters.push(createCorsFilter());
    if (type === TYPE_URLS.fault) filters.push(createFaultFilter(deps.clock, deps.random));
    if (type === TYPE_URLS.rbac && !rbacDone) {
      rbacDone = true;
      filters.push(createRbacFilter(rbacRulesOf(manager.httpFilters), (exchange) => destinationPortOf(exchange)));
    }
  }
  const router = createRouter({ ...deps, localSide: side });
  return composeFilters(filters, router);
}

/** The port policies mean: the app's, which the inbound cluster is named after (`inbound|8080||`), else the listener's. */
function destinationPortOf(exchange: Exchange): number {
  const [side, port] = exchange.record.clusterName.split('|');
  return side === 'inbound' && port !== undefined ? Number(port) : exchange.downstream.localPort;
}
