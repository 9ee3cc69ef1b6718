import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDurationMs, parseDurationMs } from './durations.ts';
import { formatApiFloat, formatGoFloat, formatGoG, parseGoFloat, parsePromNumber } from './go-number.ts';
import { quote, unquote } from './go-string.ts';

test("floats are written as Go's strconv does, without an exponent", () => {
  const cases: readonly (readonly [number, string])[] = [
    [1, '1'], [0.1, '0.1'], [1e21, '1000000000000000000000'], [1.5e-7, '0.00000015'], [-2.5e22, '-25000000000000000000000'],
    [NaN, 'NaN'], [Infinity, '+Inf'], [-Infinity, '-Inf'], [-0, '-0'], [123456789.125, '123456789.125'],
  ];
  for (const [value, text] of cases) assert.equal(formatGoFloat(value), text);
});

test('the API writes very small and very large values with an exponent of two digits', () => {
  assert.equal(formatApiFloat(1e-7), '1e-07');
  assert.equal(formatApiFloat(1.5e300), '1.5e+300');
  assert.equal(formatApiFloat(1e21), '1e+21');
  assert.equal(formatApiFloat(0.000001), '0.000001');
  assert.equal(formatApiFloat(0), '0');
});

test('%g turns to an exponent from a million on and below a ten-thousandth', () => {
  const cases: readonly (readonly [number, string])[] = [[999999, '999999'], [1e6, '1e+06'], [1234567, '1.234567e+06'], [123456.7, '123456.7'], [0.0001, '0.0001'], [0.00001, '1e-05'], [0, '0'], [-1e20, '-1e+20'], [NaN, 'NaN'], [-Infinity, '-Inf']];
  for (const [value, text] of cases) assert.equal(formatGoG(value), text);
});

test('numbers are read with Go bases, underscores and names', () => {
  assert.equal(parsePromNumber('0x1F'), 31);
  assert.equal(parsePromNumber('010'), 8);
  assert.equal(parsePromNumber('09'), 9);
  assert.equal(parsePromNumber('1_000'), 1000);
  assert.equal(parsePromNumber('-Inf'), -Infinity);
  assert.equal(parseGoFloat('+Inf'), Infinity);
  assert.equal(parseGoFloat('abc'), undefined);
  assert.equal(parseGoFloat(''), undefined);
});

test('durations are read and written in falling units', () => {
  assert.equal(parseDurationMs('1h30m'), 5_400_000);
  assert.equal(parseDurationMs('1d12h'), 129_600_000);
  assert.equal(parseDurationMs('30m1h'), undefined);
  assert.equal(parseDurationMs('5'), undefined);
  assert.equal(formatDurationMs(90_000), '1m30s');
  assert.equal(formatDurationMs(8 * 86_400_000), '8d');
  assert.equal(formatDurationMs(14 * 86_400_000), '2w');
  assert.equal(formatDurationMs(0), '0s');
});

test('string literals follow the rules of Go', () => {
  assert.equal(unquote('"a\\n\\x41\\u00e9\\101"'), 'a\nA\u00e9A');
  assert.equal(unquote('`a\\n`'), 'a\\n');
  assert.equal(unquote("'it\\'s'"), "it's");
  assert.equal(unquote('"bad\\q"'), undefined);
  assert.equal(unquote('"open'), undefined);
  assert.equal(quote(unquote('"a\\xc5z"') ?? ''), '"a\\xc5z"');
});
