import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { ClusterRuntime } from '../upstream/cluster-runtime.ts';

/** A request of the proxy's own. */
export interface ClusterCall {
  readonly cluster: string;
  readonly method: string;
  readonly path: string;
  /** `host` carries the authority. */
  readonly headers: MutableHeaders;
  readonly body: Buffer | undefined;
  readonly timeoutMs: number;
  /** A longer answer is none. */
  readonly maxBytes: number;
}
export interface ClusterAnswer {
  readonly status: number;
  readonly headers: MutableHeaders;
  readonly body: Buffer;
  /** What followed the body. */
  readonly trailers: MutableHeaders;
}
export interface CallDependencies {
  readonly clusterOf: (name: string) => ClusterRuntime | undefined;
  readonly clock: Clock;
}

/**
 * Asks a server of a cluster something on behalf of a filter; calls back once, with the whole answer or with why there is none.
 * Gives how to give it up: then nothing is called.
 */
export function callCluster(deps: CallDependencies, call: ClusterCall, done: (answer: ClusterAnswer | { readonly problem: string }) => void): () => void {
  const endpoint = deps.clusterOf(call.cluster)?.pick({ authority: String(call.headers['host'] ?? '') });
  if (endpoint === undefined) {
    done({ problem: `cluster ${call.cluster} has no healthy endpoint` });
    return () => {};
  }
  let isOver = false;
  let stopClock = (): void => {};
  const end = (): boolean => {
    if (isOver) return false;
    isOver = true;
    endpoint.active--;
    stopClock();
    return true;
  };
  const finish = (answer: ClusterAnswer | { readonly problem: string }): void => {
    if (end()) done(answer);
  };
  endpoint.active++;
  const stream = endpoint.pool.send({ method: call.method, path: call.path, headers: call.headers, upgrade: undefined, body: call.body }, {
    onConnection: () => {},
    onInterim: () => {},
    onResponse: ({ status, headers, body, trailers }) => {
      if (Buffer.isBuffer(body)) {
        finish(body.length > call.maxBytes ? { problem: 'the answer is too long' } : { status, headers, body, trailers: trailers?.() ?? {} });
        return;
      }
      const chunks: Buffer[] = [];
      let bytes = 0;
      body.on('error', (error) => finish({ problem: error.message }));
      body.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= call.maxBytes) chunks.push(chunk);
        else {
          body.destroy();
          finish({ problem: 'the answer is too long' });
        }
      });
      body.on('end', () => finish({ status, headers, body: Buffer.concat(chunks), trailers: trailers?.() ?? {} }));
      body.on('close', () => finish({ problem: 'the answer was cut short' }));
    },
    onUpgrade: (_response, socket) => {
      socket.destroy();
      finish({ problem: 'the answer is an upgrade' });
    },
    onFailure: ({ message }) => finish({ problem: message }),
  });
  const cancelTimer = deps.clock.after(call.timeoutMs, () => {
    finish({ problem: `no answer within ${call.timeoutMs} ms` });
    stream.destroy();
  });
  stopClock = cancelTimer;
  if (isOver) cancelTimer();
  return () => {
    if (end()) stream.destroy();
  };
}
