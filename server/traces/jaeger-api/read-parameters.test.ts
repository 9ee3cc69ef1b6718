import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBoolean, readGoDuration, readInteger, readRfc3339, readTextMap, readTraceId, rfc3339Nano } from './read-parameters.ts';

const REFUSED = { code: 'bad-request', message: /^malformed parameter p: / };

test('times are read to the nanosecond, in any zone, and written again', () => {
  const cases: readonly (readonly [string, bigint])[] = [
    ['1970-01-01T00:00:00Z', 0n],
    ['2026-11-18T11:06:40.123456789Z', 1_795_000_000_123_456_789n],
    ['2026-11-18T13:06:40.5+02:00', 1_795_000_000_500_000_000n],
    ['1969-12-31T23:59:59.999999999Z', -1n],
  ];
  for (const [value, nano] of cases) assert.equal(readRfc3339({ name: 'p', value }), nano, value);
  for (const nano of [0n, -1n, 1_795_000_000_123_456_789n]) assert.equal(readRfc3339({ name: 'p', value: rfc3339Nano(nano) }), nano);
  for (const value of ['', 'now', '2026-13-01T00:00:00Z', '2026-11-18 11:06:40Z', '1795000000']) assert.throws(() => readRfc3339({ name: 'p', value }), REFUSED, value);
});

test('a trace id is hex of any length, or base64 in either alphabet', () => {
  const id = 'fbfbfbfbfbfbfbfbfbfbfbfbfbfbfbfb';
  const base64 = Buffer.from(id, 'hex').toString('base64');
  for (const text of [id, id.toUpperCase(), base64, base64.replaceAll('=', ''), Buffer.from(id, 'hex').toString('base64url')]) assert.equal(readTraceId(text, 'p'), id, text);
  assert.equal(readTraceId('1', 'p'), '00000000000000000000000000000001');
  for (const text of ['', 'xyz!', `${id}0`, 'zzzz']) assert.throws(() => readTraceId(text, 'p'), REFUSED, text);
});

test('durations, whole numbers, booleans and maps are what Go reads', () => {
  assert.equal(readGoDuration({ name: 'p', value: '1.5s' }), 1_500_000_000n);
  assert.equal(readGoDuration({ name: 'p', value: '0' }), 0n);
  assert.equal(readInteger({ name: 'p', value: '-12' }), -12n);
  assert.equal(readBoolean({ name: 'p', value: 'T' }), true);
  assert.deepEqual(readTextMap({ name: 'p', value: '{"a":"b","__proto__":"c"}' }), Object.fromEntries([['a', 'b'], ['__proto__', 'c']]));
  assert.throws(() => readGoDuration({ name: 'p', value: '5' }), REFUSED);
  for (const value of ['1.5', '', '99999999999999999999', '9223372036854775808']) assert.throws(() => readInteger({ name: 'p', value }), REFUSED, value);
  assert.throws(() => readBoolean({ name: 'p', value: 'yes' }), REFUSED);
  for (const value of ['{', '[]', 'null', '{"a":1}']) assert.throws(() => readTextMap({ name: 'p', value }), REFUSED, value);
});
