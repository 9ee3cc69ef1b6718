import { deepEqual, equal } from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import { readDirectly } from './direct-reads.ts';

/** Both ends of a TCP connection; the accepted one has not begun to read. */
async function connection(): Promise<{ readonly near: Socket; readonly far: Socket; close(): void }> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const far = connect(port, '127.0.0.1');
  const [near] = (await once(server, 'connection')) as [Socket];
  return {
    near,
    far,
    close: () => {
      far.destroy();
      near.destroy();
      server.close();
    },
  };
}

/** Collects what is read until it is `length` bytes long. */
function collector(): { readonly take: (bytes: Buffer) => void; until(length: number): Promise<string> } {
  let text = '';
  let wanted = Infinity;
  let resolve: (text: string) => void = () => {};
  const check = (): void => {
    if (text.length >= wanted) resolve(text);
  };
  return {
    take: (bytes) => {
      text += bytes.toString();
      check();
    },
    until: (length) =>
      new Promise((done) => {
        wanted = length;
        resolve = done;
        check();
      }),
  };
}

test('hands over what is read, and nothing of it to the stream', async () => {
  const { near, far, close } = await connection();
  const read = collector();
  readDirectly(near, read.take);
  near.resume();
  far.write('one');
  equal(await read.until(3), 'one');
  let streamed = 0;
  near.on('data', () => streamed++);
  far.write('two');
  equal(await read.until(6), 'onetwo');
  equal(streamed, 0);
  far.end();
  await once(near, 'end');
  close();
});

test('keeps the order of what was put back, of what came while it was paused, and of what comes later', async () => {
  const { near, far, close } = await connection();
  const pieces: string[] = [];
  const read = collector();
  near.unshift(Buffer.from('put back,'));
  readDirectly(near, (bytes) => {
    pieces.push(bytes.toString());
    near.pause();
    read.take(bytes);
    setImmediate(() => near.resume());
  });
  near.resume();
  const rest = 'x'.repeat(500_000);
  far.write('first,');
  far.write(rest);
  const text = await read.until(15 + rest.length);
  equal(text, `put back,first,${rest}`);
  equal(pieces[0], 'put back,');
  close();
});

test('a paused connection does not read without end', async () => {
  const { near, far, close } = await connection();
  readDirectly(near, () => near.pause());
  near.resume();
  far.write('first');
  await once(near, 'pause');
  far.write(Buffer.alloc(20_000_000));
  // What fits into buffers is taken; the rest must stay with the sender.
  for (let before = -1; before !== far.bytesWritten - far.writableLength; ) {
    before = far.bytesWritten - far.writableLength;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  equal(near.readableLength < 1_000_000, true);
  equal(far.writableLength > 0, true);
  close();
});

test('is an ordinary stream again afterwards', async () => {
  const { near, far, close } = await connection();
  const read = collector();
  const stop = readDirectly(near, read.take);
  near.resume();
  far.write('one');
  await read.until(3);
  stop();
  const later = collector();
  near.on('data', later.take);
  far.write('two');
  equal(await later.until(3), 'two');
  equal(await read.until(3), 'one');
  close();
});

test('reads streams that are no sockets as streams', async () => {
  const [near, far] = duplexPair();
  const seen: string[] = [];
  const stop = readDirectly(near, (bytes) => seen.push(bytes.toString()));
  far.write('one');
  await once(near, 'data');
  stop();
  deepEqual(seen, ['one']);
  equal(near.listenerCount('data'), 0);
});
