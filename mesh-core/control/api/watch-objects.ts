import type { ServerResponse } from 'node:http';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { StoreChange } from '../store/store-change.ts';
import { sourceOf, type ApiCall, type ApiServices, type CollectionRef } from './api-call.ts';
import { badRequest, expired } from './api-error.ts';
import { checkListOptions, isTrue } from './list-options.ts';
import { apiVersionOfPath, presentObject } from './present-objects.ts';
import { eventTypeFor, parseSelection } from './selection.ts';

/** Longest watch in seconds when the client names none. */
const DEFAULT_TIMEOUT_SECONDS = 1800;
/** A client that reads so slowly that this much more than the first events waits for it is cut off; it resumes from its last version. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

type EventType = StoreChange['type'] | 'BOOKMARK' | 'ERROR';

/**
 * GET with `watch=true`: streams one JSON event per line until the client leaves, `timeoutSeconds` is over or the server stops. History is read and the
 * subscription made in the same tick, so nothing falls between them. Without a resourceVersion (or with `0`) what exists comes first, as ADDED. A version
 * that the history no longer reaches gets an ERROR event with a 410 Status. Gives the function that ends the stream.
 * @throws KubeError 400 for bad selectors or numbers, before anything is sent.
 */
export function watchObjects(services: ApiServices, call: ApiCall, where: CollectionRef, response: ServerResponse): () => void {
  const { clock } = services;
  const store = sourceOf(services, where.kind);
  checkListOptions(call.query);
  const selection = parseSelection(where.kind, where.namespace, call.query);
  const timeoutSeconds = wholeNumber(call.query, 'timeoutSeconds') ?? DEFAULT_TIMEOUT_SECONDS;
  const from = wholeNumber(call.query, 'resourceVersion') ?? 0;
  const bookmarks = isTrue(call.query, 'allowWatchBookmarks');
  const initial = isTrue(call.query, 'sendInitialEvents');

  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  const cancels: (() => void)[] = [];
  const end = (): void => {
    for (const cancel of cancels.splice(0)) cancel();
    if (!response.writableEnded) response.end();
  };
  const send = (type: EventType, object: object): void => {
    if (!response.writableEnded) response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const sendChange = (change: StoreChange): void => {
    if (change.kind !== where.kind) return;
    const type = eventTypeFor(selection, change);
    if (type !== undefined) send(type, presentObject(services, call, where, change.object));
  };
  const bookmark = (annotations?: Readonly<Record<string, string>>): void => {
    const metadata = { resourceVersion: String(store.snapshotVersion), creationTimestamp: null, ...(annotations === undefined ? {} : { annotations }) };
    const typed = call.accept.form === 'metadata' ? { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' } : { kind: where.kind.kind, apiVersion: apiVersionOfPath(where) };
    send('BOOKMARK', { ...typed, metadata });
  };

  if (from === 0 || initial) {
    const existing: readonly KubeObject[] = store.list(where.kind, where.namespace).filter(selection.matches);
    for (const object of existing) send('ADDED', presentObject(services, call, where, object));
    if (initial && bookmarks) bookmark({ 'k8s.io/initial-events-end': 'true' });
  } else {
    const history = store.changesSince(from, where.kind);
    if (!history.ok) {
      send('ERROR', expired(`too old resource version: ${from} (${history.oldest})`).status);
      end();
      return end;
    }
    for (const change of history.changes) sendChange(change);
  }
  const bufferLimit = response.writableLength + MAX_BUFFERED_BYTES;
  const unsubscribe = store.subscribe((change) => {
    sendChange(change);
    if (response.writableLength <= bufferLimit) return;
    services.log.warn({ user: call.user.name, kind: where.kind.kind }, 'a watcher reads too slowly and was cut off');
    end();
  });
  cancels.push(unsubscribe);
  if (bookmarks) cancels.push(clock.every(services.bookmarkMs, () => bookmark()));
  cancels.push(
    clock.after(timeoutSeconds * 1000, () => {
      if (bookmarks) bookmark();
      end();
    }),
  );
  response.on('close', end);
  response.on('error', end);
  return end;
}

/** Does the query ask for a watch? */
export function isWatch(query: URLSearchParams): boolean {
  return isTrue(query, 'watch');
}

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? '';
  if (text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badRequest(`${name} is "${text}", not a whole number`);
  return Number(text);
}
