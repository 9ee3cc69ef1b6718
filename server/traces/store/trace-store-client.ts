import { Worker } from 'node:worker_threads';
import type { TraceThreadAnswer, TraceThreadData, TraceThreadVerb, TraceThreadVerbs } from './trace-store-messages.ts';

/** One thread of a trace store, asked by messages. */
export interface TraceThread {
  /** Rejects with the thread's own words, or because the thread has ended. */
  ask<V extends TraceThreadVerb>(verb: V, ...args: Parameters<TraceThreadVerbs[V]>): Promise<ReturnType<TraceThreadVerbs[V]>>;
  /** Lets the thread finish what it was asked and ends it. May be called twice. */
  close(): Promise<void>;
}

/** Starts a thread and waits until it has opened the file. Rejects with the reason when it cannot. */
export async function startTraceThread(data: TraceThreadData): Promise<TraceThread> {
  const worker = new Worker(new URL('./trace-store-thread.ts', import.meta.url), { workerData: data, name: `traces ${data.role}` });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let ended: Error | undefined;
  let lastId = 0;
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const endAll = (error: Error): void => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  worker.on('message', (answer: TraceThreadAnswer) => {
    const waiter = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.ok) waiter?.resolve(answer.value);
    else waiter?.reject(new Error(answer.message));
  });
  worker.on('error', (error) => endAll(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => endAll(new Error('the trace store is closed')));
  const wait = (id: number): Promise<unknown> => new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));

  const ask = async <V extends TraceThreadVerb>(verb: V, ...args: Parameters<TraceThreadVerbs[V]>): Promise<ReturnType<TraceThreadVerbs[V]>> => {
    if (ended !== undefined) throw ended;
    lastId += 1;
    const answer = wait(lastId);
    worker.postMessage({ id: lastId, verb, args });
    // Safe because the thread answers with what its verb of this name returns.
    return (await answer) as ReturnType<TraceThreadVerbs[V]>;
  };
  await wait(0);
  let closing: Promise<void> | undefined;
  return {
    ask,
    close: () => (closing ??= (ended === undefined ? ask('close').catch(() => worker.terminate()) : Promise.resolve()).then(() => exited)),
  };
}
