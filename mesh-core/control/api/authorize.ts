import type { AccessRequest } from '#mesh-core/domain/access/rbac-objects.ts';
import type { AccessControl } from '../access/access-control.ts';
import type { ApiUser } from '../access/api-user.ts';
import { refusalText, requestedAccess } from '../access/requested-access.ts';
import { apiError } from './api-error.ts';
import type { ApiRoute } from './api-path.ts';

/** Lets a request pass, and says by which binding. @throws KubeError 403 in Kubernetes' words. */
export function authorize(access: Pick<AccessControl, 'decide'>, user: ApiUser, request: AccessRequest): string {
  const { allowed, reason } = access.decide(user, request);
  if (allowed) return reason;
  const text = refusalText(user.name, request, reason);
  if ('path' in request) throw apiError(403, 'Forbidden', `forbidden: ${text}`);
  const { group, resource, name = '' } = request;
  const qualified = group === '' ? resource : `${resource}.${group}`;
  throw apiError(403, 'Forbidden', `${qualified} ${name === '' ? '' : `${JSON.stringify(name)} `}is forbidden: ${text}`, { ...(name === '' ? {} : { name }), ...(group === '' ? {} : { group }), kind: resource });
}

/** What a call to a path asks for. `pathname` is the path without its query. */
export function accessOf(method: string, watch: boolean, route: ApiRoute, pathname: string): AccessRequest {
  switch (route.type) {
    case 'collection':
    case 'object': {
      const { kind, namespace } = route;
      // As in Kubernetes, a namespace is within itself: a role in it may let it be read.
      const within = kind.id === 'Namespace' && route.type === 'object' ? route.name : namespace;
      return requestedAccess(method, watch, {
        group: kind.group,
        resource: kind.plural,
        ...(within === undefined ? {} : { namespace: within }),
        ...(route.type === 'object' ? { name: route.name, ...(route.status ? { subresource: 'status' } : {}) } : {}),
      });
    }
    case 'token-request':
      return { verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token', namespace: route.namespace, name: route.serviceAccount };
    case 'review':
      return { verb: 'create', group: route.review.group, resource: route.review.plural, ...(route.namespace === undefined ? {} : { namespace: route.namespace }) };
    default:
      return requestedAccess(method, watch, { path: pathname });
  }
}
