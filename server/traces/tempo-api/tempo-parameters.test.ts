import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printPipeline } from '../traceql/print.ts';
import { fieldsAskedFor, readCount, readQuery, readRange, readSearchQuery, readStep, readTag } from './tempo-parameters.ts';

const NOW = 1_795_000_000_000;
const range = (query: string) => readRange(new URLSearchParams(query), NOW);
const search = (query: Record<string, string>) => printPipeline(readSearchQuery(new URLSearchParams(query)).pipeline);

test('times are seconds, nanoseconds, RFC 3339, or as long ago as said; an hour otherwise', () => {
  assert.deepEqual(range('start=100&end=200'), { from: 100_000_000_000n, to: 200_999_999_999n });
  assert.deepEqual(range('start=1795000000000000001&end=1795000000000000002'), { from: 1_795_000_000_000_000_001n, to: 1_795_000_000_000_000_002n });
  assert.deepEqual(range('start=2026-11-18T11:06:40Z&end=2026-11-18T11:06:41Z'), { from: 1_795_000_000_000_000_000n, to: 1_795_000_001_000_000_000n });
  assert.deepEqual(range('since=1m'), { from: 1_794_999_940_000_000_000n, to: 1_795_000_000_000_000_000n });
  assert.deepEqual(range(''), { from: 1_794_996_400_000_000_000n, to: 1_795_000_000_000_000_000n });
  for (const query of ['start=x', 'start=200&end=100', 'since=long']) assert.throws(() => range(query), { code: 'bad-request' }, query);
});

test('steps have a bound, and counts', () => {
  const hour = { from: 0n, to: 3_600_000_000_000n };
  assert.equal(readStep(new URLSearchParams('step=15s'), hour), 15_000_000_000n);
  assert.equal(readStep(new URLSearchParams('step=15'), hour), 15_000_000_000n);
  assert.equal(readStep(new URLSearchParams(''), hour), 60_000_000_000n);
  for (const step of ['0', '1ms', 'x']) assert.throws(() => readStep(new URLSearchParams({ step }), hour), { code: 'bad-request' }, step);
  assert.deepEqual([readCount(new URLSearchParams('limit=5'), 'limit', 20, 1, 9), readCount(new URLSearchParams('limit=50'), 'limit', 20, 1, 9), readCount(new URLSearchParams(), 'limit', 20, 1, 9)], [5, 9, 20]);
  assert.throws(() => readCount(new URLSearchParams('limit=0'), 'limit', 20, 1, 9), { code: 'bad-request' });
});

test('a search by tags is one by TraceQL: parts of values in any case, numbers, the length of the trace', () => {
  assert.equal(search({}), '{ }');
  assert.equal(search({ q: '{span.a=1}' }), '{ span.a = 1 }');
  assert.equal(search({ tags: 'service.name=cart http.status_code=500', minDuration: '1s', maxDuration: '2s' }), '{ .service.name =~ "(?i).*cart.*" && (.http.status_code =~ "(?i).*500.*" || .http.status_code = 500) && trace:duration >= 1s && trace:duration <= 2s }');
  assert.equal(search({ tags: 'name="GET /a.b" status=error' }), '{ span:name =~ "(?i).*GET /a\\\\.b.*" && span:status = error }');
  assert.equal(search({ q: '{ .a = "b" } && { } | select(status)', minDuration: '20ms', tags: 'not=read' }), '{ .a = "b" } && { } | select(span:status) | { trace:duration >= 20ms }');
  assert.throws(() => search({ tags: 'a="b' }), { code: 'bad-request', message: /^malformed parameter tags/ });
});

test('a query that is wrong is told with its place', () => {
  assert.throws(() => readQuery('{ span.a = }', 'search'), { code: 'bad-request', message: /^invalid TraceQL query: parse error at line 1, col 12/ });
  assert.throws(() => readQuery('{ }', 'metrics'), { code: 'bad-request', message: /metrics function/ });
});

test('a tag is named as TraceQL does, or barely', () => {
  assert.deepEqual(readTag('resource.service.name').kind, 'attribute');
  assert.deepEqual(readTag('status'), { kind: 'intrinsic', name: 'span:status' });
  assert.deepEqual(readTag('span:kind'), { kind: 'intrinsic', name: 'span:kind' });
  assert.deepEqual(readTag('service.name'), { kind: 'attribute', key: 'service.name' });
  assert.equal(JSON.stringify(readTag('span."a b"')).includes('"key":"a b"'), true);
  for (const text of ['', 'a, b)', '.a) | (', '{']) assert.throws(() => readTag(text), { code: 'bad-request' }, text);
});

test('what conditions look at is asked for with the spans', () => {
  const fields = fieldsAskedFor(readQuery('{ resource.service.name = "a" && status = error && !(.b > 1) && duration > 1s } >> ({ name = "x" } || { span.c != nil })', 'search'));
  assert.deepEqual(fields.map((f) => (f.kind === 'attribute' ? `${f.scope ?? ''}.${f.key}` : f.name)).sort(), ['.b', 'resource.service.name', 'span.c', 'span:status']);
});
