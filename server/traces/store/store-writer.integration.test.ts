import assert from 'node:assert/strict';
import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync, closeSync, truncateSync, existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { FailingDisk } from '#server/timeseries/testing/failing-disk.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { arbitrarySpan } from '#server/traces/testing/arbitrary-spans.ts';
import { openTestWriter, readTrace, readTraces } from '#server/traces/testing/test-writer.ts';
import { compactBlocks } from './compact-blocks.ts';
import { sameSpan } from './same-span.ts';
import type { StoreWriterOptions } from './store-writer.ts';

function temporaryDirectory(t?: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'trace-store-'));
  t?.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function trace(n: number, spans = 2): Span[] {
  return Array.from({ length: spans }, (_, i) => aSpan({ traceId: traceId(n), spanId: spanId(i + 1), start: n * 1000 + i, attributes: { n } }));
}

function logFiles(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.startsWith('wal-')).sort().map((name) => join(directory, name));
}

async function problemsOf(directory: string, options: Partial<StoreWriterOptions> = {}) {
  const problems: string[] = [];
  const writer = await openTestWriter(directory, { ...options, tell: (_level, _fields, message) => problems.push(message) });
  return { writer, problems };
}

test('a record that was written in part is cut off, a damaged one in the middle loses nothing else', async (t) => {
  const directory = temporaryDirectory(t);
  const first = await openTestWriter(directory);
  const sizes: number[] = [];
  const [log] = logFiles(directory);
  assert.ok(log !== undefined);
  for (let n = 1; n <= 6; n++) {
    await first.append(trace(n), n);
    sizes.push(statSync(log).size);
  }
  await first.close();
  const whole = readFileSync(log);

  // The third: one byte in its middle; the fifth: its length.
  const damaged = openSync(log, 'r+');
  writeSync(damaged, Buffer.from([0xff]), 0, 1, ((sizes[1] ?? 0) + (sizes[2] ?? 0)) >> 1);
  writeSync(damaged, Buffer.from([0xff, 0xff, 0xff, 0x7f]), 0, 4, sizes[3] ?? 0);
  closeSync(damaged);
  const second = await problemsOf(directory);
  assert.deepEqual([...readTraces(second.writer).keys()].sort(), [1, 2, 4, 6].map(traceId));
  assert.deepEqual(second.problems, ['the log of spans is damaged; what is behind the damage was read']);
  await second.writer.close();

  writeFileSync(log, whole);
  truncateSync(log, (sizes[5] ?? 0) - 3);
  const third = await problemsOf(directory);
  assert.deepEqual([...readTraces(third.writer).keys()].sort(), [1, 2, 3, 4, 5].map(traceId));
  assert.deepEqual(third.problems, ['the end of the log of spans was not written whole']);
  await third.writer.close();
});

test('a damaged block is left aside and told, and costs nothing but itself', async (t) => {
  const directory = temporaryDirectory(t);
  const first = await openTestWriter(directory);
  for (let n = 1; n <= 3; n++) {
    await first.append(trace(n), n);
    await first.flush('all');
  }
  await first.close();
  const blocks = readdirSync(directory).filter((name) => name.endsWith('.spans')).sort();
  truncateSync(join(directory, blocks[1] ?? ''), 100);
  writeFileSync(join(directory, 'block-00000077.spans'), 'of a flush that did not come to its end');
  writeFileSync(join(directory, 'block-00000078.spans.tmp'), '');
  const { writer, problems } = await problemsOf(directory);
  t.after(() => writer.close());
  assert.deepEqual([...readTraces(writer).keys()].sort(), [1, 3].map(traceId));
  assert.deepEqual(problems, ['a block of spans cannot be read; it is left aside']);
  assert.deepEqual(readdirSync(directory).filter((name) => name.startsWith('block')).sort(), [blocks[0], `${blocks[1]}.damaged`, blocks[2]]);
});

test('a full disk refuses whole requests, and takes them again when there is room', async (t) => {
  const disk = new FailingDisk();
  const directory = temporaryDirectory(t);
  const writer = await openTestWriter(directory, { createLogFile: disk.createFile });
  await writer.append(trace(1), 1);
  disk.free = 50;
  await assert.rejects(writer.append(trace(2), 2), /ENOSPC/);
  assert.deepEqual([...readTraces(writer).keys()], [traceId(1)]);
  disk.free = Infinity;
  assert.deepEqual(await writer.append(trace(2), 2), { stored: 2, duplicates: 0 });
  await writer.close();
  const { writer: again, problems } = await problemsOf(directory);
  t.after(() => again.close());
  assert.deepEqual([[...readTraces(again).keys()].sort(), problems], [[1, 2].map(traceId), []]);
});

test('a block that cannot be written stays in the log; then requests are refused before memory is full', async (t) => {
  const directory = temporaryDirectory(t);
  let full = true;
  const createBlockFile: StoreWriterOptions['createBlockFile'] = async (path) => {
    const file = await open(path, 'w');
    return { datasync: () => file.datasync(), close: () => file.close(), write: async (bytes) => (full ? Promise.reject(new Error('ENOSPC')) : file.write(bytes)) };
  };
  const { writer, problems } = await problemsOf(directory, { createBlockFile, headBytes: 20_000 });
  let stored = 0;
  await assert.rejects(async () => {
    for (; stored < 1000; stored++) await writer.append(trace(stored + 1, 10), 1);
  }, /could not be written to a block yet/);
  assert.ok(stored > 3 && stored < 100, `${stored} traces`);
  assert.ok(problems.includes('spans could not be written to a block; they are in the log'));
  assert.deepEqual(readdirSync(directory).filter((name) => name.startsWith('block')), []);
  full = false;
  await writer.flush('all');
  assert.equal((await writer.append(trace(2000), 100_000)).stored, 2);
  assert.equal(readTraces(writer).size, stored + 1);
  await writer.close();
});

test('spans sent again are known from the log, the head and blocks, over restarts', async (t) => {
  const directory = temporaryDirectory(t);
  const first = await openTestWriter(directory);
  await first.append(trace(1), 1);
  await first.flush('all');
  await first.append(trace(2), 2);
  await first.close();
  const second = await openTestWriter(directory);
  for (const n of [1, 2]) assert.deepEqual(await second.append(trace(n), 3), { stored: 0, duplicates: 2 });
  await second.close();
  assert.equal(logFiles(directory).length > 0, true);
  const third = await openTestWriter(directory);
  t.after(() => third.close());
  assert.deepEqual([...readTraces(third).values()].map((spans) => spans.length), [2, 2]);
});

test('traces that are still growing stay in the head and in the log when the others go to a block', async (t) => {
  const directory = temporaryDirectory(t);
  const first = await openTestWriter(directory);
  await first.append(trace(1), 1_000);
  await first.append(trace(2), 9_000);
  first.tick(10_000);
  await first.flush('idle');
  assert.deepEqual([[...first.head.traces.keys()], first.counts()], [[traceId(2)], { ...first.counts(), traces: 2, spans: 4, blocks: 1 }]);
  await first.close();
  const second = await openTestWriter(directory);
  t.after(() => second.close());
  assert.deepEqual([[...second.head.traces.keys()], [...readTraces(second).keys()].sort()], [[traceId(2)], [1, 2].map(traceId)]);
});

test('the longest stored go when the store takes too much on disk', async (t) => {
  const directory = temporaryDirectory(t);
  const writer = await openTestWriter(directory);
  t.after(() => writer.close());
  for (let n = 1; n <= 4; n++) {
    await writer.append(trace(n, 50), n);
    await writer.flush('all');
  }
  await writer.append(trace(5, 50), 5);
  const size = writer.blocks.all[0]?.file.bytes ?? 0;
  assert.equal(await writer.sweep({ storedBeforeMs: 0, maxBytes: Math.ceil(size * 2.9) }), 100);
  assert.deepEqual([...readTraces(writer).keys()].sort(), [3, 4, 5].map(traceId));
  assert.equal(await writer.sweep({ storedBeforeMs: 0, maxBytes: 10 }), 150, 'what is in memory too');
  assert.equal(readTraces(writer).size, 0);
  assert.equal((await writer.append(trace(1), 6)).stored, 2, 'what went may come again');
});

test('files of blocks that somebody reads stay until they are read', async (t) => {
  const directory = temporaryDirectory(t);
  const writer = await openTestWriter(directory);
  t.after(() => writer.close());
  await writer.append(trace(1), 1);
  await writer.flush('all');
  const path = writer.blocks.all[0]?.path ?? '';
  const pin = writer.pin();
  await writer.sweep({ storedBeforeMs: 100, maxBytes: 1e9 });
  assert.equal(writer.blocks.all.length, 0);
  assert.ok(existsSync(path));
  await writer.unpin(pin);
  assert.ok(!existsSync(path));
});

test('the same spans are there before and after flushes and merges, whichever way they came in', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.array(arbitrarySpan, { minLength: 1, maxLength: 6 }), fc.constantFrom('append', 'flush', 'merge', 'reopen')), { minLength: 1, maxLength: 7 }), async (steps) => {
      const directory = temporaryDirectory();
      let writer = await openTestWriter(directory, { compact: compactBlocks });
      try {
        const expected: Span[] = [];
        for (const [i, [spans, then]] of steps.entries()) {
          for (const span of spans) if (!expected.some((known) => sameSpan(known, span))) expected.push(span);
          await writer.append(spans, i);
          if (then === 'flush') await writer.flush('all');
          if (then === 'merge' && writer.blocks.all.length > 1) assert.ok(await writer.compact(writer.blocks.all.map(({ file }) => Number(file.id))));
          if (then === 'reopen') {
            await writer.close();
            writer = await openTestWriter(directory);
          }
          const stored = readTraces(writer);
          const all = [...stored.values()].flat();
          assert.equal(all.length, expected.length);
          for (const span of expected) assert.ok(all.some((known) => sameSpan(known, span)), JSON.stringify(span));
          for (const [id, of] of stored) assert.deepEqual(readTrace(writer, id).map((s) => s.spanId), of.map((s) => s.spanId));
          assert.equal(writer.counts().traces, stored.size);
        }
      } finally {
        await writer.close();
        rmSync(directory, { recursive: true, force: true });
      }
    }),
    { numRuns: 60, interruptAfterTimeLimit: 6000 },
  );
});
