import { test } from 'node:test';
import assert from 'node:assert/strict';
import { fc } from '#mesh-core/testing/property.ts';
import { axisFormatter, formatNumber, formatParts, NO_DATA, type Unit } from './format-number.ts';

const spaced = (text: string): string => text.replaceAll('\u2009', ' ');

test('no data is a dash and never zero', () => {
  for (const nothing of [null, undefined, Number.NaN]) assert.equal(formatNumber(nothing, 'rps'), NO_DATA);
  assert.equal(spaced(formatNumber(0, 'rps')), '0 rps');
});

test('numbers have three significant digits and a unit that fits their size', () => {
  const cases: readonly (readonly [number, Unit, string])[] = [
    [1.2444, 'ms', '1.24 ms'],
    [0.0124, 'ms', '12.4 µs'],
    [1530, 'ms', '1.53 s'],
    [0.25, 's', '250 ms'],
    [90, 's', '90 s'],
    [600, 's', '10 min'],
    [832.4, 'rps', '832 rps'],
    [12_440, 'rps', '12.4 k rps'],
    [0.0321, 'ratio', '3.21 %'],
    [1, 'ratio', '100 %'],
    [1536, 'bytes', '1.5 KiB'],
    [1023.9, 'bytes', '1,020 B'],
    [5_242_880, 'bytesPerSecond', '5 MiB/s'],
    [999.6, 'count', '1 k'],
    [20, 'count', '20'],
    [0.25, 'cores', '250 mCPU'],
    [-3.456, 'none', '−3.46'],
  ];
  for (const [value, unit, text] of cases) assert.equal(spaced(formatNumber(value, unit)), text);
});

test('infinities are shown as such', () => {
  assert.equal(formatNumber(Number.POSITIVE_INFINITY, 'ms'), '∞');
  assert.equal(formatNumber(Number.NEGATIVE_INFINITY, 'ms'), '−∞');
});

test('the number part is never longer than eight characters for sizes a mesh can have', () => {
  fc.assert(fc.property(fc.double({ min: 1e-6, max: 1e14, noNaN: true }), (value) => assert.ok(formatParts(value, 'count').value.length <= 8, formatNumber(value, 'count'))));
});

test('ticks of one axis share a time unit', () => {
  const tick = axisFormatter(750, 'ms');
  assert.deepEqual([0, 250, 500, 750].map((v) => spaced(tick(v))), ['0', '250 ms', '500 ms', '750 ms']);
  const seconds = axisFormatter(2000, 'ms');
  assert.deepEqual([500, 1000, 2000].map((v) => spaced(seconds(v))), ['0.5 s', '1 s', '2 s']);
});
