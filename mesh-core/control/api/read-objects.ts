import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { badRequest, expired, objectNotFound } from './api-error.ts';
import type { ApiAnswer, ApiCall, ApiServices, CollectionRef, ObjectRef } from './api-call.ts';
import { presentList, presentObject } from './present-objects.ts';
import { parseSelection } from './selection.ts';

/** GET of one object. @throws KubeError 404. */
export function getObject(services: ApiServices, call: ApiCall, where: ObjectRef): ApiAnswer {
  const object = services.store.get(where.kind, where.name, where.namespace);
  if (object === undefined) throw objectNotFound(where.kind, where.name);
  return { code: 200, body: presentObject(services, call, where, object) };
}

/**
 * GET of a collection, with selectors, `limit` and `continue`. Pages are cut from the present state, but all carry the
 * resourceVersion of the first, so a watch from it replays whatever changed between two pages.
 * @throws KubeError 400 for a bad selector, limit or token, 410 for an exact version that is not the present one.
 */
export function listObjects(services: ApiServices, call: ApiCall, where: CollectionRef): ApiAnswer {
  const { store } = services;
  const selection = parseSelection(where.kind, where.namespace, call.query);
  const limit = parseLimit(call.query.get('limit'));
  const token = parseContinue(call.query.get('continue'));
  const exact = call.query.get('resourceVersionMatch') === 'Exact' ? call.query.get('resourceVersion') : null;
  if (exact !== null && exact !== String(store.snapshotVersion)) throw expired(`the state at resourceVersion ${exact} is not kept; list without resourceVersionMatch=Exact`);
  const all = store.list(where.kind, where.namespace).filter(selection.matches);
  const start = token === undefined ? 0 : all.findIndex((object) => pageKey(object) > token.after);
  const rest = start === -1 ? [] : all.slice(start);
  const page = limit === 0 ? rest : rest.slice(0, limit);
  const resourceVersion = token?.resourceVersion ?? String(store.snapshotVersion);
  const last = page.at(-1);
  const more = last !== undefined && page.length < rest.length ? { continue: continueToken(resourceVersion, last), remainingItemCount: rest.length - page.length } : {};
  return { code: 200, body: presentList(services, call, where, page, { resourceVersion, ...more }) };
}

function parseLimit(text: string | null): number {
  if (text === null || text === '') return 0;
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`limit is "${text}", not a whole number`);
  return Number(text);
}

/** Same order as the store's lists. */
function pageKey(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}\u0000${object.metadata.name}`;
}

function continueToken(resourceVersion: string, last: KubeObject): string {
  return Buffer.from(JSON.stringify([resourceVersion, pageKey(last)])).toString('base64url');
}

function parseContinue(text: string | null): { resourceVersion: string; after: string } | undefined {
  if (text === null || text === '') return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    const [resourceVersion, after]: readonly unknown[] = Array.isArray(value) ? value : [];
    if (typeof resourceVersion === 'string' && typeof after === 'string') return { resourceVersion, after };
  } catch {
    // Falls through to the same answer as a token of another shape.
  }
  throw badRequest('the continue token is not one that this server gave');
}
