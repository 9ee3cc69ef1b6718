import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { nextTurn, offsetFor, startSchedule } from './scrape-schedule.ts';

/** A clock that stands still until it is moved; timers fire `late` ms after they are due. */
class HandClock implements Clock {
  #now: number;
  #timers: { at: number; fn: () => void }[] = [];
  late = 0;
  constructor(now: number) {
    this.#now = now;
  }
  now(): number {
    return this.#now;
  }
  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + ms + this.late, fn };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((one) => one !== timer));
  }
  every(): () => void {
    return () => undefined;
  }
  /** Moves on and lets what is due run. */
  async moveTo(time: number): Promise<void> {
    for (;;) {
      const next = this.#timers.filter((one) => one.at <= time).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.at);
      next.fn();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now = time;
  }
}

test('runs come at fixed places of the interval, and a little lateness is not in their time', async () => {
  const clock = new HandClock(1_234_567);
  clock.late = 3;
  const times: number[] = [];
  const stop = startSchedule({ clock, intervalMs: 5000, offsetMs: 700, run: async (time) => void times.push(time) });
  await clock.moveTo(1_252_000);
  assert.deepEqual(times, [1_235_700, 1_240_700, 1_245_700, 1_250_700]);
  clock.late = 60;
  await clock.moveTo(1_261_000);
  assert.deepEqual(times.slice(4), [1_255_700, 1_260_760]);
  stop();
  await clock.moveTo(1_300_000);
  assert.equal(times.length, 6);
});

test('a run that takes longer than the interval is never joined by a second one', async () => {
  const clock = new HandClock(0);
  let running = 0;
  let most = 0;
  const starts: number[] = [];
  startSchedule({
    clock,
    intervalMs: 1000,
    offsetMs: 0,
    run: async (time) => {
      starts.push(time);
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => void clock.after(2500, resolve));
      running--;
    },
  });
  await clock.moveTo(10_000);
  assert.equal(most, 1);
  assert.deepEqual(starts, [1000, 4000, 7000, 10_000]);
});

test('targets are spread over the interval, each always at the same place', () => {
  const offsets = Array.from({ length: 100 }, (_, i) => offsetFor(`shop/workload-${i} http://127.0.0.1:${4000 + i}/metrics`, 5000));
  assert.ok(offsets.every((one) => one >= 0 && one < 5000));
  for (let fifth = 0; fifth < 5; fifth++) assert.ok(offsets.filter((one) => Math.floor(one / 1000) === fifth).length >= 8, 'every fifth of the interval has its share');
  assert.equal(offsetFor('a', 5000), offsetFor('a', 5000));
  assert.equal(nextTurn(10_000, 5000, 0), 15_000);
});
