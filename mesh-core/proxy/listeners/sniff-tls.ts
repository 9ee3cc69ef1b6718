import type { Socket } from 'node:net';
import type { Clock } from '#mesh-core/runtime/clock.ts';

/** TLS record type of a handshake: the first byte of every TLS connection, and not a byte HTTP can begin with. */
const TLS_HANDSHAKE = 0x16;
const SILENCE_LIMIT_MS = 15_000;

/**
 * Looks at the first byte of a connection and puts it back. A connection that says nothing for 15 s is closed.
 * Source: RFC 8446 section 5.1; Envoy's tls_inspector.
 */
export function sniffTls(socket: Socket, clock: Clock, decide: (kind: 'tls' | 'plain' | 'closed') => void): void {
  const cancel = clock.after(SILENCE_LIMIT_MS, () => socket.destroy());
  const onData = (chunk: Buffer): void => {
    cancel();
    socket.off('close', onClose);
    socket.pause();
    socket.unshift(chunk);
    decide(chunk[0] === TLS_HANDSHAKE ? 'tls' : 'plain');
  };
  const onClose = (): void => {
    cancel();
    socket.off('data', onData);
    decide('closed');
  };
  socket.once('data', onData);
  socket.once('close', onClose);
}
