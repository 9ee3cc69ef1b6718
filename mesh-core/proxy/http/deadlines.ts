import type { Clock } from '#mesh-core/runtime/clock.ts';

/** Something that must not last for ever. */
export interface Watched {
  /** On the scale of `Deadlines.nowMs`; Infinity = none. Set it as often as you like, it costs nothing. */
  deadlineMs: number;
  /** Called once the deadline has passed, and at each look while it stays in the past. */
  onDeadline(): void;
}

const PERIOD_MS = 500;

/**
 * One timer for the time limits of all connections: it looks at all of them twice a second, so that moving a deadline is an
 * assignment, not a timer. Limits are kept to half a second.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  readonly #periodMs: number;
  #nowMs = performance.now();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, periodMs = PERIOD_MS) {
    this.#clock = clock;
    this.#periodMs = periodMs;
  }

  /** Milliseconds of a clock that only goes forward, as of the last look. */
  get nowMs(): number {
    return this.#nowMs;
  }

  add(watched: Watched): void {
    this.#watched.add(watched);
    if (this.#cancel !== undefined) return;
    this.#nowMs = performance.now();
    this.#cancel = this.#clock.every(this.#periodMs, () => this.#look());
  }

  remove(watched: Watched): void {
    this.#watched.delete(watched);
    if (this.#watched.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(): void {
    this.#nowMs = performance.now();
    for (const watched of this.#watched) if (watched.deadlineMs <= this.#nowMs) watched.onDeadline();
  }
}
