import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { createTraceFinder, parseFindText } from './find-in-trace.ts';

const finder = createTraceFinder(
  buildSegment([
    aSpan({ start: 1, spanId: spanId(0xabc), service: 'gateway', name: 'GET /Items', kind: 'server', attributes: { 'http.method': 'GET', user: 'Ann Lee', list: ['x', 1] } }),
    aSpan({ start: 2, service: 'cart', name: 'add', kind: 'client', status: { code: 'error', message: 'Quota used up' }, attributes: { user: 'Bob', nothing: null } }),
    aSpan({ start: 3, service: 'cart', name: 'query', events: [{ timeUnixNano: '4', name: 'Retry', attributes: { attempt: 2 } }], links: [{ traceId: traceId(1), spanId: spanId(1), attributes: { why: 'batch' } }], resource: { 'service.name': 'cart', zone: 'eu-1' }, scope: { name: 'pg', attributes: { driver: 'libpq' } } }),
  ]),
);
const found = (text: string): number[] => [...finder(parseFindText(text)).entries()].flatMap(([row, hit]) => (hit === 1 ? [row] : []));

const CASES: readonly [rule: string, text: string, rows: number[]][] = [
  ['a service', 'CART', [1, 2]],
  ['part of a name, in any case', 'get /it', [0]],
  ['terms are OR', 'bob libpq', [1, 2]],
  ['quotes keep words together', '"ann lee"', [0]],
  ['words without quotes are apart', 'ann lee', [0]],
  ['a key', 'http.method', [0]],
  ['key=value', 'user=bob', [1]],
  ['a quoted key=value', '"user=ann lee"', [0]],
  ['part of a list, as JSON', '[', [0]],
  ['a left out key does not match', 'bob -user', []],
  ['leaving out leaves others alone', 'cart -user', [1, 2]],
  ['leaving out a part of a key', 'get -http', [0]],
  ['a whole span id', spanId(0xabc), [0]],
  ['part of a span id is none', '0000000abc', []],
  ['status', 'status=error', [1]],
  ['status message', 'quota', [1]],
  ['kind', 'kind=server', [0]],
  ['an event and its attribute', 'retry', [2]],
  ['an attribute of an event', 'attempt=2', [2]],
  ['an attribute of a link', 'why=batch', [2]],
  ['the resource', 'zone=eu', [2]],
  ['the scope', 'pg', [2]],
  ['an attribute without value is no text', 'nothing', []],
  ['nothing finds nothing', '  ', []],
  ['a text that crosses two values finds none', 'addquery', []],
];
for (const [rule, text, rows] of CASES) test(`find: ${rule}`, () => assert.deepEqual(found(text), rows));

test('every text of a long list is found, and no other', () => {
  const many = createTraceFinder(buildSegment(Array.from({ length: 300 }, (_, i) => aSpan({ start: i, attributes: { id: `v${i}.` } }))));
  for (const i of [0, 1, 2, 7, 149, 298, 299]) assert.deepEqual([...many(parseFindText(`id=v${i}.`)).entries()].flatMap(([row, hit]) => (hit === 1 ? [row] : [])), [i]);
  assert.equal(many(parseFindText('id=v')).reduce((sum, hit) => sum + hit, 0), 300);
});
