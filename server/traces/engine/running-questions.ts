import type { Clock } from '#mesh-core/runtime/clock.ts';
import { ServerError } from '#server/server-error.ts';

export interface RunningOptions {
  /** A question that takes longer is given up. */
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, 'after'>;
}

interface Run {
  readonly answer: Promise<unknown>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Callers that ask the same while it is being answered share one run. A run is given up when everybody who waited has
 * gone, or when it takes too long: ServerError `timeout`.
 */
export class RunningQuestions {
  readonly #options: RunningOptions;
  readonly #runs = new Map<string, Run>();

  constructor(options: RunningOptions) {
    this.#options = options;
  }

  /** `question` and `request` (plain data) say what is asked. Rejects with the reason of `signal` when that aborts. */
  async ask<T>(question: string, request: unknown, signal: AbortSignal | undefined, answer: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const key = `${question} ${JSON.stringify(request, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))}`;
    const run = this.#runs.get(key) ?? this.#start(key, answer);
    run.waiting += 1;
    const leave = (): void => {
      run.waiting -= 1;
      if (run.waiting > 0) return;
      // Nobody may join a run that is being given up.
      if (this.#runs.get(key) === run) this.#runs.delete(key);
      run.controller.abort(signal?.reason);
    };
    // Safe because a key begins with the question, and each question is asked with one function.
    const shared = run.answer as Promise<T>;
    if (signal === undefined) return shared.finally(leave);
    let stop: () => void = () => undefined;
    const gone = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
      signal.addEventListener('abort', stop, { once: true });
    });
    return Promise.race([shared, gone]).finally(() => {
      signal.removeEventListener('abort', stop);
      leave();
    });
  }

  #start(key: string, answer: (signal: AbortSignal) => Promise<unknown>): Run {
    const controller = new AbortController();
    const { timeoutMs, clock } = this.#options;
    const forget = clock.after(timeoutMs, () => {
      controller.abort(new ServerError('timeout', `No answer within ${timeoutMs / 1000} s: the question was given up.`, { hint: 'Ask about a shorter time range, or add a condition that few spans meet, such as a service or an exact value.' }));
    });
    const settled = answer(controller.signal).finally(() => {
      forget();
      if (this.#runs.get(key)?.controller === controller) this.#runs.delete(key);
    });
    // Whoever waits hears of a failure; when nobody does any more, nobody needs to.
    settled.catch(() => undefined);
    const run: Run = { answer: settled, controller, waiting: 0 };
    this.#runs.set(key, run);
    return run;
  }
}
