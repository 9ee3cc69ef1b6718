import { decideRoute } from '#mesh-core/domain/decide/decide-route.ts';
import type { RouteConfiguration } from '#mesh-core/domain/envoy/resources.ts';
import type { Random } from '#mesh-core/runtime/random.ts';
import type { Filter } from '../http/exchange.ts';
import type { ClusterRuntime } from '../upstream/cluster-runtime.ts';

/**
 * The first filter: decides the route once, so that all others and the records agree on it. A listener without routes yet
 * answers as one without virtual hosts.
 */
export function createRouteFilter(deps: { readonly routes: () => RouteConfiguration | undefined; readonly clusterOf: (name: string) => ClusterRuntime | undefined; readonly random: Random }): Filter {
  return (next) => (exchange, respond) => {
    const routes = deps.routes();
    const outcome = routes === undefined ? ({ kind: 'none', reason: 'no-vhost' } as const) : decideRoute(routes, exchange.line, deps.random());
    exchange.outcome = outcome;
    if (outcome.kind !== 'none') {
      exchange.record.routeName = outcome.route?.name ?? '';
      exchange.record.operation = outcome.route?.decorator?.operation ?? '';
    }
    if (outcome.kind === 'cluster') {
      exchange.record.clusterName = outcome.cluster;
      exchange.record.destination = deps.clusterOf(outcome.cluster)?.service ?? exchange.record.destination;
    }
    next(exchange, respond);
  };
}
