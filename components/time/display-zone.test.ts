import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { displayZone, fromZoneInput, setDisplayZone, toZoneInput, zoneOffsetMs } from './display-zone.ts';
import { formatMoment } from './time-window.ts';

const NOON = Date.UTC(2026, 10, 21, 12, 0, 5);
afterEach(() => setDisplayZone('local'));

test('in UTC, times are told and read as UTC whatever the machine is set to', () => {
  setDisplayZone('utc');
  assert.equal(displayZone(), 'UTC');
  assert.equal(zoneOffsetMs(NOON), 0);
  assert.equal(toZoneInput(NOON), '2026-11-21T12:00:05');
  assert.equal(fromZoneInput('2026-11-21T12:00:05'), NOON);
  assert.equal(formatMoment(NOON), '21 Nov, 12:00:05');
});

test('what a field holds is read back as the same moment in either zone, and an empty one is none', () => {
  for (const zone of ['local', 'utc'] as const) {
    setDisplayZone(zone);
    assert.equal(fromZoneInput(toZoneInput(NOON)), NOON, zone);
    assert.ok(Number.isNaN(fromZoneInput('')));
  }
});
