import type { Clock } from '#mesh-core/runtime/clock.ts';

/** Time that moves by hand; timers fire in order. */
export class ManualClock implements Clock {
  #now = 10_000;
  #timers: { at: number; fn: () => void }[] = [];
  now = (): number => this.#now;
  after = (ms: number, fn: () => void): (() => void) => {
    const timer = { at: this.#now + ms, fn };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((t) => t !== timer));
  };
  every = (ms: number, fn: () => void): (() => void) => {
    let cancel = (): void => {};
    const next = (): void => {
      cancel = this.after(ms, () => {
        next();
        fn();
      });
    };
    next();
    return () => cancel();
  };
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = this.#timers.filter((t) => t.at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((t) => t !== due);
      this.#now = due.at;
      due.fn();
    }
    this.#now = end;
  }
}
