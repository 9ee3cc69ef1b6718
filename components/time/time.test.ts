import { test } from 'node:test';
import assert from 'node:assert/strict';
import { fc } from '#mesh-core/testing/property.ts';
import { formatBoundary, formatDuration, parseBoundary, parseDuration, type TimeBoundary } from './time-boundary.ts';
import { alignWindow, describeTime, isLive, resolveWindow, shiftTime, stepFor, type ViewTime } from './time-window.ts';
import { relativeTimeText } from './relative-time-text.ts';

const NOW = Date.UTC(2026, 10, 21, 10, 42, 7, 345);
const minutes = (n: number): number => n * 60_000;
const relative = (beforeMs: number, at: number | null = null): ViewTime => ({ from: { kind: 'now', beforeMs }, to: { kind: 'now', beforeMs: 0 }, at });

test('a duration reads compound units and refuses zero, signs and unknown units', () => {
  for (const [text, ms] of [['15m', minutes(15)], ['1h30m', minutes(90)], ['7d', 7 * 86_400_000], ['2w', 14 * 86_400_000], ['45s', 45_000]] as const) assert.equal(parseDuration(text), ms, text);
  for (const bad of ['', '0m', '-5m', '5', 'm', '5y', '1.5h', '5m ']) assert.equal(parseDuration(bad), undefined, bad);
});

test('a boundary reads now, now minus a duration, ISO instants with a zone and Unix milliseconds', () => {
  assert.deepEqual(parseBoundary('now'), { kind: 'now', beforeMs: 0 });
  assert.deepEqual(parseBoundary('now-15m'), { kind: 'now', beforeMs: minutes(15) });
  assert.deepEqual(parseBoundary('2026-11-21T10:00:00Z'), { kind: 'instant', ms: Date.UTC(2026, 10, 21, 10) });
  assert.deepEqual(parseBoundary('2026-11-21T12:00:00+02:00'), { kind: 'instant', ms: Date.UTC(2026, 10, 21, 10) });
  assert.deepEqual(parseBoundary('1795000000000'), { kind: 'instant', ms: 1_795_000_000_000 });
  for (const bad of ['', 'now+5m', 'now-', 'yesterday', '2026-11-21', '2026-11-21T10:00:00', '2026-13-40T10:00:00Z', '17950']) assert.equal(parseBoundary(bad), null, bad);
});

test('every boundary survives being written and read again', () => {
  const boundary: fc.Arbitrary<TimeBoundary> = fc.oneof(
    fc.integer({ min: 0, max: 400 * 86_400 }).map((s): TimeBoundary => ({ kind: 'now', beforeMs: s * 1000 })),
    fc.integer({ min: 1_000_000_000, max: 4_000_000_000 }).map((s): TimeBoundary => ({ kind: 'instant', ms: s * 1000 })),
  );
  fc.assert(fc.property(boundary, (b) => assert.deepEqual(parseBoundary(formatBoundary(b)), b)));
});

test('parsing never throws, whatever the URL holds', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseBoundary(text)));
});

test('a relative range moves with the clock and stops when a moment is pinned', () => {
  assert.deepEqual(resolveWindow(relative(minutes(15)), NOW), { fromMs: NOW - minutes(15), toMs: NOW });
  const pinned = relative(minutes(15), NOW - minutes(60));
  assert.deepEqual(resolveWindow(pinned, NOW), { fromMs: NOW - minutes(75), toMs: NOW - minutes(60) });
  assert.equal(isLive(relative(minutes(15))), true);
  assert.equal(isLive(pinned), false);
});

test('a reversed range becomes a quarter of an hour before its end', () => {
  const reversed: ViewTime = { from: { kind: 'instant', ms: NOW }, to: { kind: 'instant', ms: NOW - minutes(5) }, at: null };
  assert.deepEqual(resolveWindow(reversed, NOW), { fromMs: NOW - minutes(20), toMs: NOW - minutes(5) });
});

test('the step is round, at least the scrape interval, and yields at most 120 points', () => {
  for (const [length, step] of [[1, 5], [5, 5], [15, 10], [60, 30], [180, 120], [1440, 900]] as const) assert.equal(stepFor({ fromMs: 0, toMs: minutes(length) }), step, `${length} min`);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 * 24 * 400 }), (length) => {
      const window = { fromMs: 0, toMs: minutes(length) };
      assert.ok(minutes(length) / 1000 / stepFor(window) <= 120);
    }),
  );
});

test('two refreshes within one step ask for the same points', () => {
  const window = (ms: number) => ({ fromMs: ms - minutes(15), toMs: ms });
  const base = Math.floor(NOW / 10_000) * 10_000;
  assert.deepEqual(alignWindow(window(base + 1), 10), alignWindow(window(base + 9999), 10));
  const { start, end } = alignWindow(window(NOW), 10);
  assert.equal((end - start) % 10, 0);
});

test('stepping back pins a moment and keeps the length relative; stepping past now goes live again', () => {
  const back = shiftTime(relative(minutes(10)), NOW, -1);
  assert.deepEqual(back.from, { kind: 'now', beforeMs: minutes(10) });
  assert.equal(back.at, Math.floor((NOW - minutes(10)) / 1000) * 1000);
  assert.equal(shiftTime(back, NOW, 1).at === null || (shiftTime(back, NOW, 1).at ?? 0) < NOW, true);
  assert.equal(shiftTime(shiftTime(back, NOW, 1), NOW, 1).at, null);
});

test('the label names presets, pinned moments and absolute ranges', () => {
  assert.equal(describeTime(relative(minutes(15))), 'Last 15 minutes');
  assert.equal(describeTime(relative(minutes(7))), 'Last 7m');
  assert.equal(describeTime(relative(minutes(15), Date.UTC(2026, 10, 21, 9, 0)), 'UTC'), '15m before 21 Nov, 09:00');
  const absolute: ViewTime = { from: { kind: 'instant', ms: Date.UTC(2026, 10, 21, 9) }, to: { kind: 'instant', ms: Date.UTC(2026, 10, 21, 10, 30) }, at: null };
  assert.equal(describeTime(absolute, 'UTC'), '21 Nov, 09:00 – 10:30');
});

test('durations are written in their shortest exact form', () => {
  assert.equal(formatDuration(90 * 60_000), '1h30m');
  assert.equal(formatDuration(86_400_000), '1d');
  assert.equal(formatDuration(10), '1s');
});

test('relative times use one unit and say which side of now they are on', () => {
  for (const [ago, text] of [[0, 'now'], [4000, '4\u2009s ago'], [12 * 60_000, '12\u2009min ago'], [3 * 3_600_000, '3\u2009h ago'], [50 * 3_600_000, '2\u2009d ago'], [-300_000, 'in 5\u2009min']] as const) assert.equal(relativeTimeText(NOW - ago, NOW), text);
});
