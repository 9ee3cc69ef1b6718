import { Worker } from 'node:worker_threads';
import { ServerError } from '#server/server-error.ts';
import type { ThreadMessage } from './messages.ts';

type Verb = (...args: never[]) => unknown;

/** A thread, asked by messages. */
export interface Thread<V> {
  /** Rejects with the thread's own words (`name` is the error's; a ServerError stays one), or because the thread has ended. */
  ask<N extends keyof V & string>(verb: N, args: V[N] extends (...args: infer A) => unknown ? A : never, transfer?: readonly ArrayBuffer[]): Promise<V[N] extends (...args: never[]) => infer R ? R : never>;
  /** Lets the thread finish what it was asked and ends it. May be called twice. */
  close(): Promise<void>;
  /** Ends it at once, whatever it does. */
  kill(): Promise<void>;
}

export type ThreadLog = (level: 'info' | 'warn' | 'error', fields: Readonly<Record<string, unknown>>, message: string) => void;

export interface ThreadOptions {
  /** For debuggers. */
  readonly name: string;
  /** The entry finds it as `workerData`. */
  readonly data?: unknown;
  readonly log?: ThreadLog;
  /** Megabytes its objects may take; beyond that it is ended. */
  readonly maxHeapMb?: number;
  /** It has ended, for whatever reason; told before those who wait are. */
  readonly onEnd?: () => void;
}

/** Starts the thread whose entry is a module that calls `serveThread`, and waits until it is ready. Rejects with the reason when it cannot. */
export async function startThread<V extends Record<keyof V, Verb>>(entry: URL, { name, data, log, maxHeapMb, onEnd }: ThreadOptions): Promise<Thread<V>> {
  const worker = new Worker(entry, { workerData: data, name, ...(maxHeapMb === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } }) });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let ended: Error | undefined;
  let lastId = 0;
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const endAll = (error: Error): void => {
    if (ended === undefined) {
      ended = error;
      onEnd?.();
    }
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  worker.on('message', (message: ThreadMessage) => {
    if (message.kind === 'log') {
      log?.(message.level, message.fields, message.message);
      return;
    }
    const waiter = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.kind === 'answer') waiter?.resolve(message.value);
    else waiter?.reject(errorOf(message));
  });
  worker.on('error', (error) => endAll(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => endAll(new Error(`the thread ${name} has ended`)));
  const wait = (id: number): Promise<unknown> => new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  const send = async (verb: string, args: readonly unknown[], transfer: readonly ArrayBuffer[] = []): Promise<unknown> => {
    if (ended !== undefined) throw ended;
    lastId += 1;
    const answer = wait(lastId);
    worker.postMessage({ id: lastId, verb, args }, transfer);
    return answer;
  };
  await wait(0);
  let closing: Promise<void> | undefined;
  return {
    // Safe because the thread answers with what its verb of this name returns.
    ask: (verb, args, transfer) => send(verb, args, transfer) as Promise<never>,
    kill: async () => {
      await worker.terminate();
    },
    close: () => (closing ??= (ended === undefined ? send('close', []).catch(() => worker.terminate()) : Promise.resolve()).then(() => exited)),
  };
}

function errorOf({ name, message, expected }: Extract<ThreadMessage, { kind: 'failure' }>): Error {
  if (expected === undefined) return Object.assign(new Error(message), { name });
  const { code, hint, causes } = expected;
  return new ServerError(code, message, { causes, ...(hint === undefined ? {} : { hint }) });
}
