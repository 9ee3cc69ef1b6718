import { decideRoute } from '#mesh-core/domain/decide/decide-route.ts';
import type { RouteConfiguration } from '#mesh-core/domain/envoy/resources.ts';
import type { Random } from '#mesh-core/runtime/random.ts';
import type { Exchange, Filter } from '../http/exchange.ts';
import type { ClusterRuntime } from '../upstream/cluster-runtime.ts';

export interface RouteDependencies {
  readonly routes: () => RouteConfiguration | undefined;
  readonly clusterOf: (name: string) => ClusterRuntime | undefined;
  readonly random: Random;
}

/**
 * The first filter: decides the route once, so that all others and the records agree on it. A listener without routes yet
 * answers as one without virtual hosts.
 */
export function createRouteFilter(deps: RouteDependencies): Filter {
  return (next) => (exchange, respond) => {
    chooseRoute(deps, exchange);
    next(exchange, respond);
  };
}

/** Decides the route of a request, also once more when a filter has changed what the route depends on. */
export function chooseRoute(deps: RouteDependencies, exchange: Exchange): void {
  const { line, record } = exchange;
  const routes = deps.routes();
  const outcome = routes === undefined ? ({ kind: 'none', reason: 'no-vhost' } as const) : decideRoute(routes, record.metadata === undefined ? line : { ...line, metadata: record.metadata }, deps.random());
  exchange.outcome = outcome;
  if (outcome.kind !== 'none') {
    record.routeName = outcome.route?.name ?? '';
    record.operation = outcome.route?.decorator?.operation ?? '';
  }
  if (outcome.kind === 'cluster') {
    record.clusterName = outcome.cluster;
    record.destination = deps.clusterOf(outcome.cluster)?.service ?? record.destination;
  }
}
