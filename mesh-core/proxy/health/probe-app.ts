import { connect } from 'node:net';
import type { Clock } from '#mesh-core/runtime/clock.ts';

const INTERVAL_MS = 1000;
const TIMEOUT_MS = 1000;
/** While the app has not been up yet, look more often: its first second decides when traffic comes. */
const STARTING_INTERVAL_MS = 150;

/**
 * Tries to connect to the app's port every second (Istio's `tcpSocket` probe) and calls `onChange` with the first result and
 * with each change. Returns how to stop it.
 */
export function probeApp(port: number, clock: Clock, onChange: (healthy: boolean, message: string) => void): () => void {
  let last: boolean | undefined;
  let stopped = false;
  let everUp = false;
  let cancel = (): void => {};
  const probe = async (): Promise<void> => {
    const problem = await tryConnect(port);
    if (stopped) return;
    const healthy = problem === undefined;
    everUp ||= healthy;
    if (healthy !== last) onChange(healthy, problem ?? '');
    last = healthy;
    cancel = clock.after(everUp ? INTERVAL_MS : STARTING_INTERVAL_MS, () => void probe());
  };
  void probe();
  return () => {
    stopped = true;
    cancel();
  };
}

/** Why 127.0.0.1:`port` does not accept connections; undefined when it does. */
export function tryConnect(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const done = (problem: string | undefined): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.setTimeout(TIMEOUT_MS, () => done(`no answer from 127.0.0.1:${port} within ${TIMEOUT_MS} ms`));
    socket.once('connect', () => done(undefined));
    socket.once('error', (error) => done(error.message));
  });
}
