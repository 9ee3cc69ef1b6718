import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import type { AttributeInfo } from '#server/traces/trace-questions.ts';
import { completeTraceQl, valueOptions } from './complete.ts';
import { parseTraceQl } from './parse.ts';

const KNOWN: readonly AttributeInfo[] = [
  { scope: 'span', key: 'http.route', types: ['string'] },
  { scope: 'span', key: 'a b', types: ['int', 'string'] },
  { scope: 'resource', key: 'service.name', types: ['string'] },
  { scope: 'resource', key: 'http.route', types: ['string'] },
  { scope: 'event', key: 'exception.type', types: ['string'] },
  { scope: 'intrinsic', key: 'span:name', types: ['string'] },
];

/** The cursor is at `^`: what is replaced, some labels that are offered, some that are not, and whose values fit. */
const CASES: readonly { readonly at: string; readonly typed?: string; readonly has?: readonly string[]; readonly hasNot?: readonly string[]; readonly values?: readonly [string, string] }[] = [
  { at: '^', has: ['{ }', 'count()'], hasNot: ['rate()'] },
  { at: '{^', has: ['span.http.route', 'resource.service.name', 'span."a b"', 'event.exception.type', 'span:status', 'status', 'nil', 'parent.'], hasNot: ['.http.route', '='] },
  { at: '{ sp^', typed: 'sp', has: ['span.http.route', 'span.'] },
  { at: '{ span.^ }', typed: 'span.', has: ['span.http.route'] },
  { at: '{ span.http.ro^', typed: 'span.http.ro', has: ['span.http.route'] },
  { at: '{ span:du^', typed: 'span:du', has: ['span:duration'] },
  { at: '{ .^', typed: '.', has: ['.http.route', '.service.name'], hasNot: ['.exception.type', 'span:name'] },
  { at: '{ parent.^', typed: 'parent.', has: ['parent.span.http.route', 'parent.span:name'], hasNot: ['status', 'span.'] },
  { at: '{ span.http.route ^ }', has: ['=', '=~', '&&'] },
  { at: '{ name ^', has: ['=', '!='] },
  { at: '{ span.http.route = ^', values: ['http.route', ''] },
  { at: '{ span.http.route =^', values: ['http.route', ''] },
  { at: '{ span.http.route = "/c^', typed: '"/c', values: ['http.route', '/c'] },
  { at: '{ span.http.route = "/c^"', typed: '"/c"', values: ['http.route', '/c'] },
  { at: '{ name =~ "^', typed: '"', values: ['span:name', ''] },
  { at: '{ status = ^', has: ['error', 'ok', 'unset'], values: ['span:status', ''] },
  { at: '{ status = er^', typed: 'er', has: ['error'], values: ['span:status', 'er'] },
  { at: '{ span:kind != ^', has: ['server', 'client'], values: ['span:kind', ''] },
  { at: '{ duration > ^', has: ['100ms'], values: ['span:duration', ''] },
  { at: '{ status = error ^', has: ['&&', '||'], hasNot: ['='] },
  { at: '{ status = error && ^', has: ['span.http.route'] },
  { at: '{ !(^', has: ['span.http.route'] },
  { at: '{ (status = error) ^', has: ['&&'] },
  { at: '{ } ^', has: ['&&', '>>', '!<<', '&~', '|'], hasNot: ['='] },
  { at: '{ } >> ^', has: ['{ }'], hasNot: ['rate()'] },
  { at: '{ } | ^', has: ['count()', 'by()', 'select()', 'rate()', '{ }'] },
  { at: '{ } | cou^', typed: 'cou', has: ['count()', 'count_over_time()'] },
  { at: '{ } | count() ^', has: ['>', '='], hasNot: ['=~', '&&'] },
  { at: '{ } | count() > 2 ^', has: ['|'], hasNot: ['&&'] },
  { at: '{ } | avg(^', has: ['span:duration', 'span.http.route'] },
  { at: '{ } | by(^', has: ['resource.service.name'] },
  { at: '{ } | by(.a) ^', has: ['|'] },
  { at: '{ } | select(.a, ^', has: ['resource.service.name'], hasNot: ['nil'] },
  { at: '{ } | rate() ^', has: ['by()', '| topk()', '>', 'with()'] },
  { at: '{ } | rate() by(^', has: ['resource.service.name'], hasNot: ['nil'] },
  { at: '{ } | rate() by(.a) ^', has: ['| topk()'] },
  { at: '{ } | rate() | ^', has: ['topk()'], hasNot: ['count()'] },
  { at: '{ } | compare(^', has: ['{ }'] },
  { at: '{ } | compare({ ^', has: ['status'] },
  { at: '({ } | ^', has: ['rate()', 'count()'] },
  { at: '({ } | rate()) / (^', has: ['{ }'] },
];
for (const { at, typed = '', has = [], hasNot = [], values } of CASES) {
  test(`at ${at}`, () => {
    const cursor = at.indexOf('^');
    const text = at.replace('^', '');
    const completion = completeTraceQl(text, cursor, KNOWN);
    assert.ok(completion);
    assert.equal(text.slice(completion.from, completion.to), typed);
    const labels = completion.options.map((o) => o.label);
    assert.deepEqual(has.filter((label) => !labels.includes(label)), []);
    assert.deepEqual(hasNot.filter((label) => labels.includes(label)), []);
    const { values: asked } = completion;
    assert.deepEqual(asked === undefined ? undefined : [asked.field.kind === 'attribute' ? asked.field.key : asked.field.name, asked.contains], values);
  });
}

for (const at of ['{ .a = 1^', '{ } // say^', '{ } | topk(^', '{ } | rate() with (^', '{ .a = "b"^', '{ } | quantile_over_time(duration, ^']) {
  test(`nothing at ${at}`, () => assert.equal(completeTraceQl(at.replace('^', ''), at.indexOf('^'), KNOWN), undefined));
}

test('values are offered as they are written', () => {
  assert.deepEqual(
    valueOptions([{ value: 'a "b"', type: 'string', spans: 3 }, { value: 200, type: 'int' }, { value: 2, type: 'float' }, { value: true, type: 'bool' }, { value: 'error', type: 'keyword' }]).map((o) => [o.label, o.detail]),
    [['"a \\"b\\""', '3 spans'], ['200', undefined], ['2.0', undefined], ['true', undefined], ['error', undefined]],
  );
});

test('every field that is offered is read as one, and any text may be completed anywhere', () => {
  for (const { label, type } of completeTraceQl('{', 1, KNOWN)?.options ?? []) if (type === 'field') assert.ok(parseTraceQl(`{ ${label} != nil }`).ok, label);
  const piece = fc.constantFrom('{', '}', '(', ')', '|', '&&', '!', '.a', 'span.', 'name', 'by', 'rate()', 'count()', '"', '=', '>', 'with', ',', ' ', '/*', '//', '\u{1f600}', '5');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }).map((p) => p.join('')), fc.nat(30), (text, at) => {
      const cursor = Math.min(at, text.length);
      const completion = completeTraceQl(text, cursor, KNOWN);
      assert.ok(completion === undefined || (completion.from <= cursor && completion.to >= cursor && completion.to <= text.length));
    }),
    { numRuns: 2000, interruptAfterTimeLimit: 1000 },
  );
});
