import type { ClusterOutcome } from '#mesh-core/domain/decide/decide-route.ts';
import { isHit } from '#mesh-core/domain/decide/fault.ts';
import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import type { Exchange } from '../http/exchange.ts';
import type { ReplayableBody } from '../http/replayable-body.ts';
import type { RouterDependencies } from './router.ts';

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
    let stopWatch = (): void => {};
    const done = (): void => stopWatch();
    const upstream = endpoint.pool.send({ method: exchange.line.method, path: outcome.path, fromHttp2: exchange.record.protocol === 'HTTP/2', headers: { ...headers }, upgrade: undefined, body: body.streamed ? 'streamed' : body.whole }, {
      onConnection: () => {},
      onInterim: () => {},
      onResponse: (response) => {
        if (Buffer.isBuffer(response.body)) {
          done();
          return;
        }
        response.body.on('close', done);
        response.body.on('error', () => {});
        response.body.resume();
      },
      onUpgrade: (_response, socket) => socket.destroy(),
      onFailure: done,
    });
    stopWatch = deps.clock.after(MIRROR_LIMIT_MS, () => upstream.destroy());
    if (body.streamed) body.tee(upstream);
  }
}
