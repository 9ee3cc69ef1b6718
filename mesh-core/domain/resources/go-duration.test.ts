import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseDuration } from './go-duration.ts';

test('a Go duration is a signed sum of numbers with units, in milliseconds', () => {
  const cases: readonly [string, number | undefined][] = [
    ['1.5s', 1500],
    ['100ms', 100],
    ['1h30m', 5_400_000],
    ['1µs', 0.001],
    ['1us', 0.001],
    ['1ns', 1e-6],
    ['.5s', 500],
    ['1.s', 1000],
    ['0', 0],
    ['-2s', -2000],
    ['+2s', 2000],
    ['-0s', 0],
    ['2562047h', 9_223_369_200_000],
    ['', undefined],
    ['-', undefined],
    ['5', undefined],
    ['5 s', undefined],
    ['s', undefined],
    ['.s', undefined],
    ['1d', undefined],
    ['1s ', undefined],
    ['1e3s', undefined],
    ['2562048h', undefined],
    ['NaNs', undefined],
  ];
  for (const [text, want] of cases) assert.equal(parseDuration(text), want, JSON.stringify(text));
});
