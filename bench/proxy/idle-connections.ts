import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { residentBytes } from '../metrics/process-usage.ts';
import type { Pair } from './peers.ts';

const REQUEST = 'GET /idle HTTP/1.1\r\nHost: web\r\n\r\n';
const OPENING_AT_ONCE = 100;
const SETTLE_MS = 1500;

export interface IdleFigures {
  readonly connections: number;
  /** Resident memory of the proxy that the clients are connected to, beyond what it had without them. */
  readonly kilobytesPerThousand: number;
  /** How long a request takes while they are held. */
  readonly answerMs: number;
}

/** Opens that many connections, each of which makes one request and stays; they are closed again at the end. */
export async function holdIdle(pair: Pair, count: number): Promise<IdleFigures> {
  const [pid = 0] = pair.pids;
  const before = residentBytes(pid);
  const held: Socket[] = [];
  try {
    for (let opened = 0; opened < count; opened += OPENING_AT_ONCE) {
      held.push(...(await Promise.all(Array.from({ length: Math.min(OPENING_AT_ONCE, count - opened) }, () => openAndAsk(pair.port)))));
    }
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const kilobytesPerThousand = ((residentBytes(pid) - before) / 1024 / count) * 1000;
    const startedAt = performance.now();
    held.push(await openAndAsk(pair.port));
    const answerMs = performance.now() - startedAt;
    const lost = held.filter((socket) => socket.destroyed).length;
    if (lost > 0) throw new Error(`${pair.name} closed ${lost} of ${count} connections`);
    return { connections: count, kilobytesPerThousand, answerMs };
  } finally {
    for (const socket of held) socket.destroy();
  }
}

function openAndAsk(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.once('connect', () => socket.write(REQUEST));
    socket.once('data', (bytes: Buffer) => {
      if (bytes.toString('latin1', 0, 12) === 'HTTP/1.1 200') resolve(socket);
      else reject(new Error(bytes.toString('latin1')));
    });
    socket.once('error', reject);
  });
}
