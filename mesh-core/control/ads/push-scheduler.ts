import type { Clock } from '#mesh-core/runtime/clock.ts';

/**
 * Gathers changes that come in a burst into one push: `quietMs` after the last change, at most `longestMs` after the first.
 * Source: istiod's debounce (PILOT_DEBOUNCE_AFTER, PILOT_DEBOUNCE_MAX) and its times.
 */
export class PushScheduler {
  readonly #clock: Clock;
  readonly #run: () => void;
  readonly #quietMs: number;
  readonly #longestMs: number;
  #firstAt: number | undefined;
  #cancel: () => void = () => {};

  constructor(options: { readonly clock: Clock; readonly run: () => void; readonly quietMs?: number; readonly longestMs?: number }) {
    this.#clock = options.clock;
    this.#run = options.run;
    this.#quietMs = options.quietMs ?? 100;
    this.#longestMs = options.longestMs ?? 10_000;
  }

  /** A change happened. */
  note(): void {
    const now = this.#clock.now();
    this.#firstAt ??= now;
    this.#cancel();
    const wait = Math.max(0, Math.min(this.#quietMs, this.#firstAt + this.#longestMs - now));
    this.#cancel = this.#clock.after(wait, () => {
      this.#firstAt = undefined;
      this.#run();
    });
  }

  close(): void {
    this.#cancel();
  }
}
