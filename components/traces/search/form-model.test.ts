import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttributeInfo } from '#server/traces/trace-questions.ts';
import type { TraceQl } from '#server/traces/traceql/ast.ts';
import { attribute, intrinsic } from './conditions.ts';
import { formOf, readValue, withAttribute, withSlot, withSpanCount } from './form-model.ts';
import { readQuery, writeQuery } from './query-text.ts';

const read = (text: string): TraceQl => {
  const result = readQuery(text);
  assert.ok(result.ok, text);
  return result.query;
};

test('a query of conditions fills the form', () => {
  const form = formOf(read('{ resource.service.name = "a" && name = "GET /" && kind = server && status = error && duration >= 20ms && duration <= 2s && span.http.status_code >= 500 && .x != nil } | count() >= 3'));
  assert.deepEqual([form.service, form.operation, form.kind, form.status, form.min, form.max, form.spans, form.more], ['a', 'GET /', 'server', 'error', 20_000_000n, 2_000_000_000n, 3, false]);
  assert.deepEqual(form.attributes.map(({ operator, value }) => [operator, value.type]), [['>=', 'int'], ['!=', 'nil']]);
});

test('the form says when the query says more', () => {
  for (const text of ['{ .a = 1 } >> { }', '{ .a = 1 || .b = 2 }', '{ } | by(span:name)', '{ } | rate()', '{ } | count() > 2', '{ duration > 1s && -.a = 2 }']) assert.equal(formOf(read(text)).more, true, text);
  for (const text of ['', '{ duration > 1s }', '{ } | count() >= 2']) assert.equal(formOf(read(text)).more, false, text);
});

test('a field changes in its place, and the rest stays', () => {
  const query = read('{ resource.service.name = "a" && (.x = 1 || .y = 2) } | by(span:name)');
  assert.equal(writeQuery(withSlot(query, 'service', { type: 'string', value: 'b' })), writeQuery(read('{ resource.service.name = "b" && (.x = 1 || .y = 2) } | by(span:name)')));
  assert.equal(writeQuery(withSlot(query, 'service', undefined)), writeQuery(read('{ .x = 1 || .y = 2 } | by(span:name)')));
  assert.equal(writeQuery(withSlot(read(''), 'min', { type: 'duration', value: 1_500_000n })), writeQuery(read('{ duration >= 1500us }')));
});

test('conditions on attributes are added, changed and taken away one by one', () => {
  const two = withAttribute(withAttribute(read(''), undefined, { field: attribute('a', 'span'), operator: '=', value: { type: 'int', value: 1n } }), undefined, { field: attribute('b'), operator: '=~', value: { type: 'string', value: 'x.*' } });
  assert.equal(writeQuery(two), '{ span.a = 1 && .b =~ "x.*" }');
  assert.equal(writeQuery(withAttribute(two, 0, { field: attribute('a', 'span'), operator: '>', value: { type: 'int', value: 2n } })), '{ span.a > 2 && .b =~ "x.*" }');
  assert.equal(writeQuery(withAttribute(two, 1, undefined)), '{ span.a = 1 }');
});

test('the number of spans is a stage behind the first, before all others', () => {
  assert.equal(writeQuery(withSpanCount(read('{ .a = 1 } | by(span:name)'), 4)), writeQuery(read('{ .a = 1 } | count() >= 4 | by(span:name)')));
  assert.equal(writeQuery(withSpanCount(read('{ .a = 1 } | count() >= 4'), 5)), writeQuery(read('{ .a = 1 } | count() >= 5')));
  assert.equal(writeQuery(withSpanCount(read('{ .a = 1 } | count() >= 4'), undefined)), '{ .a = 1 }');
});

test('what is typed is read by the types that the attribute has', () => {
  const known: readonly AttributeInfo[] = [
    { scope: 'span', key: 'http.status_code', types: ['string'] },
    { scope: 'span', key: 'http.response.status_code', types: ['int'] },
  ];
  for (const [key, typed, value] of [
    ['http.status_code', '503', { type: 'string', value: '503' }],
    ['http.response.status_code', '503', { type: 'int', value: 503n }],
    ['other', '1.5', { type: 'float', value: 1.5 }],
    ['other', 'true', { type: 'bool', value: true }],
    ['other', '"true"', { type: 'string', value: 'true' }],
    ['other', 'nil', { type: 'nil' }],
    ['other', 'a b', { type: 'string', value: 'a b' }],
  ] as const) assert.deepEqual(readValue(typed, attribute(key, 'span'), known), value, `${key} ${typed}`);
  assert.deepEqual(readValue('1.5ms', intrinsic('trace:duration'), known), { type: 'duration', value: 1_500_000n });
});
