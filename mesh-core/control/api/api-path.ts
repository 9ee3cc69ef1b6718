import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import { reviewOf, type Review } from '../access/access-reviews.ts';
import { SERVED_KINDS } from './served-kinds.ts';

/** What a request path means. */
export type ApiRoute =
  | { readonly type: 'version' | 'health' | 'core-versions' | 'groups' }
  | { readonly type: 'openapi-v2' | 'openapi-v3-index' }
  /** `path` is `api/v1` or `apis/<group>/<version>`, served or not. */
  | { readonly type: 'openapi-v3'; readonly path: string }
  | { readonly type: 'group'; readonly group: string }
  | { readonly type: 'resources'; readonly group: string; readonly version: string }
  /** `namespace` absent on a namespaced kind means all namespaces. */
  | { readonly type: 'collection'; readonly kind: KindInfo; readonly version: string; readonly namespace?: string }
  | { readonly type: 'object'; readonly kind: KindInfo; readonly version: string; readonly namespace?: string; readonly name: string; readonly status: boolean }
  | { readonly type: 'token-request'; readonly namespace: string; readonly serviceAccount: string }
  /** A question about access or identity that is POSTed. */
  | { readonly type: 'review'; readonly review: Review; readonly namespace?: string }
  | { readonly type: 'not-found' };

const NOT_FOUND: ApiRoute = { type: 'not-found' };
const HEALTH_PATHS: readonly string[] = ['healthz', 'livez', 'readyz'];

/**
 * Reads a URL path (no query) by the Kubernetes API's URL scheme; a trailing slash is allowed. Anything that is not served,
 * or is not decodable, is `not-found`. Source: Kubernetes API concepts, "Resource URIs".
 */
export function parseApiPath(pathname: string): ApiRoute {
  const segments = decodeSegments(pathname);
  if (segments === undefined) return NOT_FOUND;
  const [root, ...rest] = segments;
  if (root === undefined) return NOT_FOUND;
  if (root === 'version' && rest.length === 0) return { type: 'version' };
  if (HEALTH_PATHS.includes(root)) return { type: 'health' };
  if (root === 'openapi') return parseOpenapi(rest);
  if (root === 'api') return rest.length === 0 ? { type: 'core-versions' } : parseGroupVersion('', rest);
  if (root !== 'apis') return NOT_FOUND;
  const [group, ...inGroup] = rest;
  if (group === undefined) return { type: 'groups' };
  const review = reviewPath(group, inGroup);
  if (review !== undefined) return review;
  if (group === '' || !SERVED_KINDS.some((kind) => kind.group === group)) return NOT_FOUND;
  return inGroup.length === 0 ? { type: 'group', group } : parseGroupVersion(group, inGroup);
}

function reviewPath(group: string, [version, ...rest]: readonly string[]): ApiRoute | undefined {
  const namespace = rest[0] === 'namespaces' && rest.length === 3 ? rest[1] : undefined;
  const plural = namespace === undefined ? rest[0] : rest[2];
  const review = rest.length === (namespace === undefined ? 1 : 3) ? reviewOf(group, version, plural) : undefined;
  if (review === undefined || review.namespaced !== (namespace !== undefined)) return undefined;
  return { type: 'review', review, ...(namespace === undefined ? {} : { namespace }) };
}

function parseOpenapi([version, ...rest]: readonly string[]): ApiRoute {
  if (version === 'v2' && rest.length === 0) return { type: 'openapi-v2' };
  if (version !== 'v3') return NOT_FOUND;
  return rest.length === 0 ? { type: 'openapi-v3-index' } : { type: 'openapi-v3', path: rest.join('/') };
}

function parseGroupVersion(group: string, segments: readonly string[]): ApiRoute {
  const [version, ...rest] = segments;
  if (version === undefined) return NOT_FOUND;
  const kinds = SERVED_KINDS.filter((kind) => kind.group === group && kind.versions.includes(version));
  if (kinds.length === 0) return NOT_FOUND;
  if (rest.length === 0) return { type: 'resources', group, version };
  const find = (plural: string | undefined, namespaced?: boolean): KindInfo | undefined =>
    kinds.find((kind) => kind.plural === plural && (namespaced === undefined || kind.namespaced === namespaced));
  if (rest[0] === 'namespaces' && rest.length > 2) {
    const [, namespace = '', plural, name, subresource, ...more] = rest;
    if (group === '' && plural === 'serviceaccounts' && name !== undefined && subresource === 'token' && more.length === 0) {
      return { type: 'token-request', namespace, serviceAccount: name };
    }
    const kind = find(plural, true);
    if (kind !== undefined) return objectOrCollection({ kind, version, namespace }, name, subresource, more);
  }
  // `/api/v1/namespaces/x/status` is the status of a Namespace, not a kind called "status" in it.
  const [plural, name, subresource, ...more] = rest;
  const kind = find(plural);
  if (kind === undefined || (kind.namespaced && name !== undefined)) return NOT_FOUND;
  return objectOrCollection({ kind, version }, name, subresource, more);
}

function objectOrCollection(where: { kind: KindInfo; version: string; namespace?: string }, name: string | undefined, subresource: string | undefined, more: readonly string[]): ApiRoute {
  if (name === undefined) return { type: 'collection', ...where };
  if (more.length > 0 || (subresource !== undefined && subresource !== 'status')) return NOT_FOUND;
  return { type: 'object', ...where, name, status: subresource === 'status' };
}

function decodeSegments(pathname: string): string[] | undefined {
  try {
    const segments = pathname.split('/').slice(1).map(decodeURIComponent);
    if (segments.at(-1) === '') segments.pop();
    // An empty segment, or one that decodes to a slash, would name another object than the one it looks like.
    return segments.some((segment) => segment === '' || segment.includes('/')) ? undefined : segments;
  } catch {
    return undefined;
  }
}
