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

/** A port of 127.0.0.1 that nobody listens on right now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
