import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import type { BodySink, Trailers } from './message.ts';
import { ReplayableBody } from './replayable-body.ts';

class Sink implements BodySink {
  text = '';
  ended = false;
  destroyed = false;
  pendingBytes = 0;
  readonly needsDrain = false;
  trailers: Trailers | undefined;
  write(piece: Buffer): boolean {
    this.text += piece.toString();
    return true;
  }
  onDrain(): void {}
  end(trailers?: Trailers): void {
    this.ended = true;
    this.trailers = trailers;
  }
  destroy(): void {
    this.destroyed = true;
  }
}
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('a second sink gets everything from the beginning', async () => {
  const source = new PassThrough();
  const body = new ReplayableBody(source, 100);
  const [first, second] = [new Sink(), new Sink()];
  body.attach(first);
  source.write('one ');
  await settle();
  body.detach();
  source.end('two');
  await settle();
  body.attach(second);
  await settle();
  assert.equal(first.text, 'one ');
  assert.equal(second.text, 'one two');
  assert.equal(second.ended, true);
  assert.equal(body.bytes, 7);
});
test('past the limit nothing is kept and the body cannot be sent again', async () => {
  const source = new PassThrough();
  const body = new ReplayableBody(source, 4);
  body.attach(new Sink());
  source.write('1234');
  await settle();
  assert.equal(body.replayable, true);
  source.write('5');
  await settle();
  assert.equal(body.replayable, false);
});
test('a request without body is complete from the start', () => {
  const body = new ReplayableBody(undefined, 4);
  const sink = new Sink();
  let complete = false;
  body.onComplete(() => (complete = true));
  body.attach(sink);
  assert.equal(complete, true);
  assert.equal(sink.ended, true);
});
test('a body that is there at once needs no attaching, and can always be sent again', () => {
  const body = new ReplayableBody(Buffer.from('hello'), 0);
  assert.deepEqual([body.streamed, body.whole?.toString(), body.replayable, body.bytes, body.complete], [false, 'hello', true, 5, true]);
});
test('trailers follow the body to each sink', async () => {
  const source = new PassThrough();
  const body = new ReplayableBody(source, 100, () => ({ 'x-sum': '5' }));
  const [first, second] = [new Sink(), new Sink()];
  body.attach(first);
  source.end('hello');
  await settle();
  body.attach(second);
  assert.deepEqual(first.trailers, { 'x-sum': '5' });
  assert.deepEqual(second.trailers, { 'x-sum': '5' });
});
test('a mirror gets a copy', async () => {
  const source = new PassThrough();
  const body = new ReplayableBody(source, 4);
  const [sink, mirror] = [new Sink(), new Sink()];
  body.tee(mirror);
  body.attach(sink);
  source.end('hello');
  await settle();
  assert.equal(mirror.text, 'hello');
  assert.equal(mirror.ended, true);
});
test('a mirror that does not read is given up, and the request goes on', async () => {
  const source = new PassThrough();
  const body = new ReplayableBody(source, 0);
  const sink = new Sink();
  const stuck = new Sink();
  stuck.pendingBytes = 2 * 1024 * 1024;
  body.tee(stuck);
  body.attach(sink);
  for (let i = 0; i < 40; i++) {
    source.write(Buffer.alloc(64 * 1024, 'x'));
    await settle();
  }
  assert.equal(stuck.destroyed, true);
  assert.equal(sink.text.length, 40 * 64 * 1024);
});
