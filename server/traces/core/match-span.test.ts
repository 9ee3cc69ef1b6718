import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { spanMatches, type SpanQuery } from './match-span.ts';

const span = aSpan({
  service: 'catalog',
  name: 'GET /items',
  kind: 'server',
  start: 1000,
  duration: 500,
  status: { code: 'error' },
  attributes: { 'http.status_code': 503, retried: true, ratio: 0.5, list: ['a', 1], 'span.kind': 'fake', 'resource.zone': 'on the span' },
  events: [{ timeUnixNano: '1100', name: 'exception', attributes: { 'exception.type': 'Timeout' } }],
  links: [{ traceId: traceId(1), spanId: spanId(1), attributes: { why: 'batch' } }],
  resource: { 'service.name': 'catalog', zone: 'eu' },
  scope: { name: 'http', version: '1.2', attributes: { lib: 'x' } },
});

const CASES: readonly [rule: string, query: Partial<SpanQuery>, matches: boolean][] = [
  ['an empty query matches', {}, true],
  ['service', { service: 'catalog' }, true],
  ['another service', { service: 'cart' }, false],
  ['operation, whole', { operation: 'GET /items' }, true],
  ['operation, part', { operation: 'GET' }, false],
  ['status', { status: 'error' }, true],
  ['another status', { status: 'unset' }, false],
  ['start at the lower bound', { fromUnixNano: '1000' }, true],
  ['start below the lower bound', { fromUnixNano: '1001' }, false],
  ['start at the upper bound', { toUnixNano: '1000' }, true],
  ['start above the upper bound', { toUnixNano: '999' }, false],
  ['duration at the least', { minDurationNano: '500' }, true],
  ['duration below the least', { minDurationNano: '501' }, false],
  ['duration at the most', { maxDurationNano: '500' }, true],
  ['duration above the most', { maxDurationNano: '499' }, false],
  ['a number as text', { tags: { 'http.status_code': '503' } }, true],
  ['a boolean as text', { tags: { retried: 'true' } }, true],
  ['a fraction as text', { tags: { ratio: '0.5' } }, true],
  ['a list as JSON', { tags: { list: '["a",1]' } }, true],
  ['on an event', { tags: { 'exception.type': 'Timeout' } }, true],
  ['on a link', { tags: { why: 'batch' } }, true],
  ['on the resource', { tags: { zone: 'eu' } }, true],
  ['on the resource, said so', { tags: { 'resource.zone': 'eu' } }, true],
  ['resource. looks at the resource only', { tags: { 'resource.zone': 'on the span' } }, false],
  ['on the scope', { tags: { lib: 'x' } }, true],
  ['scope name and version', { tags: { 'scope.name': 'http', 'scope.version': '1.2' } }, true],
  ['span.kind in any case, not the attribute of that name', { tags: { 'span.kind': 'SERVER' } }, true],
  ['an attribute cannot pose as a special key', { tags: { 'span.kind': 'fake' } }, false],
  ['span.status in any case', { tags: { 'span.status': 'Error' } }, true],
  ['error=true', { tags: { error: 'true' } }, true],
  ['error=1', { tags: { error: '1' } }, true],
  ['error=false', { tags: { error: 'false' } }, false],
  ['error=maybe matches nothing', { tags: { error: 'maybe' } }, false],
  ['all tags must hold', { tags: { zone: 'eu', why: 'stream' } }, false],
  ['a value is not a prefix', { tags: { zone: 'e' } }, false],
];
for (const [rule, query, matches] of CASES) {
  test(`search by ${rule}: ${matches ? 'found' : 'not found'}`, () => assert.equal(spanMatches(span, { fromUnixNano: '0', toUnixNano: '5000', ...query }), matches));
}

test('a span without error counts as error=false even when its status is unset', () => {
  assert.equal(spanMatches(aSpan(), { fromUnixNano: '0', toUnixNano: '5', tags: { error: 'false' } }), true);
});
