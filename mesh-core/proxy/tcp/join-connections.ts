import type { Duplex } from 'node:stream';
import type { Clock } from '#mesh-core/runtime/clock.ts';

export interface JoinOptions {
  readonly clock: Clock;
  /** Without a byte either way; undefined = for ever. */
  readonly idleMs: number | undefined;
  /** Bytes from the client, and to it. */
  readonly onReceived: (bytes: number) => void;
  readonly onSent: (bytes: number) => void;
  /** Called once, when both directions are done or the connection broke. */
  readonly onEnd: (reason: 'done' | 'idle' | 'client-broke' | 'upstream-broke') => void;
}

/**
 * Passes bytes between two connections with backpressure. Each end of a direction is passed on as such (half-close), so a
 * peer that has sent everything still gets its answer; a connection that breaks takes the other with it.
 */
export function joinConnections(client: Duplex, upstream: Duplex, { clock, idleMs, onReceived, onSent, onEnd }: JoinOptions): void {
  let ended = false;
  let lastByteMs = clock.now();
  let cancelIdle = (): void => {};
  const finish = (reason: Parameters<JoinOptions['onEnd']>[0]): void => {
    if (ended) return;
    ended = true;
    cancelIdle();
    client.destroy();
    upstream.destroy();
    onEnd(reason);
  };
  const watchIdle = (waitMs: number): void => {
    cancelIdle = clock.after(waitMs, () => {
      const left = lastByteMs + (idleMs ?? 0) - clock.now();
      if (left <= 0) finish('idle');
      else watchIdle(left);
    });
  };
  const pump = (from: Duplex, to: Duplex, count: (bytes: number) => void): void => {
    from.on('data', (chunk: Buffer) => {
      lastByteMs = clock.now();
      count(chunk.length);
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => {
      lastByteMs = clock.now();
      from.resume();
    });
    from.on('end', () => to.end());
    from.on('error', () => {});
    from.on('close', () => {
      const clean = from.readableEnded && from.writableFinished;
      if (!clean) finish(from === client ? 'client-broke' : 'upstream-broke');
      else if (to.destroyed) finish('done');
    });
    from.resume();
  };
  pump(client, upstream, onReceived);
  pump(upstream, client, onSent);
  if (idleMs !== undefined) watchIdle(idleMs);
  // One may have broken before anybody listened.
  if (client.destroyed) finish('client-broke');
  if (upstream.destroyed) finish('upstream-broke');
}
