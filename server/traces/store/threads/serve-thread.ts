import type { MessagePort } from 'node:worker_threads';
import type { ThreadMessage, ThreadRequest } from './messages.ts';

type Verb = (...args: never[]) => unknown;

/** Answers requests with verbs, which may be asynchronous; `close` is answered last, then the port is closed. */
export function serveThread<V extends Record<keyof V, Verb>>(port: MessagePort, verbs: { readonly [N in keyof V]: (...args: Parameters<V[N]>) => ReturnType<V[N]> | Promise<ReturnType<V[N]>> }): void {
  const table = new Map<string, Verb>(Object.entries(verbs));
  const post = (message: ThreadMessage): void => port.postMessage(message);
  const answer = async ({ id, verb, args }: ThreadRequest): Promise<void> => {
    try {
      const run = table.get(verb);
      if (run === undefined) throw new Error(`this thread does not answer ${verb}`);
      // Safe because the other side's `ask` has the types of the same verbs.
      post({ kind: 'answer', id, value: await run(...(args as never[])) });
    } catch (error) {
      post({ kind: 'failure', id, name: error instanceof Error ? error.name : 'Error', message: error instanceof Error ? error.message : String(error) });
    }
    if (verb === 'close') port.close();
  };
  port.on('message', (request: ThreadRequest) => void answer(request));
  post({ kind: 'answer', id: 0, value: undefined });
}
