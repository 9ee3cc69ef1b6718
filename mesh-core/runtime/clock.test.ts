import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFineClock, type TimeSource } from './clock.ts';

/** The time sources of processes of one machine, whose time is `real`; their own counters run at a rate. */
function machine() {
  const time = { real: 1_795_000_000_000.25 };
  const process = (rate = 1): TimeSource => {
    const began = time.real;
    return { wall: () => Math.floor(time.real), elapsed: () => (time.real - began) * rate, began };
  };
  return { time, process };
}

test('processes that began at any time agree to the microsecond', () => {
  const { time, process } = machine();
  const first = createFineClock(process());
  time.real += 17.6;
  const second = createFineClock(process());
  for (let i = 0; i < 500; i++) {
    time.real += 0.137;
    for (const clock of [first, second]) assert.ok(Math.abs(clock() - time.real) < 0.001);
  }
});

test('stays within the millisecond of system time, whatever its counter does and whenever it is set', () => {
  for (const rate of [0.9995, 1.0005]) {
    const { time, process } = machine();
    const clock = createFineClock(process(rate));
    for (let i = 0; i < 20_000; i++) {
      if (i === 5000) time.real += 3_600_000;
      if (i === 15_000) time.real -= 60_000;
      time.real += 0.31;
      assert.equal(Math.floor(clock()), Math.floor(time.real), `step ${i}`);
    }
  }
});

test('a process that is put to sleep between two questions does not lose the fraction', () => {
  const { time, process } = machine();
  const source = process();
  let sleepMs = 0;
  const clock = createFineClock({
    ...source,
    wall: () => {
      const now = source.wall();
      time.real += sleepMs;
      return now;
    },
  });
  sleepMs = 7.4;
  clock();
  sleepMs = 0;
  assert.ok(Math.abs(clock() - time.real) < 0.001);
});
