import { createServer } from 'node:net';

/** Below the range that systems give to "any port" and to outgoing connections: between now and its use nobody is given one of these. */
const FIRST_PORT = 20_000;
const LAST_PORT = 29_999;
const TRIES = 500;

/** Different ports of 127.0.0.1 that nobody listens on, for a process that binds them later. Rejects when too few were found. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let i = 0; i < TRIES && found.size < count; i++) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT + 1));
    if (!found.has(port) && (await isFree(port))) found.add(port);
  }
  if (found.size < count) throw new Error(`Not enough free ports from ${FIRST_PORT} to ${LAST_PORT}.`);
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
