import type { MessagePort } from 'node:worker_threads';
import { isServerError } from '#server/http/respond.ts';
import type { ThreadMessage, ThreadRequest } from './messages.ts';

type Verb = (...args: never[]) => unknown;

/** An answer of which some buffers are given away instead of copied: they are empty here afterwards. */
export class Transferred<T> {
  readonly value: T;
  readonly buffers: readonly ArrayBuffer[];
  constructor(value: T, buffers: readonly ArrayBuffer[]) {
    this.value = value;
    this.buffers = buffers;
  }
}

type Answer<T> = T | Transferred<T>;

/** Answers requests with verbs, which may be asynchronous; `close` is answered last, then the port is closed. */
export function serveThread<V extends Record<keyof V, Verb>>(port: MessagePort, verbs: { readonly [N in keyof V]: (...args: Parameters<V[N]>) => Answer<ReturnType<V[N]>> | Promise<Answer<ReturnType<V[N]>>> }): void {
  const table = new Map<string, Verb>(Object.entries(verbs));
  const post = (message: ThreadMessage, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  const answer = async ({ id, verb, args }: ThreadRequest): Promise<void> => {
    try {
      const run = table.get(verb);
      if (run === undefined) throw new Error(`this thread does not answer ${verb}`);
      // Safe because the other side's `ask` has the types of the same verbs.
      const value = await run(...(args as never[]));
      if (value instanceof Transferred) post({ kind: 'answer', id, value: value.value }, value.buffers);
      else post({ kind: 'answer', id, value });
    } catch (error) {
      const expected = isServerError(error) ? { code: error.code, hint: error.hint, causes: error.causes } : undefined;
      post({ kind: 'failure', id, name: error instanceof Error ? error.name : 'Error', message: error instanceof Error ? error.message : String(error), expected });
    }
    if (verb === 'close') port.close();
  };
  port.on('message', (request: ThreadRequest) => void answer(request));
  post({ kind: 'answer', id: 0, value: undefined });
}
