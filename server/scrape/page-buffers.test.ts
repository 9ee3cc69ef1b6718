import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PageBuffers } from './page-buffers.ts';

const MEGABYTE = 1024 * 1024;

test('a page grows with its pieces and holds them in their order', () => {
  const page = new PageBuffers().take(0);
  const pieces = Array.from({ length: 40 }, (_, i) => Buffer.alloc(10_000, i));
  for (const piece of pieces) page.add(piece);
  assert.deepEqual(page.bytes, Buffer.concat(pieces));
});

test('the memory of a large page is used for the next one, that of a page under way is not', () => {
  const buffers = new PageBuffers();
  const first = buffers.take(2 * MEGABYTE);
  const under = buffers.take(2 * MEGABYTE);
  assert.notEqual(first.bytes.buffer, under.bytes.buffer);
  const memory = first.bytes.buffer;
  first.release();
  first.release();
  const next = buffers.take(MEGABYTE);
  assert.equal(next.bytes.buffer, memory);
  assert.equal(next.length, 0);
  assert.notEqual(buffers.take(MEGABYTE).bytes.buffer, memory);
});

test('only the two largest are kept', () => {
  const buffers = new PageBuffers();
  const pages = [1, 4, 2, 3].map((size) => buffers.take(size * MEGABYTE));
  const memories = pages.map((page) => page.bytes.buffer);
  for (const page of pages) page.release();
  const again = [buffers.take(0), buffers.take(0), buffers.take(0)].map((page) => page.bytes.buffer);
  assert.deepEqual(again.map((memory) => memories.indexOf(memory as ArrayBuffer)).sort((a, b) => a - b), [-1, 1, 3]);
});
