import type { Duplex } from 'node:stream';

/** Passes bytes between two connections, with backpressure, until both ends are done or one breaks. */
export function joinConnections(client: Duplex, clientHead: Buffer, upstream: Duplex, upstreamHead: Buffer, onSent: (bytes: number) => void): void {
  for (const [one, other] of [[client, upstream], [upstream, client]] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
  upstream.on('data', (chunk: Buffer) => onSent(chunk.length));
  if (upstreamHead.length > 0) {
    onSent(upstreamHead.length);
    client.write(upstreamHead);
  }
  if (clientHead.length > 0) upstream.write(clientHead);
  upstream.pipe(client);
  client.pipe(upstream);
}
