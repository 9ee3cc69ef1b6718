import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ReservedPorts } from './reserve-ports.ts';

/** The error code of binding a port, or undefined when it could be bound. */
function bindError(port: number): Promise<string | undefined> {
  const other = createServer();
  return new Promise((resolve) => {
    other.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    other.listen(port, '127.0.0.1', () => other.close(() => resolve(undefined)));
  });
}

test('a held port goes to the listener without ever being free', async () => {
  const reserved = await ReservedPorts.hold(2);
  const [port = 0, other = 0] = reserved.ports;
  assert.notEqual(port, other);
  assert.equal(await bindError(port), 'EADDRINUSE');
  const held = reserved.take(port);
  assert.equal(await bindError(port), 'EADDRINUSE');
  const listener = createServer((socket) => socket.end('from the listener'));
  await new Promise<void>((resolve) => listener.listen(held, 128, resolve));
  listener.ref();
  reserved.close();
  assert.equal((listener.address() as AddressInfo).port, port);
  const said = await new Promise<string>((resolve, reject) => {
    let text = '';
    connect(port, '127.0.0.1').on('data', (chunk) => (text += chunk.toString())).on('end', () => resolve(text)).on('error', reject);
  });
  assert.equal(said, 'from the listener');
  assert.equal(await bindError(other), undefined);
  await new Promise((resolve) => listener.close(resolve));
  assert.equal(await bindError(port), undefined);
});
test('a port that is not held has no socket to take', async () => {
  const reserved = await ReservedPorts.hold(1);
  assert.equal(reserved.take(1), undefined);
  reserved.close();
});
