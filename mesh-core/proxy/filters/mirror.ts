import type { ClusterOutcome } from '#mesh-core/domain/decide/decide-route.ts';
import { isHit } from '#mesh-core/domain/decide/fault.ts';
import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import type { Exchange } from '../http/exchange.ts';
import type { ReplayableBody } from '../http/replayable-body.ts';
import type { RouterDependencies } from './router.ts';
import { startTry } from './upstream-try.ts';

const MIRROR_LIMIT_MS = 15_000;

/**
 * Sends copies of a request to the mirror clusters and throws their answers away. A mirror that fails, lags by more than a
 * mebibyte or takes longer than 15 s is given up; the request itself never notices. Must be called before the body flows.
 */
export function sendMirrors(deps: RouterDependencies, exchange: Exchange, outcome: ClusterOutcome, headers: MutableHeaders, body: ReplayableBody): void {
  for (const mirror of outcome.mirrors) {
    if (mirror.runtimeFraction !== undefined && !isHit(mirror.runtimeFraction.defaultValue, deps.random())) continue;
    const cluster = deps.clusterOf(mirror.cluster);
    const endpoint = cluster?.pick({ authority: exchange.line.authority });
    if (cluster === undefined || endpoint === undefined) continue;
    const upstream = startTry(endpoint, { method: exchange.line.method, path: outcome.path, headers: { ...headers }, upgrade: undefined }, {
      onSocket: () => {},
      onResponse: (response) => {
        response.resume();
        response.on('error', () => {});
      },
      onUpgrade: (_response, socket) => socket.destroy(),
      onFailure: () => {},
    });
    if (upstream === undefined) continue;
    const cancel = deps.clock.after(MIRROR_LIMIT_MS, () => upstream.destroy());
    upstream.on('close', cancel);
    body.tee(upstream);
  }
}
