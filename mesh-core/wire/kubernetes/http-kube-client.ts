import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { apiVersionOf, collectionPath, type KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { Random } from '#mesh-core/runtime/random.ts';
import { KubeError, type KubeClient, type KubeList, type WatchEvent, type WriteOptions, type WriteResult } from './kube-client.ts';
import { KubeHttp, type KubeConnection, type KubeRequest } from './kube-http.ts';
import { objectPath, pathsOf } from './resource-path.ts';
import { runWatchLoop, type RawWatchEvent, type WatchLoopOptions, type WatchSource } from './watch-loop.ts';

export interface KubeClientOptions extends KubeConnection {
  /** Pauses between attempts of a broken watch; see WatchLoopOptions. */
  readonly backoffMs?: NonNullable<WatchLoopOptions['backoffMs']>;
  readonly random?: Random;
}

const PAGE_SIZE = 500;
const WATCH_SECONDS = 300;
const PATCH_TYPES = { merge: 'application/merge-patch+json', json: 'application/json-patch+json' } as const;

/**
 * A KubeClient over HTTPS (or HTTP, for `kubectl proxy`). Takes what `readKubeconfig` gives. Idle connections do not keep the process alive.
 * What the methods throw is in the contract, KubeClient.
 */
export function createKubeClient(options: KubeClientOptions): KubeClient {
  const http = new KubeHttp(options);
  return {
    list: (kind, query = {}) => listAll(http, kind, query),
    get: async <T extends KubeObject>(kind: KindInfo, name: string, namespace?: string): Promise<T> =>
      received<T>((await http.send({ method: 'GET', path: objectPath(kind, name, namespace) })).body),
    create: (object, write) => sendObject(http, 'POST', pathsOf(object).collection, object, write),
    update: (object, write) => sendObject(http, 'PUT', pathsOf(object).object, object, write),
    updateStatus: (object, write) => sendObject(http, 'PUT', `${pathsOf(object).object}/status`, object, write),
    patch: (kind, name, namespace, type, patch, write) =>
      send(http, { method: 'PATCH', path: objectPath(kind, name, namespace), body: { contentType: PATCH_TYPES[type], value: patch } }, write),
    delete: async (kind, name, namespace, write) => {
      await http.send(withWriteOptions({ method: 'DELETE', path: objectPath(kind, name, namespace) }, write));
    },
    watch: <T extends KubeObject>(kind: KindInfo, watch: Parameters<KubeClient['watch']>[1], onEvent: (event: WatchEvent<T>) => void) => {
      const loop: WatchLoopOptions = { ...watch, ...(options.backoffMs === undefined ? {} : { backoffMs: options.backoffMs }), ...(options.random === undefined ? {} : { random: options.random }) };
      // The caller names the type its kind has; the server's validation stands for it.
      return runWatchLoop(watchSource(http, kind, watch.namespace), loop, onEvent as (event: WatchEvent) => void);
    },
    createServiceAccountToken: (namespace, serviceAccount) => requestToken(http, namespace, serviceAccount),
  };
}

async function listAll<T extends KubeObject>(http: KubeHttp, kind: KindInfo, query: Parameters<KubeClient['list']>[1] = {}): Promise<KubeList<T>> {
  const items: T[] = [];
  let token: string | undefined;
  let resourceVersion = '';
  do {
    const page = await http.send({
      method: 'GET',
      path: collectionPath(kind, query.namespace),
      query: { labelSelector: query.labelSelector, fieldSelector: query.fieldSelector, limit: String(PAGE_SIZE), continue: token },
      ...(query.signal === undefined ? {} : { signal: query.signal }),
    });
    const list = page.body as { readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string }; readonly items?: readonly T[] | null };
    // Items of core kinds come without apiVersion and kind from a Kubernetes server.
    for (const item of list.items ?? []) items.push({ ...item, apiVersion: item.apiVersion ?? apiVersionOf(kind), kind: item.kind ?? kind.kind });
    resourceVersion = list.metadata?.resourceVersion ?? '';
    token = list.metadata?.continue === '' ? undefined : list.metadata?.continue;
  } while (token !== undefined);
  return { items, resourceVersion };
}

function watchSource(http: KubeHttp, kind: KindInfo, namespace: string | undefined): WatchSource {
  return {
    list: (signal) => listAll(http, kind, namespace === undefined ? { signal } : { namespace, signal }),
    open: async (resourceVersion, signal) => {
      const query = { watch: 'true', resourceVersion, allowWatchBookmarks: 'true', timeoutSeconds: String(WATCH_SECONDS) };
      // The server should end the watch by itself; if it does not, it is not there any more.
      const limit = AbortSignal.any([signal, AbortSignal.timeout((WATCH_SECONDS + 30) * 1000)]);
      const response = await http.openStream({ method: 'GET', path: collectionPath(kind, namespace), query, signal: limit });
      return eventsOf(response);
    },
  };
}

async function* eventsOf(response: NodeJS.ReadableStream): AsyncGenerator<RawWatchEvent> {
  response.setEncoding('utf8');
  let pieces: string[] = [];
  for await (const chunk of response as AsyncIterable<string>) {
    const lines = chunk.split('\n');
    pieces.push(lines.shift() ?? '');
    for (const line of lines) {
      const complete = pieces.join('');
      pieces = [line];
      // One JSON event per line; the loop only reads type and metadata, which the API guarantees.
      if (complete.trim() !== '') yield JSON.parse(complete) as RawWatchEvent;
    }
  }
}

function sendObject<T extends KubeObject>(http: KubeHttp, method: 'POST' | 'PUT', path: string, object: T, options: WriteOptions | undefined): Promise<WriteResult<T>> {
  return send(http, { method, path, body: { contentType: 'application/json', value: object } }, options);
}

async function send<T extends KubeObject>(http: KubeHttp, request: KubeRequest, options: WriteOptions | undefined): Promise<WriteResult<T>> {
  const { body, warnings } = await http.send(withWriteOptions(request, options));
  return { object: received<T>(body), warnings };
}

function withWriteOptions(request: KubeRequest, options: WriteOptions = {}): KubeRequest {
  return {
    ...request,
    // What this side does not know it should not send: a typo is refused, not dropped.
    query: { ...request.query, fieldValidation: request.method === 'DELETE' ? undefined : 'Strict', dryRun: options.dryRun === true ? 'All' : undefined, fieldManager: options.fieldManager },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
}

async function requestToken(http: KubeHttp, namespace: string, serviceAccount: string): Promise<string> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(serviceAccount)}/token`;
  const value = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: ['istio-ca'], expirationSeconds: 3600 } };
  const answer = (await http.send({ method: 'POST', path, body: { contentType: 'application/json', value } })).body as { readonly status?: { readonly token?: unknown } };
  const token = answer.status?.token;
  if (typeof token === 'string' && token !== '') return token;
  throw new KubeError({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'InternalError', code: 500, message: 'the answer to the TokenRequest holds no token' });
}

/** The caller names the type its kind has; an answer of another kind (a proxy's page, a Status) is refused. */
function received<T extends KubeObject>(body: unknown): T {
  if (typeof body === 'object' && body !== null && 'metadata' in body && 'kind' in body) return body as T;
  throw new KubeError({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'InternalError', code: 500, message: 'the API server answered with something that is no object' });
}
