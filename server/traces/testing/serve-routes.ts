import type { Server } from 'node:http';
import type { TestContext } from 'node:test';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { SessionStore } from '#server/auth/session-store.ts';
import { createFrontDoor } from '#server/http/front-door.ts';
import type { Route } from '#server/http/route.ts';

type Ending = Pick<TestContext, 'after'>;

/** Serves routes as the console does, on a free port, until the test ends. `ask` brings an API token; `url` and `token` are for other clients. */
export async function serveRoutes(t: Ending, routes: readonly Route[]) {
  const sessions = new SessionStore({ sessions: [], tokens: [] }, () => 0, () => {});
  const token = sessions.createToken('test', 'view').secret;
  const url = await listening(t, createFrontDoor({ routes, sessions, pages: undefined, log: silentLogger, allowedHosts: ['127.0.0.1'] }));
  const ask = (path: string, init: Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> } = {}): Promise<Response> => fetch(url + path, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
  return { url, token, ask };
}

/** Lets a server listen on a free port of 127.0.0.1 until the test ends; gives its base URL. */
export async function listening(t: Ending, server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}
