import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ProxyResponse } from './exchange.ts';
import { isWhole } from './message.ts';

/**
 * Writes the answer to an upgrade request on the raw connection. A 101 joins both connections until either closes; any
 * other answer is sent with its body and the connection is closed. `onSent` gets the byte counts towards the client.
 */
export function writeUpgrade(answer: ProxyResponse, client: Duplex, clientHead: Buffer, onSent: (bytes: number) => void): void {
  const { upgraded } = answer;
  if (upgraded === undefined) {
    client.write(headOf(answer, ['connection: close']));
    const { body } = answer;
    if (isWhole(body)) {
      onSent(Buffer.byteLength(body));
      client.end(body);
    } else {
      body.on('data', (chunk: Buffer) => onSent(chunk.length));
      // Without a length the end of the connection ends the body; with one it is in the headers already.
      body.pipe(client);
    }
    return;
  }
  const { socket, head, protocol } = upgraded;
  client.write(headOf(answer, ['connection: upgrade', `upgrade: ${protocol}`]));
  joinConnections(client, clientHead, socket, head, onSent);
}

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

function headOf(answer: ProxyResponse, extra: readonly string[]): string {
  const lines = Object.entries(answer.headers).flatMap(([name, value]) => [value ?? []].flat().map((v) => `${name}: ${v}`));
  return [`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}`, ...lines, ...extra, '', ''].join('\r\n');
}
