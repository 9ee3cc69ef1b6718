import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { civilDate, daysInMonth } from './civil-date.ts';

test('dates are those of the Gregorian calendar, before 1970 too', () => {
  fc.assert(
    fc.property(fc.integer({ min: -8_640_000_000_000, max: 8_640_000_000_000 }), (seconds) => {
      const date = new Date(seconds * 1000);
      const { year, month, day, dayOfWeek, hour, minute } = civilDate(seconds);
      assert.deepEqual(
        [year, month, day, dayOfWeek, hour, minute],
        [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCDay(), date.getUTCHours(), date.getUTCMinutes()],
      );
    }),
    { interruptAfterTimeLimit: 500 },
  );
});

test('the length of months and the day of the year know leap years', () => {
  const at = (text: string): ReturnType<typeof civilDate> => civilDate(Date.parse(`${text}T00:00:00Z`) / 1000);
  const cases: readonly (readonly [string, days: number, dayOfYear: number])[] = [
    ['2023-02-28', 28, 59],
    ['2024-02-29', 29, 60],
    ['2024-12-31', 31, 366],
    ['1900-03-01', 31, 60],
    ['2000-03-01', 31, 61],
  ];
  for (const [text, days, dayOfYear] of cases) assert.deepEqual([daysInMonth(at(text)), at(text).dayOfYear], [days, dayOfYear], text);
});

test('every number has a date: fractions are cut off, what is no 64-bit integer is the smallest one', () => {
  assert.deepEqual([civilDate(-1.5).hour, civilDate(-1.5).minute, civilDate(-86_400.5).dayOfWeek], [23, 59, 3]);
  for (const value of [NaN, Infinity, -Infinity, 1e19]) {
    const { year, month, day, hour, minute } = civilDate(value);
    assert.deepEqual([year, month, day, hour, minute], [292_277_026_596, 12, 4, 15, 30]);
  }
  assert.deepEqual([civilDate(1e18).year, civilDate(1e18).dayOfYear, civilDate(-1e18).year], [31_688_740_476, 297, -31_688_736_537]);
});
