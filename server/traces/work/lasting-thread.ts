import { isServerError } from '#server/http/respond.ts';
import { messageOf, ServerError } from '#server/server-error.ts';
import { startThread, type Thread } from '#server/traces/threads/start-thread.ts';
import type { TraceThreadVerbs } from './verbs.ts';

/** One life of a thread: what was opened in it is gone when it has ended. */
export interface ThreadLife {
  readonly started: Promise<Thread<TraceThreadVerbs>>;
  ended: boolean;
}

/** A thread for large traces (trace-thread.ts): started when it is first needed, and anew after it ended. */
export class LastingThread {
  readonly #name: string;
  #life: ThreadLife | undefined;

  /** `name`: for debuggers. */
  constructor(name: string) {
    this.#name = name;
  }

  /** The life it is in now. */
  get life(): ThreadLife {
    return (this.#life ??= this.#start());
  }

  /** Rejects with the ServerError of the verb; with `overloaded` when the thread ended over it, as it does when it takes too much memory. */
  async ask<N extends keyof TraceThreadVerbs>(life: ThreadLife, verb: N, args: Parameters<TraceThreadVerbs[N]>, transfer: readonly ArrayBuffer[] = []): Promise<ReturnType<TraceThreadVerbs[N]>> {
    try {
      // Safe because both sides of `ask` take the arguments and the result of the verb from the same place.
      return (await (await life.started).ask(verb, args as never, transfer)) as ReturnType<TraceThreadVerbs[N]>;
    } catch (error) {
      if (isServerError(error) || !life.ended) throw error;
      throw new ServerError('overloaded', `The work on the trace was broken off: ${messageOf(error)}.`, { hint: 'Try again; it may be too large for the memory that the server has.', cause: error });
    }
  }

  async close(): Promise<void> {
    const life = this.#life;
    this.#life = undefined;
    await (await life?.started)?.close();
  }

  #start(): ThreadLife {
    const ended = (): void => {
      life.ended = true;
      if (this.#life === life) this.#life = undefined;
    };
    const life: ThreadLife = { started: startThread<TraceThreadVerbs>(new URL('trace-thread.ts', import.meta.url), { name: this.#name, onEnd: ended }), ended: false };
    return life;
  }
}
