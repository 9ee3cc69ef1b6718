import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Hands each read of a connection to `take` where the socket delivers it, instead of through the machinery of its readable
 * side, which costs more than reading a head does; pausing it works as ever, and so do `end`, `error` and `close`. What was
 * put back, or came while it was paused, goes the usual way and keeps its order. Gives how to end this: the socket is an
 * ordinary stream again.
 */
export function readDirectly(socket: Duplex, take: (bytes: Buffer) => void): () => void {
  socket.on('data', take);
  // Other streams push from within their `_read`, and wait for its bytes to be counted.
  if (!(socket instanceof Socket)) return () => socket.off('data', take);
  const usual = socket.push.bind(socket);
  socket.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (!Buffer.isBuffer(chunk) || socket.readableFlowing !== true || socket.readableLength > 0) return usual(chunk, encoding);
    take(chunk);
    return true;
  };
  return () => {
    socket.off('data', take);
    socket.push = usual;
  };
}
