import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { apiError, badRequest, expired, objectNotFound } from './api-error.ts';
import type { ApiAnswer, ApiCall, ApiServices, CollectionRef, ObjectRef } from './api-call.ts';
import { sourceOf } from './api-call.ts';
import { checkListOptions } from './list-options.ts';
import { presentList, presentObject } from './present-objects.ts';
import { parseSelection } from './selection.ts';

/** GET of one object. @throws KubeError 404. */
export function getObject(services: ApiServices, call: ApiCall, where: ObjectRef): ApiAnswer {
  const object = sourceOf(services, where.kind).get(where.kind, where.name, where.namespace);
  if (object === undefined) throw objectNotFound(where.kind, where.name);
  return { code: 200, body: presentObject(services, call, where, object) };
}

/**
 * GET of a collection, with selectors, `limit` and `continue`. All pages show the state of the first, and carry its resourceVersion, so a watch from
 * it misses nothing.
 * @throws KubeError 400 for a bad selector, limit or token, 410 for a token or an exact version that is not kept any more, 422 for options that do not
 * go together, 504 for a version that does not exist yet.
 */
export function listObjects(services: ApiServices, call: ApiCall, where: CollectionRef): ApiAnswer {
  const source = sourceOf(services, where.kind);
  const selection = parseSelection(where.kind, where.namespace, call.query);
  const limit = parseLimit(call.query.get('limit'));
  const token = parseContinue(call.query.get('continue'));
  checkListOptions(call.query);
  const collection = `${where.kind.id}/${where.namespace ?? ''}`;
  const { resourceVersion, objects } = stateFor(services, call, collection, token, { version: String(source.snapshotVersion), list: () => source.list(where.kind, where.namespace) });
  const all = objects.filter(selection.matches);
  const start = token === undefined ? 0 : all.findIndex((object) => pageKey(object) > token.after);
  const rest = start === -1 ? [] : all.slice(start);
  const page = limit === 0 ? rest : rest.slice(0, limit);
  const last = page.at(-1);
  const remaining = rest.length - page.length;
  if (last === undefined || remaining === 0) return { code: 200, body: presentList(services, call, where, page, { resourceVersion }) };
  services.snapshots.keep(collection, resourceVersion, objects);
  // With a selector the count is left out, as in Kubernetes: it is not the number of objects after this page.
  const counted = call.query.get('labelSelector') || call.query.get('fieldSelector') ? {} : { remainingItemCount: remaining };
  return { code: 200, body: presentList(services, call, where, page, { resourceVersion, continue: continueToken(resourceVersion, pageKey(last)), ...counted }) };
}

interface Present {
  readonly version: string;
  readonly list: () => readonly KubeObject[];
}
interface ContinueToken {
  /** `-1`: whatever is there now, after a token that came too late. */
  readonly resourceVersion: string;
  readonly after: string;
}

/** The objects to list and their version: the present ones, those of the first page, or those of the version that was asked for. */
function stateFor(services: ApiServices, call: ApiCall, collection: string, token: ContinueToken | undefined, present: Present): { readonly resourceVersion: string; readonly objects: readonly KubeObject[] } {
  if (token !== undefined && token.resourceVersion !== '-1') {
    const objects = token.resourceVersion === present.version ? present.list() : services.snapshots.at(collection, token.resourceVersion);
    if (objects === undefined) throw tooLate(token);
    return { resourceVersion: token.resourceVersion, objects };
  }
  const asked = call.query.get('resourceVersion') ?? '';
  if (asked !== '' && Number(asked) > Number(present.version)) {
    throw apiError(504, 'Timeout', `Too large resource version: ${asked}, current: ${present.version}`, { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] });
  }
  if (token === undefined && call.query.get('resourceVersionMatch') === 'Exact' && asked !== present.version) {
    const objects = services.snapshots.at(collection, asked);
    if (objects === undefined) throw expired(`The resourceVersion for the provided list is too old: ${asked} (${present.version})`);
    return { resourceVersion: asked, objects };
  }
  return { resourceVersion: present.version, objects: present.list() };
}

/** 410 with a token by which a client that can live with it goes on in the present state. */
function tooLate(token: ContinueToken): Error {
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';
  const error = expired(message);
  Object.assign(error.status, { metadata: { continue: continueToken('-1', token.after) } });
  return error;
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

function continueToken(resourceVersion: string, after: string): string {
  return Buffer.from(JSON.stringify([resourceVersion, after])).toString('base64url');
}

function parseContinue(text: string | null): ContinueToken | undefined {
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
