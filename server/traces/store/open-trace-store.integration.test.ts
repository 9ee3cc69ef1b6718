import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { aSpan, traceId } from '#server/traces/testing/a-span.ts';
import { openTraceStore, type TraceStore } from './open-trace-store.ts';

const WHOLE = { fromUnixNano: '0', toUnixNano: '9000000000000000000', limit: 1500 };

function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'trace-store-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function open(directory: string, now = () => Date.now()): Promise<TraceStore> {
  return openTraceStore({ directory, retentionMs: 3_600_000, maxBytes: 1e9, clock: { ...systemClock, now }, log: silentLogger });
}

test('spans that were acknowledged survive SIGKILL at once', { timeout: 30_000 }, async (t) => {
  const directory = temporaryDirectory(t);
  const child = spawn(process.execPath, [join(import.meta.dirname, '../testing/append-until-killed.ts'), directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let acknowledged = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(line);
    if (acknowledged >= 25) break;
  }
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  assert.ok(acknowledged >= 25, 'the child must have stored something');
  const store = await open(directory);
  t.after(() => store.close());
  const stored = new Set((await store.search(WHOLE)).traces.map((found) => Number(`0x${found.traceId}`)));
  for (let i = 1; i <= acknowledged; i++) assert.ok(stored.has(i), `trace ${i} of ${acknowledged} is there`);
});

test('what was appended is found at once, and after the store is opened again', async (t) => {
  const directory = temporaryDirectory(t);
  const first = await open(directory);
  const spans = [aSpan({ traceId: traceId(1), service: 'cart' }), aSpan({ traceId: traceId(2), service: 'shop' })];
  assert.deepEqual(await first.append(spans), { stored: 2, duplicates: 0 });
  assert.deepEqual(await first.append(spans.slice(0, 1)), { stored: 0, duplicates: 1 });
  assert.deepEqual(await first.services(), ['cart', 'shop']);
  const stats = await first.stats();
  assert.deepEqual([stats.traces, stats.spans, stats.appended, stats.duplicates, stats.pending], [2, 2, 2, 1, 0]);
  await first.close();
  await first.close();
  assert.deepEqual(readdirSync(directory), ['spans.db'], 'the log is folded in');
  const second = await open(directory);
  t.after(() => second.close());
  assert.deepEqual((await second.get(traceId(1)))?.spans, spans.slice(0, 1));
  assert.equal((await second.search({ ...WHOLE, service: 'shop' })).total, 1);
});

test('appends go on while old spans are swept', async (t) => {
  let now = 1_000_000;
  const store = await open(temporaryDirectory(t), () => now);
  t.after(() => store.close());
  for (let i = 1; i <= 10; i++) await store.append(Array.from({ length: 500 }, () => aSpan({ traceId: traceId(i) })));
  now += 3_600_001;
  const swept = store.sweep();
  let running = true;
  void swept.finally(() => (running = false));
  await store.append([aSpan({ traceId: traceId(99) })]);
  assert.ok(running, 'the append did not wait for the sweep');
  assert.equal(await swept, 5000);
  assert.deepEqual((await store.search(WHOLE)).traces.map((found) => found.traceId), [traceId(99)]);
});

test('a closed store refuses spans with a reason to come back', async (t) => {
  const store = await open(temporaryDirectory(t));
  await store.close();
  await assert.rejects(store.append([aSpan()]), { code: 'overloaded', message: /could not be written: the trace store is closed/ });
});

test('a file that is no trace store is refused with its name and what to do', async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'spans.db'), 'this is not a database, and long enough to be looked at. '.repeat(100));
  await assert.rejects(open(directory), { code: 'internal', message: /cannot open the trace store .*spans\.db: file is not a database/, hint: /moved away/ });
});
