import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import { ReplayableBody } from './replayable-body.ts';

class Sink extends Writable {
  text = '';
  ended = false;
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
  override _final(done: () => void): void {
    this.ended = true;
    done();
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
  assert.equal(sink.writableEnded, true);
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
  const stuck = new Writable({ write: () => {} });
  body.tee(stuck);
  body.attach(sink);
  for (let i = 0; i < 40; i++) {
    source.write(Buffer.alloc(64 * 1024, 'x'));
    await settle();
  }
  assert.equal(stuck.destroyed, true);
  assert.equal(sink.text.length, 40 * 64 * 1024);
});
