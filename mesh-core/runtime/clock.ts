/** Time as a port, so that tests drive it. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number;
  /** Calls `fn` once after `ms`; returns the cancel function. */
  after(ms: number, fn: () => void): () => void;
  /** Calls `fn` every `ms`; returns the cancel function. */
  every(ms: number, fn: () => void): () => void;
}

/** The machine's clock. Its timers do not keep a process alive on their own. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, fn) => {
    const t = setTimeout(fn, ms);
    t.unref();
    return () => clearTimeout(t);
  },
  every: (ms, fn) => {
    const t = setInterval(fn, ms);
    t.unref();
    return () => clearInterval(t);
  },
};

/** What the machine tells of time, milliseconds. */
export interface TimeSource {
  /** Unix time, whole. */
  wall(): number;
  /** Since the process began, with a fraction. */
  elapsed(): number;
  /** Unix time at which the process began, with a fraction. */
  readonly began: number;
}

const machineTime: TimeSource = { wall: () => Date.now(), elapsed: () => performance.now(), began: performance.timeOrigin };

/**
 * Unix milliseconds with a fraction, for spans: two events within a millisecond keep their order, in one process and
 * across those of one machine. Follows system time when it is set or slewed: never outside the millisecond that it tells.
 */
export function createFineClock({ wall, elapsed, began }: TimeSource = machineTime): () => number {
  let offset = began;
  return () => {
    // Asked before and after, because a process may be put to sleep between two questions.
    const least = wall();
    const time = elapsed() + offset;
    const most = wall() + 0.999;
    const within = Math.min(Math.max(time, least), Math.max(most, least));
    offset += within - time;
    return within;
  };
}
