import type { GrpcRouteMatch, HttpRouteMatch, ValueMatch } from '../resources/gateway-api.ts';
import type { HTTPMatchRequest, StringMatch } from '../resources/networking.ts';
import type { ConfigError } from './conditions.ts';

export type MatchResult = { readonly match: HTTPMatchRequest } | { readonly error: ConfigError };

/** A match of an HTTPRoute; without path it is every path. Source: istiod's createURIMatch and its siblings. */
export function convertHttpMatch({ path, headers, queryParams, method }: HttpRouteMatch): MatchResult {
  const uri = pathMatch(path ?? {});
  if (uri === undefined) return unknownType(path?.type, 'Path match');
  const badHeader = (headers ?? []).find(isUnknown);
  if (badHeader !== undefined) return unknownType(badHeader.type, 'HeaderMatch');
  const badQuery = (queryParams ?? []).find(isUnknown);
  if (badQuery !== undefined) return unknownType(badQuery.type, 'QueryParams');
  return { match: { uri, ...named('headers', headers), ...named('queryParams', queryParams), ...(method === undefined ? undefined : { method: { exact: method } }) } };
}

/** A match of a GRPCRoute: `/service/method`. Source: istiod's createGRPCURIMatch. */
export function convertGrpcMatch({ method, headers }: GrpcRouteMatch): MatchResult {
  if (method !== undefined && method.service === undefined && method.method === undefined) return { error: { reason: 'InvalidConfiguration', message: 'gRPC match must have method or service defined' } };
  const uri = method === undefined ? undefined : grpcPath(method);
  if (method !== undefined && uri === undefined) return unknownType(method.type, 'Path match');
  const badHeader = (headers ?? []).find(isUnknown);
  if (badHeader !== undefined) return unknownType(badHeader.type, 'HeaderMatch');
  return { match: { ...(uri === undefined ? undefined : { uri }), ...named('headers', headers) } };
}

function pathMatch({ type = 'PathPrefix', value = '/' }: NonNullable<HttpRouteMatch['path']>): StringMatch | undefined {
  switch (type) {
    case 'PathPrefix':
      return { prefix: value === '/' ? value : value.replace(/\/$/, '') };
    case 'Exact':
      return { exact: value };
    case 'RegularExpression':
      return { regex: value };
    default:
      return undefined;
  }
}

function grpcPath({ type = 'Exact', service, method }: NonNullable<GrpcRouteMatch['method']>): StringMatch | undefined {
  switch (type) {
    case 'Exact':
      if (method === undefined) return { prefix: `/${service ?? ''}/` };
      return service === undefined ? { regex: `/[^/]+/${method}` } : { exact: `/${service}/${method}` };
    case 'RegularExpression':
      return { regex: `/${service ?? '[^/]+'}/${method ?? '.+'}` };
    default:
      return undefined;
  }
}

function named(field: 'headers' | 'queryParams', values: readonly ValueMatch[] = []): Pick<HTTPMatchRequest, 'headers' | 'queryParams'> {
  if (values.length === 0) return {};
  return { [field]: Object.fromEntries(values.map(({ type = 'Exact', name, value }) => [name, type === 'Exact' ? { exact: value } : { regex: value }])) };
}

function isUnknown({ type = 'Exact' }: ValueMatch): boolean {
  return type !== 'Exact' && type !== 'RegularExpression';
}

/** Only a field that a later version of the API brings. */
function unknownType(type: string | undefined, what: string): MatchResult {
  return { error: { reason: 'InvalidConfiguration', message: `unknown type: "${type ?? ''}" is not supported ${what} type` } };
}
