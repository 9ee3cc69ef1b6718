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

/** How far the fine clock may leave the coarse one: system time was set, or slewed. */
const DRIFT_MS = 2;

/** Unix milliseconds with a fraction, for spans: two events within a millisecond keep their order. */
export function createFineClock(): () => number {
  let offset = Date.now() - performance.now();
  return () => {
    const fine = performance.now() + offset;
    const coarse = Date.now();
    if (Math.abs(fine - coarse) <= DRIFT_MS) return fine;
    offset += coarse - fine;
    return coarse;
  };
}
