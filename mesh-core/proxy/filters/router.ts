import type { ClusterOutcome } from '#mesh-core/domain/decide/decide-route.ts';
import { applyHeaderMutations } from '#mesh-core/domain/decide/header-mutations.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Random } from '#mesh-core/runtime/random.ts';
import { localReply } from '../http/exchange.ts';
import type { Dispatch, Exchange, Respond } from '../http/exchange.ts';
import type { ClusterRuntime } from '../upstream/cluster-runtime.ts';
import type { PeerMetadataCache } from '../telemetry/peer-metadata.ts';
import { headerValuesOf } from './header-values.ts';
import { RoutedRequest } from './routed-request.ts';

export interface RouterDependencies {
  readonly clusterOf: (name: string) => ClusterRuntime | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly peers: PeerMetadataCache;
  /** This workload's metadata, as the header carries it, and its node id. */
  readonly ownMetadata: { readonly encoded: string; readonly id: string };
  readonly localSide: 'inbound' | 'outbound';
}

/** The last filter: does what routing decided. Source: Envoy's router filter. */
export function createRouter(deps: RouterDependencies): Dispatch {
  return (exchange, respond) => {
    const outcome = exchange.outcome;
    if (outcome === undefined || outcome.kind === 'none') {
      // Envoy tells "no virtual host" and "no route in it" apart only in its debug log.
      localReply(exchange, respond, { status: 404, body: '', details: 'route_not_found', flag: 'NR' });
      return;
    }
    const answer: Respond = (response) => {
      applyHeaderMutations(response.headers, outcome.mutations, 'response', headerValuesOf(exchange, response.headers));
      respond(response);
    };
    switch (outcome.kind) {
      case 'redirect':
        localReply(exchange, answer, { status: outcome.status, body: '', details: 'direct_response', headers: { location: outcome.location } });
        return;
      case 'direct-response':
        localReply(exchange, answer, { status: outcome.status, body: outcome.body, details: 'direct_response' });
        return;
      case 'cluster':
        routeToCluster(deps, exchange, outcome, answer);
    }
  };
}

const NOT_FOUND_STATUS = { SERVICE_UNAVAILABLE: 503, NOT_FOUND: 404, INTERNAL_SERVER_ERROR: 500 } as const;

function routeToCluster(deps: RouterDependencies, exchange: Exchange, outcome: ClusterOutcome, respond: Respond): void {
  const cluster = deps.clusterOf(outcome.cluster);
  if (cluster === undefined) {
    localReply(exchange, respond, { status: NOT_FOUND_STATUS[outcome.action.clusterNotFoundResponseCode ?? 'SERVICE_UNAVAILABLE'], body: '', details: 'cluster_not_found', flag: 'NC' });
    return;
  }
  new RoutedRequest(deps, exchange, outcome, cluster, respond).begin();
}
