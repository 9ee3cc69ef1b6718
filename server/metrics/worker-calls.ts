import type { Clock } from '#mesh-core/runtime/clock.ts';
import { QueryError } from '#server/promql/metrics-backend.ts';
import type { BackendAnswer, BackendCall, BackendVerb, FromWorker, ToWorker } from './worker-protocol.ts';

/** Most calls that may wait for the thread. */
export const MAX_CALLS = 256;
/** The thread looks at the clock itself; when it cannot, the caller is not left waiting much longer. */
const GRACE_MS = 1000;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: QueryError) => void;
}

export interface WorkerCallsOptions {
  /** One number for each call under way, shared with the thread: not 0 = give it up. */
  readonly flags: SharedArrayBuffer;
  /** Gives a message to the thread; false when there is none now. */
  readonly post: (message: ToWorker) => boolean;
  readonly clock: Clock;
}

/** The questions to the metrics thread that wait for an answer, and how each is given up. */
export class WorkerCalls {
  readonly #options: WorkerCallsOptions;
  readonly #flags: Int32Array;
  readonly #freeSlots: number[];
  readonly #slots = new Map<number, number>();
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  constructor(options: WorkerCallsOptions) {
    this.#options = options;
    this.#flags = new Int32Array(options.flags);
    this.#freeSlots = Array.from({ length: this.#flags.length }, (_, i) => i);
  }

  /** How many calls the thread has not answered. */
  get running(): number {
    return this.#slots.size;
  }

  /**
   * Asks the metrics backend in the thread. Rejects with QueryError: its own, `canceled` as soon as the signal says so,
   * `timeout`, or `unavailable` when too many wait or the thread is gone.
   */
  async ask<V extends BackendVerb>(call: Extract<BackendCall, { verb: V }>, limits: { readonly signal?: AbortSignal | undefined; readonly timeoutMs: number }): Promise<BackendAnswer<V>> {
    const { clock } = this.#options;
    const { signal, timeoutMs } = limits;
    if (signal?.aborted === true) throw canceled();
    const slot = this.#freeSlots.pop();
    if (slot === undefined) throw new QueryError('unavailable', `too many queries wait for an answer (${MAX_CALLS}); try again when some are done`);
    Atomics.store(this.#flags, slot, 0);
    const id = ++this.#lastId;
    this.#slots.set(id, slot);
    const giveUp = (error: QueryError): void => {
      Atomics.store(this.#flags, slot, 1);
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      waiting?.reject(error);
    };
    const onAbort = (): void => giveUp(canceled());
    const cancelTimer = clock.after(Math.max(0, timeoutMs) + GRACE_MS, () => giveUp(new QueryError('timeout', 'query timed out in expression evaluation')));
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
      if (!this.#options.post({ kind: 'call', id, slot, deadline: clock.now() + timeoutMs, call })) {
        this.#free(id);
        this.#waiting.delete(id);
        throw unavailable();
      }
      // Safe because the thread answers with what its method of this name gives.
      return (await answer) as BackendAnswer<V>;
    } finally {
      cancelTimer();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Asks for what is not a query; there is no bound on how long that may take. Rejects as `ask`. */
  async run(make: (id: number) => ToWorker): Promise<unknown> {
    const id = ++this.#lastId;
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    if (!this.#options.post(make(id))) {
      this.#waiting.delete(id);
      throw unavailable();
    }
    return answer;
  }

  /** Takes an answer of the thread. */
  settle(message: Extract<FromWorker, { kind: 'answer' | 'failure' }>): void {
    this.#free(message.id);
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'answer') waiting?.resolve(message.value);
    else waiting?.reject(new QueryError(message.failure.errorType, message.failure.message));
  }

  /** Tells the thread to give up every query: it has to end. */
  giveUpAll(): void {
    for (const slot of this.#slots.values()) Atomics.store(this.#flags, slot, 1);
  }

  /** The thread is gone: nobody will answer what waits. */
  rejectAll(): void {
    for (const id of this.#slots.keys()) this.#free(id);
    for (const { reject } of this.#waiting.values()) reject(unavailable());
    this.#waiting.clear();
  }

  #free(id: number): void {
    const slot = this.#slots.get(id);
    if (slot === undefined) return;
    this.#slots.delete(id);
    this.#freeSlots.push(slot);
  }
}

function canceled(): QueryError {
  return new QueryError('canceled', 'query was canceled in expression evaluation');
}

function unavailable(): QueryError {
  return new QueryError('unavailable', 'the metrics engine is being started again; try again in a moment');
}
