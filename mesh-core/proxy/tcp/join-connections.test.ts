import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import { ManualClock } from '#mesh-core/testing/manual-clock.ts';
import { joinConnections } from './join-connections.ts';

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

type End = ReturnType<typeof duplexPair>[0];

/** Both joined connections (`…End`), and the peers at their other ends. */
function joined(idleMs?: number): { client: End; clientEnd: End; upstream: End; upstreamEnd: End; ends: string[]; counts: { received: number; sent: number }; clock: ManualClock } {
  const [client, clientEnd] = duplexPair();
  const [upstream, upstreamEnd] = duplexPair();
  const ends: string[] = [];
  const counts = { received: 0, sent: 0 };
  const clock = new ManualClock();
  for (const end of [client, upstream]) end.on('error', () => {});
  joinConnections(clientEnd, upstreamEnd, { clock, idleMs, onReceived: (bytes) => (counts.received += bytes), onSent: (bytes) => (counts.sent += bytes), onEnd: (reason) => ends.push(reason) });
  return { client, clientEnd, upstream, upstreamEnd, ends, counts, clock };
}

test('bytes go both ways and are counted; each end is passed on by itself', async () => {
  const { client, upstream, ends, counts } = joined();
  const got: string[] = [];
  upstream.on('data', (data: Buffer) => got.push(data.toString()));
  upstream.on('end', () => got.push('end'));
  client.on('data', (data: Buffer) => got.push(data.toString()));
  client.end('question');
  await settled();
  assert.deepEqual([got, ends], [['question', 'end'], []]);
  upstream.end('the answer');
  await settled();
  assert.deepEqual([got, ends, counts], [['question', 'end', 'the answer'], ['done'], { received: 8, sent: 10 }]);
});
test('a receiver that does not read holds the sender back', async () => {
  const { client, upstream, counts } = joined();
  for (let i = 0; i < 100; i++) client.write(Buffer.alloc(16_384));
  await settled();
  assert.ok(counts.received < 20 * 16_384, `${counts.received} bytes were taken`);
  upstream.resume();
  await settled();
  await settled();
  assert.equal(counts.received, 100 * 16_384);
});
test('a connection that breaks takes the other with it', async () => {
  const one = joined();
  one.clientEnd.destroy(new Error('reset'));
  await settled();
  assert.deepEqual([one.ends, one.upstreamEnd.destroyed], [['client-broke'], true]);
  const other = joined();
  other.upstreamEnd.destroy();
  await settled();
  assert.deepEqual([other.ends, other.clientEnd.destroyed], [['upstream-broke'], true]);
});
test('without a byte for the idle time it is closed; a byte begins the time anew', async () => {
  const { client, ends, clock, upstream } = joined(1000);
  upstream.resume();
  clock.advance(900);
  client.write('x');
  await settled();
  clock.advance(900);
  assert.deepEqual(ends, []);
  clock.advance(200);
  assert.deepEqual(ends, ['idle']);
});
