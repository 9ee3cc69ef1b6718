import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { openTraceStore } from '#server/traces/store/open-trace-store.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { questionsOver, selecting } from '#server/traces/testing/questions-over.ts';
import type { Span, TraceBackend } from '#server/traces/trace-backend.ts';
import type { TraceQuestions } from '#server/traces/trace-questions.ts';
import { createEmbeddedBackend } from './embedded-backend.ts';

const SERVICES = ['shop', 'cart', 'pay'];

/** 300 traces of three spans, told apart by everything that questions look at. */
const SPANS: readonly Span[] = Array.from({ length: 900 }, (_, i) => {
  const trace = i % 300;
  const depth = Math.floor(i / 300);
  return aSpan({
    traceId: traceId(trace + 1),
    spanId: spanId(i + 1),
    ...(depth === 0 ? {} : { parentSpanId: spanId(i - 299) }),
    service: SERVICES[depth] ?? '',
    name: `op${trace % 7}`,
    kind: depth === 0 ? 'server' : 'client',
    start: 1_000_000_000n * BigInt(trace) + BigInt(depth * 1000),
    duration: BigInt(1000 + (i % 97) * 1_000_000),
    status: { code: trace % 11 === 0 && depth === 2 ? 'error' : 'unset' },
    attributes: { user: `u${trace % 50}`, n: i % 13, slow: i % 97 > 60 },
    events: trace % 20 === 0 ? [{ timeUnixNano: String(1_000_000_000n * BigInt(trace)), name: 'retry', attributes: { attempt: 1 } }] : [],
  });
});

async function stored(t: TestContext): Promise<TraceBackend> {
  const directory = mkdtempSync(join(tmpdir(), 'trace-engine-'));
  const store = await openTraceStore({ directory, retentionMs: 3_600_000, maxBytes: 1e9, clock: systemClock, log: silentLogger });
  t.after(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  // Roots into one block, the rest of half of the traces into another, what is left stays in memory.
  await store.append(SPANS.slice(0, 300));
  await store.flush();
  await store.append(SPANS.slice(300, 700));
  await store.flush();
  await store.append(SPANS.slice(700));
  return createEmbeddedBackend(store);
}

async function answers(questions: TraceQuestions): Promise<unknown> {
  const user = { kind: 'attribute', key: 'user' } as const;
  const name = { kind: 'intrinsic', name: 'span:name' } as const;
  const range = { from: 20_000_000_000n, to: 280_000_000_000n };
  const page = { limit: 10, offset: 5, spansPerTrace: 2, columns: [user] };
  const searches = ['{ }', '{ .user = "u7" }', '{ status = error }', '{ span.n > 10 && duration > 50ms }', '{ resource.service.name = "shop" } >> { status = error }', '{ } | by(resource.service.name) | avg(duration) > 60ms', '{ event:name = "retry" }', '{ span.slow } | count() > 1'];
  return {
    searches: await Promise.all(searches.flatMap((q) => (['newest', 'longest', 'name'] as const).map((sort) => questions.search({ ...selecting(q, range), ...page, sort })))),
    deep: await questions.search({ ...selecting('{ }'), ...page, offset: 290, sort: 'oldest' }),
    heatmap: await questions.heatmap({ ...selecting('{ }', range), of: 'traces', timeBuckets: 20, durationBuckets: 10 }),
    facets: await questions.facets({ ...selecting('{ duration > 10ms }', range), fields: [user, name], limit: 5 }),
    deltas: await questions.deltas({ ...selecting('{ }', range), region: { of: 'spans', minDurationNano: '60000000' }, limit: 5 }),
    values: await questions.attributeValues({ field: user, selection: selecting('{ }', range), contains: '3', limit: 5 }),
    percentile: await questions.percentile({ service: 'cart', operation: 'op3', kind: 'client', durationNano: 5e7, fromUnixNano: '0', toUnixNano: '300000000000' }),
    metrics: await questions.metrics({ ...selecting('{ .user != nil } | rate() by (resource.service.name)', range, 'metrics'), stepNano: '10000000000', exemplars: 0 }),
    attributes: await questions.attributes(),
  };
}

test('the store answers every question as the same spans in one segment do, with traces split over blocks and memory', { timeout: 30_000 }, async (t) => {
  const backend = await stored(t);
  assert.deepEqual(await answers(backend), await answers(questionsOver(SPANS)));
  assert.deepEqual(await backend.services(), ['cart', 'pay', 'shop']);
  assert.equal((await backend.operations('pay')).reduce((sum, o) => sum + (o.spans ?? 0), 0), 300);
  assert.equal((await backend.segment(traceId(5)))?.spanCount, 3);
  assert.deepEqual((await backend.get(traceId(5)))?.spans.map((s) => s.spanId), [spanId(5), spanId(305), spanId(605)]);
});

test('a question that was given up ends at once with its reason, and others go on', { timeout: 30_000 }, async (t) => {
  const backend = await stored(t);
  const leaving = new AbortController();
  const request = { ...selecting('{ }'), sort: 'newest', limit: 1, offset: 0, spansPerTrace: 1 } as const;
  const left = backend.search(request, leaving.signal);
  const stays = backend.search(request);
  leaving.abort(new Error('the page was left'));
  await assert.rejects(left, /the page was left/);
  assert.equal((await stays).totalTraces, 300);
});

test('an answer for which stored spans cannot be read is not exact, and names what it left out', { timeout: 30_000 }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'trace-engine-'));
  const store = await openTraceStore({ directory, retentionMs: 3_600_000, maxBytes: 1e9, clock: systemClock, log: silentLogger });
  t.after(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  await store.append(SPANS.slice(0, 100));
  await store.flush();
  const [file = ''] = readdirSync(directory).filter((name) => name.startsWith('block'));
  const damaged = openSync(join(directory, file), 'r+');
  // The first pages are the ids of traces and how many spans each has.
  writeSync(damaged, Buffer.alloc(400, 0xff), 0, 400, 8);
  closeSync(damaged);
  await store.append(SPANS.slice(100, 300));
  await store.flush();
  const questions = createEmbeddedBackend(store);
  const told = new RegExp(`^100 stored spans from 1970-01-01T00:00:00Z to 1970-01-01T00:01:39Z cannot be read and are left out: ${file}: the page at [0-9]+ does not fit its checksum\\.$`);
  const range = selecting('{ }');
  const search = await questions.search({ ...range, sort: 'newest', limit: 300, offset: 0, spansPerTrace: 1 });
  assert.deepEqual([search.totalTraces, search.traces.length], [200, 200]);
  const service = { kind: 'attribute', scope: 'resource', key: 'service.name' } as const;
  const answers = [
    search,
    await questions.heatmap({ ...range, of: 'traces', timeBuckets: 4, durationBuckets: 4 }),
    await questions.facets({ ...range, fields: [service], limit: 4 }),
    await questions.deltas({ ...range, region: { of: 'spans', minDurationNano: '10' }, limit: 4 }),
    await questions.metrics({ ...selecting('{ } | rate() by (resource.service.name)', { to: 400_000_000_000n }, 'metrics'), stepNano: '100000000000', exemplars: 0 }),
  ];
  for (const { exact, notes } of answers) {
    assert.deepEqual([exact, notes.length], [false, 1]);
    assert.match(notes[0] ?? '', told);
  }
  const later = await questions.search({ ...selecting('{ }', { from: 150_000_000_000n }), sort: 'newest', limit: 1, offset: 0, spansPerTrace: 1 });
  assert.deepEqual([later.exact, later.notes], [true, []], 'what need not be read does no harm');
});
