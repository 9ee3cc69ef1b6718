import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ViewTime } from '#components/time/time-window.ts';
import { formatSetRange, parseSetRange, sameSetRange, setWindows, type SetRange } from './set-range.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 10, 21, 10);
const PAGE: ViewTime = { from: { kind: 'now', beforeMs: 15 * MINUTE }, to: { kind: 'now', beforeMs: 0 }, at: null };
const BEFORE: SetRange = { kind: 'before' };
const minutes = ({ a, b }: ReturnType<typeof setWindows>): readonly number[] => [a.fromMs, a.toMs, b.fromMs, b.toMs].map((ms) => (ms - NOW) / MINUTE);

function range(text: string): SetRange {
  const read = parseSetRange(text);
  assert.ok(read !== null, text);
  return read;
}

test('a range is written into the URL as it was read', () => {
  for (const text of ['before', 'now-1h..now-30m', 'now-15m..now', '2026-11-21T08:00:00Z..2026-11-21T09:00:00Z']) {
    assert.equal(formatSetRange(range(text)), text);
    assert.ok(sameSetRange(range(text), range(text)));
  }
  assert.ok(!sameSetRange(BEFORE, range('now-15m..now')) && !sameSetRange(range('now-10m..now'), range('now-15m..now')));
});

test('what is no range is none', () => {
  for (const text of ['', 'after', 'now-1h', '..', 'now-1h..', 'now-1h..soon', 'now-3h..now-2h..now']) assert.equal(parseSetRange(text), null, text);
});

test('sets without a range have the page’s, and one before the other is as long', () => {
  assert.deepEqual(minutes(setWindows(PAGE, null, null, NOW)), [-15, 0, -15, 0]);
  assert.deepEqual(minutes(setWindows(PAGE, BEFORE, null, NOW)), [-30, -15, -15, 0]);
  assert.deepEqual(minutes(setWindows(PAGE, null, BEFORE, NOW)), [-15, 0, -30, -15]);
});

test('before is before the range that the other set has of its own', () => {
  const deployed = range('2026-11-21T08:00:00Z..2026-11-21T08:20:00Z');
  assert.deepEqual(minutes(setWindows(PAGE, BEFORE, deployed, NOW)), [-140, -120, -120, -100]);
  assert.deepEqual(minutes(setWindows(PAGE, deployed, BEFORE, NOW)), [-120, -100, -140, -120]);
});

test('each before the other is A before the page’s range', () => {
  assert.deepEqual(minutes(setWindows(PAGE, BEFORE, BEFORE, NOW)), [-30, -15, -15, 0]);
});

test('a pinned moment stands for now in a range of a set’s own too', () => {
  assert.deepEqual(minutes(setWindows({ ...PAGE, at: NOW - 60 * MINUTE }, range('now-20m..now-10m'), null, NOW)), [-80, -70, -75, -60]);
});

test('a range that ends before it starts is as long as the default before its end', () => {
  assert.deepEqual(minutes(setWindows(PAGE, range('now..now-30m'), null, NOW)), [-45, -30, -15, 0]);
});
