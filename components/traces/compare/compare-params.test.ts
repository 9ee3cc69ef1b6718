import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareRolloutHref } from './compare-links.ts';
import { traceIdOf } from './compare-params.ts';
import { extentOfRows } from './place-extent.ts';

test('a trace id is found in what was pasted, in lower case and with its leading zeros', () => {
  const id = '0af7651916cd43dd8448eb211c80319c';
  assert.equal(traceIdOf(` ${id.toUpperCase()} `), id);
  assert.equal(traceIdOf(`http://127.0.0.1:3000/traces/${id}?from=now-1h`), id);
  assert.equal(traceIdOf('8448eb211c80319c'), '00000000000000008448eb211c80319c');
  assert.equal(traceIdOf('no id'), '');
});

const ROLLOUT = { service: 'payment', stable: 'v2', canary: 'v3', promoted: false };
const STARTED = Date.UTC(2026, 10, 21, 10);
const FINISHED = STARTED + 5 * 60_000;
const paramsOf = (href: string): Readonly<Record<string, string>> => Object.fromEntries(new URL(href, 'http://x').searchParams);

test('two versions of a service are compared by the names that proxies give them', () => {
  const href = compareRolloutHref(ROLLOUT);
  assert.equal(new URL(href, 'http://x').pathname, '/traces/compare');
  assert.deepEqual(paramsOf(href), {
    qa: '{ span.istio.canonical_service = "payment" && span.istio.canonical_revision = "v2" && span:kind = server }',
    qb: '{ span.istio.canonical_service = "payment" && span.istio.canonical_revision = "v3" && span:kind = server }',
  });
  assert.deepEqual(paramsOf(compareRolloutHref({ ...ROLLOUT, startedMs: STARTED })), paramsOf(href));
});

test('a rollout that was taken back is compared over its own time: both versions served then', () => {
  const { qa = '', from, to } = paramsOf(compareRolloutHref({ ...ROLLOUT, startedMs: STARTED, finishedMs: FINISHED }));
  assert.match(qa, /canonical_revision = "v2"/);
  assert.deepEqual([from, to], ['2026-11-21T10:00:00Z', '2026-11-21T10:05:00Z']);
});

test('a promotion is compared before and after: nothing of the old version is served any more', () => {
  const { qa, qb, ra, from, to } = paramsOf(compareRolloutHref({ ...ROLLOUT, startedMs: STARTED, finishedMs: FINISHED, promoted: true }));
  assert.equal(qa, '{ span.istio.canonical_service = "payment" && span:kind = server }');
  assert.equal(qb, qa);
  assert.deepEqual([ra, from, to], ['2026-11-21T09:30:00Z..2026-11-21T10:00:00Z', '2026-11-21T10:05:00Z', '2026-11-21T10:35:00Z']);
});

test('calls of a place run from the first start to the last end', () => {
  const columns = { start: Float64Array.of(0, 10, 30), duration: Float64Array.of(100, 50, 5) };
  assert.deepEqual(extentOfRows(columns, [1, 2]), { from: 10, to: 60 });
  assert.equal(extentOfRows(columns, []), undefined);
  assert.equal(extentOfRows(columns, [9]), undefined);
});
