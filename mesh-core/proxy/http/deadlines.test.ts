import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { Deadlines } from './deadlines.ts';
import type { Watched } from './deadlines.ts';

function manual(): { readonly clock: Clock; readonly timers: Set<() => void> } {
  const timers = new Set<() => void>();
  const clock: Clock = {
    now: () => 0,
    after: () => () => {},
    every: (_ms, fn) => {
      timers.add(fn);
      return () => timers.delete(fn);
    },
  };
  return { clock, timers };
}
const watched = (deadlineMs: number): Watched & { calls: number } => ({
  deadlineMs,
  calls: 0,
  onDeadline() {
    this.calls++;
  },
});

test('who is past the deadline is told at each look, others are not', () => {
  const { clock, timers } = manual();
  const deadlines = new Deadlines(clock);
  const [late, early] = [watched(0), watched(Infinity)];
  deadlines.add(late);
  deadlines.add(early);
  for (let i = 0; i < 2; i++) for (const look of timers) look();
  assert.deepEqual([late.calls, early.calls], [2, 0]);
});
test('one timer serves all, and none runs when there is nothing to watch', () => {
  const { clock, timers } = manual();
  const deadlines = new Deadlines(clock);
  const [one, other] = [watched(Infinity), watched(Infinity)];
  assert.equal(timers.size, 0);
  deadlines.add(one);
  deadlines.add(other);
  assert.equal(timers.size, 1);
  deadlines.remove(one);
  assert.equal(timers.size, 1);
  deadlines.remove(other);
  assert.equal(timers.size, 0);
});
test('one that leaves while others are told is not told', () => {
  const { clock, timers } = manual();
  const deadlines = new Deadlines(clock);
  const second = watched(0);
  const first: Watched = { deadlineMs: 0, onDeadline: () => deadlines.remove(second) };
  deadlines.add(first);
  deadlines.add(second);
  for (const look of timers) look();
  assert.equal(second.calls, 0);
});
