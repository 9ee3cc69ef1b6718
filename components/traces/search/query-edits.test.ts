import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TraceQl } from '#server/traces/traceql/ast.ts';
import { attribute, compares, intrinsic } from './conditions.ts';
import { choiceOf, toggleChoice, withCondition, withoutChoice } from './query-edits.ts';
import { readQuery, writeQuery } from './query-text.ts';

const read = (text: string): TraceQl => {
  const result = readQuery(text);
  assert.ok(result.ok, text);
  return result.query;
};
const service = attribute('service.name', 'resource');
const text = (value: string) => ({ type: 'string', value }) as const;
const failed = compares(intrinsic('span:status'), '=', { type: 'status', value: 'error' });

test('a condition joins those of the first braces, and of a structure it filters what the structure found', () => {
  for (const [before, after] of [
    ['', '{ span:status = error }'],
    ['{ .a = 1 }', '{ .a = 1 && span:status = error }'],
    ['{ .a = 1 || .b = 2 }', '{ (.a = 1 || .b = 2) && span:status = error }'],
    ['{ .a = 1 } | count() > 2', '{ .a = 1 && span:status = error } | count() > 2'],
    ['{ .a = 1 } >> { .b = 2 }', '{ .a = 1 } >> { .b = 2 } | { span:status = error }'],
    ['{ .a = 1 } | rate() by(span:name)', '{ .a = 1 && span:status = error } | rate() by(span:name)'],
  ] as const) assert.equal(writeQuery(withCondition(read(before), failed)), writeQuery(read(after)), before);
});

test('a condition that is there already is not said twice', () => {
  const query = read('{ .a = 1 && status = error }');
  assert.equal(withCondition(query, failed), query);
});

test('a value is taken in, joined by a second one, and given back', () => {
  const one = toggleChoice(read(''), service, text('a'), 'include');
  assert.equal(writeQuery(one), '{ resource.service.name = "a" }');
  const two = toggleChoice(one, service, text('b'), 'include');
  assert.equal(writeQuery(two), '{ resource.service.name = "a" || resource.service.name = "b" }');
  assert.deepEqual(choiceOf(two, service).included, [text('a'), text('b')]);
  assert.equal(writeQuery(toggleChoice(two, service, text('a'), 'include')), '{ resource.service.name = "b" }');
  assert.equal(writeQuery(toggleChoice(toggleChoice(two, service, text('a'), 'include'), service, text('b'), 'include')), '');
});

test('a value that is left out changes sides when it is taken in', () => {
  const out = toggleChoice(read('{ .x = 1 }'), service, text('a'), 'exclude');
  assert.equal(writeQuery(out), '{ .x = 1 && resource.service.name != "a" }');
  assert.deepEqual(choiceOf(out, service), { included: [], excluded: [text('a')] });
  assert.equal(writeQuery(toggleChoice(out, service, text('a'), 'include')), '{ .x = 1 && resource.service.name = "a" }');
});

test('taking the last condition behind a structure away takes its braces away', () => {
  const structure = read('{ .a = 1 } >> { .b = 2 }');
  const chosen = toggleChoice(structure, service, text('a'), 'include');
  assert.equal(writeQuery(chosen), '{ .a = 1 } >> { .b = 2 } | { resource.service.name = "a" }');
  assert.equal(writeQuery(toggleChoice(chosen, service, text('a'), 'include')), writeQuery(structure));
});

test('a facet counts without its own choices and with all others', () => {
  const query = read('{ (resource.service.name = "a" || resource.service.name = "b") && resource.service.name != "c" && status = error && (.x = 1 || resource.service.name = "d") }');
  assert.equal(writeQuery(withoutChoice(query, service)), writeQuery(read('{ status = error && (.x = 1 || resource.service.name = "d") }')));
});
