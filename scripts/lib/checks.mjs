import { accessSync, constants, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';

/** Makes the data directory, its owner's alone (it holds keys, tokens and logs); throws an Error with one sentence when it cannot be written. */
export function ensureWritable(directory) {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(`The data directory ${directory} cannot be written (${error.code ?? error.message}); choose another with --data-dir.`);
  }
}

/** Throws an Error with one sentence when a port is taken. `ports` = [{port, flag, what}]. */
export async function ensurePortsFree(ports) {
  for (const { port, flag, what } of ports) {
    if (port === 0) continue;
    const problem = await new Promise((resolve) => {
      const probe = createServer();
      probe.once('error', (error) => resolve(error.code ?? error.message));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(undefined)));
    });
    if (problem === 'EADDRINUSE') throw new Error(`Port ${port} (${what}) is taken; is Binnacle running already? Otherwise choose another with ${flag}.`);
    if (problem !== undefined) throw new Error(`Port ${port} (${what}) cannot be used (${problem}); choose another with ${flag}.`);
  }
}

/** Below the range that systems give to "any port" and to outgoing connections, so that none of these takes it before it is bound. */
const FIRST_PORT = 20_000;
const LAST_PORT = 29_999;
const TRIES = 200;

/** A port of 127.0.0.1 that nobody listens on; to be bound soon. Rejects when none was found. */
export async function freePort() {
  for (let i = 0; i < TRIES; i++) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT + 1));
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port was found from ${FIRST_PORT} to ${LAST_PORT}.`);
}

function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
