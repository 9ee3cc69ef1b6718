import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { openTraceStore, type TraceStore } from './open-trace-store.ts';

/** Counts spans, and lists the ids of traces, wherever they are. */
const EVALUATOR = new URL('../testing/list-traces.ts', import.meta.url);

function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'trace-store-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function open(t: TestContext, directory: string, now = () => Date.now()): Promise<TraceStore> {
  const store = await openTraceStore({ directory, retentionMs: 3_600_000, maxBytes: 1e9, evaluator: EVALUATOR, clock: { ...systemClock, now }, log: silentLogger });
  t.after(() => store.close());
  return store;
}

async function listed(store: TraceStore): Promise<string[]> {
  const parts = (await store.fanOut('list')).parts as string[][];
  return parts.flat().sort();
}

test('what was appended is found at once, after a flush, and after the store is opened again', async (t) => {
  const directory = temporaryDirectory(t);
  const first = await open(t, directory);
  const spans = [aSpan({ traceId: traceId(1), service: 'cart' }), aSpan({ traceId: traceId(2), service: 'shop', start: 5 })];
  assert.deepEqual(await first.append(spans), { stored: 2, duplicates: 0 });
  assert.deepEqual(await first.append(spans.slice(0, 1)), { stored: 0, duplicates: 1 });
  assert.deepEqual(await first.services(), ['cart', 'shop']);
  assert.deepEqual(await listed(first), [`${traceId(1)}:1`, `${traceId(2)}:1`]);
  await first.flush();
  assert.deepEqual(await listed(first), [`${traceId(1)}:1`, `${traceId(2)}:1`]);
  assert.deepEqual(await first.append(spans), { stored: 0, duplicates: 2 }, 'known from the block');
  assert.deepEqual(await first.append([aSpan({ traceId: traceId(3) })]), { stored: 1, duplicates: 0 });
  const stats = await first.stats();
  assert.deepEqual([stats.traces, stats.spans, stats.appended, stats.duplicates, stats.blocks, stats.pendingBytes], [3, 3, 3, 3, 1, 0]);
  await first.close();
  await first.close();
  const second = await open(t, directory);
  assert.deepEqual((await second.get(traceId(1)))?.spans, spans.slice(0, 1));
  assert.equal((await second.get(traceId(9)))?.spans, undefined);
  assert.deepEqual(await listed(second), [1, 2, 3].map((n) => `${traceId(n)}:1`));
  assert.deepEqual(await second.operations('cart'), [{ name: 'op', kind: 'internal', spans: 1 }]);
});

test('late spans join their trace, in the block or not, and it comes once', async (t) => {
  const store = await open(t, temporaryDirectory(t));
  const span = (n: number) => aSpan({ traceId: traceId(7), spanId: spanId(n), ...(n === 1 ? {} : { parentSpanId: spanId(n - 1) }), start: n });
  await store.append([span(1), span(3)]);
  await store.flush();
  await store.append([span(2)]);
  assert.deepEqual(await listed(store), [`${traceId(7)}:3`]);
  await store.flush();
  await store.append([span(4)]);
  assert.deepEqual(await listed(store), [`${traceId(7)}:4`]);
  const segment = await store.segment(traceId(7).toUpperCase());
  assert.deepEqual([...(segment?.parentRow ?? [])], [-1, 0, 1, 2]);
  assert.deepEqual((await store.append([span(1), span(2), span(4)])).duplicates, 3);
  assert.deepEqual((await store.append([{ ...span(2), name: 'other' }])).stored, 1, 'the same id with other content is kept');
});

test('the state of a trace changes when spans of it come, not when others do', async (t) => {
  const store = await open(t, temporaryDirectory(t));
  const span = (trace: number, n: number) => aSpan({ traceId: traceId(trace), spanId: spanId(n) });
  const states: string[] = [];
  for (const step of [() => store.append([span(1, 1)]), () => store.append([span(1, 2)]), () => store.flush(), () => store.append([span(1, 3)])]) {
    await step();
    states.push(await store.stateOf(traceId(1)));
    await store.append([span(2, states.length), span(1, 1)]);
    assert.equal(await store.stateOf(traceId(1)), states.at(-1));
  }
  assert.equal(new Set(states).size, 4);
});

test('a request is decoded in the store, what is malformed or unusable is told', async (t) => {
  const store = await open(t, temporaryDirectory(t));
  const request = (spans: object[]): Buffer => Buffer.from(JSON.stringify({ resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans }] }] }));
  const good = { traceId: traceId(5), spanId: spanId(5), name: 'a', startTimeUnixNano: '1', endTimeUnixNano: '2' };
  const outcome = await store.appendOtlp(request([good, good, { ...good, spanId: '' }]), 'json');
  assert.ok(outcome.kind === 'stored');
  assert.deepEqual([outcome.stored, outcome.duplicates, outcome.rejected, outcome.reasons.size], [1, 1, 1, 1]);
  const malformed = await store.appendOtlp(Buffer.from('{'), 'json');
  assert.equal(malformed.kind, 'malformed');
  assert.deepEqual(await listed(store), [`${traceId(5)}:1`]);
});

test('what was stored too long ago goes, in memory and in blocks', async (t) => {
  let now = 1_000_000;
  const store = await open(t, temporaryDirectory(t), () => now);
  await store.append([aSpan({ traceId: traceId(1) })]);
  await store.flush();
  now += 1000;
  await store.append([aSpan({ traceId: traceId(2) })]);
  now += 3_600_500;
  await store.append([aSpan({ traceId: traceId(3) })]);
  assert.equal(await store.sweep(), 2);
  assert.deepEqual(await listed(store), [`${traceId(3)}:1`]);
  assert.equal(await store.sweep(), 0);
});

test('small blocks become one in a thread of its own, and nothing is lost or twice meanwhile', async (t) => {
  const directory = temporaryDirectory(t);
  const store = await open(t, directory);
  const expected: string[] = [];
  for (let n = 1; n <= 8; n++) {
    // Every trace goes on in the block after its first.
    await store.append([aSpan({ traceId: traceId(n), spanId: spanId(1), start: n }), ...(n === 1 ? [] : [aSpan({ traceId: traceId(n - 1), spanId: spanId(2), start: n })])]);
    await store.flush();
    expected.push(`${traceId(n)}:${n === 8 ? 1 : 2}`);
  }
  while ((await store.stats()).blocks > 1) assert.deepEqual(await listed(store), expected);
  assert.deepEqual(await listed(store), expected);
  assert.equal((await store.get(traceId(3)))?.spans.length, 2);
  assert.equal((await store.stats()).traces, 8);
  assert.equal(readdirSync(directory).filter((name) => name.startsWith('block')).length, 1);
});

test('a closed store refuses spans with a reason to come back', async (t) => {
  const store = await open(t, temporaryDirectory(t));
  await store.close();
  await assert.rejects(store.append([aSpan()]), { code: 'overloaded', message: /could not be written: the trace store is closed/ });
});

test('a directory that is no trace store is refused with what to do; spans of an older version are left alone', async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'manifest.json'), '{"version":9}');
  await assert.rejects(open(t, directory), { code: 'internal', message: /cannot open the trace store .*manifest\.json is not/, hint: /moved away/ });
  rmSync(join(directory, 'manifest.json'));
  writeFileSync(join(directory, 'spans.db'), 'old');
  await open(t, directory);
  assert.ok(existsSync(join(directory, 'spans.db')), readdirSync(directory).join());
});

test('an answer that nobody waits for any more is given up', async (t) => {
  const store = await open(t, temporaryDirectory(t));
  await store.append([aSpan()]);
  const abort = new AbortController();
  const asked = store.fanOut('wait', { signal: abort.signal });
  abort.abort(new Error('gone'));
  await assert.rejects(asked, /gone/);
  assert.equal((await listed(store)).length, 1, 'the thread is free again');
  await assert.rejects(store.fanOut('fail'), { code: 'internal', message: /could not be searched: no such task/ });
});
