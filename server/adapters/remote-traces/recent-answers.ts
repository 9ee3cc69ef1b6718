import type { Clock } from '#mesh-core/runtime/clock.ts';

/**
 * Keeps what was fetched for a short while: a page asks several questions about the same traces at the same time, which
 * are fetched once for all of them. A failure is not kept. `limit`: most answers kept, the oldest going first.
 */
export class RecentAnswers<T> {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #keepMs: number;
  readonly #limit: number;
  readonly #kept = new Map<string, { readonly at: number; readonly answer: Promise<T> }>();

  constructor({ clock, keepMs, limit }: { readonly clock: Pick<Clock, 'now'>; readonly keepMs: number; readonly limit: number }) {
    this.#clock = clock;
    this.#keepMs = keepMs;
    this.#limit = limit;
  }

  /** What is kept under the key, or else what `fetch` gives. It is not told who waits: one that gives up must not end it for the others. */
  get(key: string, fetch: () => Promise<T>): Promise<T> {
    const now = this.#clock.now();
    for (const [k, { at }] of this.#kept) if (now - at > this.#keepMs) this.#kept.delete(k);
    const known = this.#kept.get(key);
    if (known !== undefined) return known.answer;
    const answer = fetch();
    this.#kept.set(key, { at: now, answer });
    for (const k of this.#kept.keys()) if (this.#kept.size > this.#limit) this.#kept.delete(k);
    answer.catch(() => {
      if (this.#kept.get(key)?.answer === answer) this.#kept.delete(key);
    });
    return answer;
  }
}
