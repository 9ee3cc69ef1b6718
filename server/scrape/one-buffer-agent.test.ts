import assert from 'node:assert/strict';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { OneBufferAgent } from './one-buffer-agent.ts';

const SIZE = 3_000_000;

test('answers that arrive at the same time over the one buffer are each whole, by length and in chunks, over kept connections', async (t) => {
  const connections = new Set<unknown>();
  const server = createServer((request, response) => {
    const letter = request.url?.[1] ?? '';
    if (request.url?.endsWith('length') === true) response.setHeader('content-length', SIZE);
    for (let sent = 0; sent < SIZE; sent += 100_000) response.write(letter.repeat(100_000));
    response.end();
  });
  server.on('connection', (socket) => connections.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const agent = new OneBufferAgent({ keepAlive: true });
  t.after(() => {
    agent.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const ask = async (path: string): Promise<string> => {
    const response = await new Promise<IncomingMessage>((resolve, reject) => get({ host: '127.0.0.1', port, path, agent }, resolve).once('error', reject));
    const pieces: Buffer[] = [];
    for await (const piece of response) {
      pieces.push(piece);
      // Slower than it arrives: what waits must not be overwritten by what comes.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return Buffer.concat(pieces).toString('latin1');
  };
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all(['/a-length', '/b-chunks', '/c-length', '/d-chunks'].map(ask));
    assert.deepEqual(answers.map((text) => [text.length, [...new Set(text)].join('')]), [[SIZE, 'a'], [SIZE, 'b'], [SIZE, 'c'], [SIZE, 'd']]);
  }
  assert.ok(connections.size <= 8, `${connections.size} connections for 12 requests`);
});
