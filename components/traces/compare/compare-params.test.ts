import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareVersionsHref } from './compare-links.ts';
import { traceIdOf } from './compare-params.ts';
import { extentOfRows } from './place-extent.ts';

test('a trace id is found in what was pasted, in lower case and with its leading zeros', () => {
  const id = '0af7651916cd43dd8448eb211c80319c';
  assert.equal(traceIdOf(` ${id.toUpperCase()} `), id);
  assert.equal(traceIdOf(`http://127.0.0.1:3000/traces/${id}?from=now-1h`), id);
  assert.equal(traceIdOf('8448eb211c80319c'), '00000000000000008448eb211c80319c');
  assert.equal(traceIdOf('no id'), '');
});

test('two versions of a service are compared by the names that proxies give them', () => {
  const href = new URL(compareVersionsHref('payment', 'v2', 'v3'), 'http://x');
  assert.equal(href.pathname, '/traces/compare');
  assert.equal(href.searchParams.get('qa'), '{ span.istio.canonical_service = "payment" && span.istio.canonical_revision = "v2" && span:kind = server }');
  assert.match(href.searchParams.get('qb') ?? '', /canonical_revision = "v3"/);
});

test('calls of a place run from the first start to the last end', () => {
  const columns = { start: Float64Array.of(0, 10, 30), duration: Float64Array.of(100, 50, 5) };
  assert.deepEqual(extentOfRows(columns, [1, 2]), { from: 10, to: 60 });
  assert.equal(extentOfRows(columns, []), undefined);
  assert.equal(extentOfRows(columns, [9]), undefined);
});
