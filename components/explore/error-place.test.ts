import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorPlace, errorText } from './error-place.ts';

const PLACES: readonly [message: string, query: string, marked: string | undefined][] = [
  ['invalid parameter "query": 1:5: parse error: unexpected end of input', 'sum(', '('],
  ['1:11: parse error: unexpected identifier "by"', 'sum by (a by)', 'by'],
  ['2:3: parse error: unknown function with name "foo"', 'up +\n  foo(up)', 'foo'],
  ['1:6: parse error: x', '"é" + foo', '+'],
  ['metric might not be a counter: "odd" (1:6)', 'rate(odd[1m])', 'odd'],
  ['expanding series: context deadline exceeded', 'up', undefined],
  ['9:1: parse error: elsewhere', 'up', undefined],
  ['1:1: parse error: no expression found in input', '', ''],
];
for (const [message, query, marked] of PLACES) {
  test(`${message} marks ${marked ?? 'nothing'}`, () => {
    const place = errorPlace(message, query);
    assert.equal(place === undefined ? undefined : query.slice(place.from, place.to), marked);
  });
}

test('the message is shown without the name of the parameter', () => {
  assert.equal(errorText('invalid parameter "query": 1:5: parse error: x'), '1:5: parse error: x');
});
