import type { AccessRequest } from '#mesh-core/domain/access/rbac-objects.ts';

/** What the path of a call names. */
export type CallTarget =
  | { readonly group: string; readonly resource: string; readonly subresource?: string; readonly namespace?: string; readonly name?: string }
  | { readonly path: string };

/**
 * What a call asks for, in the words of access control. `watch`: the query asks for a stream of changes. Source: Kubernetes "Authorization overview",
 * request verbs; apiserver pkg/endpoints/request/requestinfo.go.
 */
export function requestedAccess(method: string, watch: boolean, target: CallTarget): AccessRequest {
  if ('path' in target) return { verb: method.toLowerCase(), path: target.path };
  return { ...target, verb: verbOf(method, watch, target.name !== undefined) };
}

/** The sentence of a refusal. Source: apiserver pkg/endpoints/handlers/responsewriters/errors.go. */
export function refusalText(user: string, request: AccessRequest, reason: string): string {
  const because = reason === '' ? '' : `: ${reason}`;
  if ('path' in request) return `User ${JSON.stringify(user)} cannot ${request.verb} path ${JSON.stringify(request.path)}${because}`;
  const { verb, group, resource, subresource, namespace } = request;
  const what = subresource === undefined || subresource === '' ? resource : `${resource}/${subresource}`;
  const scope = namespace === undefined || namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  return `User ${JSON.stringify(user)} cannot ${verb} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${scope}${because}`;
}

function verbOf(method: string, watch: boolean, named: boolean): string {
  switch (method) {
    case 'GET':
    case 'HEAD':
      return watch ? 'watch' : named ? 'get' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return named ? 'delete' : 'deletecollection';
    default:
      return method.toLowerCase();
  }
}
