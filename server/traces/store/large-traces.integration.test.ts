import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Span } from '#server/traces/trace-backend.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { openTestWriter, readTrace, readTraces } from '#server/traces/testing/test-writer.ts';
import { openGroup } from './block/open-group.ts';

function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'trace-store-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A chain or a fan of spans of one trace. */
function largeTrace(n: number, count: number, shape: 'deep' | 'wide'): Span[] {
  return Array.from({ length: count }, (_, i) => aSpan({ traceId: traceId(n), spanId: spanId(i + 1), ...(i === 0 ? {} : { parentSpanId: spanId(shape === 'deep' ? i : 1) }), start: i, attributes: { n: i % 1000 } }));
}

test('a trace of 100,000 spans, deep or wide, is stored in requests, comes back whole, and takes a late span', { timeout: 60_000 }, async (t) => {
  const writer = await openTestWriter(temporaryDirectory(t), { headBytes: 1e9 });
  t.after(() => writer.close());
  const [deep, wide] = [largeTrace(1, 100_000, 'deep'), largeTrace(2, 100_000, 'wide')];
  for (const spans of [deep, wide]) for (let at = 0; at < spans.length; at += 10_000) await writer.append(spans.slice(at, at + 10_000), 1);
  await writer.flush('all');
  const [block] = writer.blocks.all;
  const groups = block?.file.meta.groups.map((group) => [group.traceCount, group.spanCount]);
  assert.deepEqual(groups, [[1, 100_000], [1, 100_000]], 'a trace is never cut');
  assert.ok(block !== undefined);
  const read = openGroup(block.file, 0).segment.parentRow;
  assert.deepEqual([read[0], read[1], read[99_999]], [-1, 0, 99_998]);
  assert.deepEqual(await writer.append(deep.slice(0, 5_000), 2), { stored: 0, duplicates: 5_000 });
  await writer.append([aSpan({ traceId: traceId(1), spanId: spanId(200_000), parentSpanId: spanId(7), start: 50 })], 3);
  const spans = readTrace(writer, traceId(1));
  assert.equal(spans.length, 100_001);
  assert.equal(spans[51]?.spanId, spanId(200_000));
});

test('a trace of 10,008 spans is whole while blocks are written', async (t) => {
  const writer = await openTestWriter(temporaryDirectory(t), { headBytes: 500_000 });
  t.after(() => writer.close());
  const spans = largeTrace(3, 10_008, 'wide');
  for (let at = 0; at < spans.length; at += 500) await writer.append(spans.slice(at, at + 500), at);
  await writer.flush('all');
  assert.ok(writer.blocks.all.length > 1, 'it was cut over blocks');
  assert.equal(readTraces(writer).get(traceId(3))?.length, 10_008);
  assert.ok(await writer.compact(writer.blocks.all.map(({ file }) => Number(file.id))));
  assert.deepEqual([writer.blocks.all.length, writer.blocks.split.size], [1, 0]);
  assert.deepEqual(readTraces(writer).get(traceId(3)), spans);
});

test('200 spans of one id are kept as 200, and known when they come again', async (t) => {
  const writer = await openTestWriter(temporaryDirectory(t));
  t.after(() => writer.close());
  const spans = Array.from({ length: 200 }, (_, i) => aSpan({ traceId: traceId(4), spanId: spanId(1), parentSpanId: spanId(1), start: i }));
  assert.deepEqual(await writer.append(spans, 1), { stored: 200, duplicates: 0 });
  assert.deepEqual(await writer.append(spans, 2), { stored: 0, duplicates: 200 });
  await writer.flush('all');
  assert.deepEqual(await writer.append(spans, 3), { stored: 0, duplicates: 200 });
  assert.deepEqual(readTrace(writer, traceId(4)), spans);
});

test('an attribute of 5 MB comes back as it was', async (t) => {
  const writer = await openTestWriter(temporaryDirectory(t));
  t.after(() => writer.close());
  const huge = 'ü€😀x'.repeat(500_000);
  const spans = [aSpan({ traceId: traceId(5), spanId: spanId(1), attributes: { huge } }), aSpan({ traceId: traceId(5), spanId: spanId(2), attributes: { huge: 'small' }, start: 1 })];
  await writer.append(spans, 1);
  await writer.flush('all');
  assert.deepEqual(readTrace(writer, traceId(5)), spans);
});

test('a span with ten thousand attributes costs its neighbours nothing', async (t) => {
  const writer = await openTestWriter(temporaryDirectory(t));
  t.after(() => writer.close());
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key.${i}`, i]));
  await writer.append([aSpan({ traceId: traceId(6), spanId: spanId(1), attributes: many }), ...largeTrace(7, 2000, 'wide')], 1);
  await writer.flush('all');
  assert.deepEqual(readTrace(writer, traceId(6))[0]?.attributes, many);
  assert.equal(readTrace(writer, traceId(7)).length, 2000);
});

test('memory for spans that are in no block stays bounded while they pour in', async (t) => {
  const headBytes = 2_000_000;
  const writer = await openTestWriter(temporaryDirectory(t), { headBytes });
  t.after(() => writer.close());
  let most = 0;
  for (let n = 1; n <= 60; n++) {
    await writer.append(largeTrace(n, 500, 'wide').map((span) => ({ ...span, attributes: { text: `${n} ${span.spanId} ${'x'.repeat(500)}` } })), n * 100);
    most = Math.max(most, writer.head.bytes);
  }
  assert.ok(most < 4 * headBytes, `${most} bytes`);
  await writer.flush('all');
  assert.equal(writer.counts().spans, 30_000);
  assert.ok(writer.blocks.all.length >= 1);
});
