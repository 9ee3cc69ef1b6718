import type { CorsFilter, HttpRouteFilter, MirrorFilter, RedirectFilter, RewriteFilter } from '../resources/gateway-api.ts';
import type { CorsPolicy, HTTPMirrorPolicy, HTTPRedirect, HTTPRoute, StringMatch } from '../resources/networking.ts';
import type { ConfigError } from './conditions.ts';
import { headerOperations } from './header-filter.ts';
import { REF } from './object-reference.ts';
import { backendDestination } from './route-backends.ts';
import type { BackendScope } from './route-backends.ts';

type FilterFields = Pick<HTTPRoute, 'headers' | 'redirect' | 'rewrite' | 'mirrors' | 'corsPolicy'>;
/** The fields that filters set, and a mirror that is not good; or why the rule is refused. */
export type FiltersResult = { readonly fields: FilterFields; readonly warning: ConfigError | undefined } | { readonly error: ConfigError };

/** An origin as RFC 6454 writes it. */
const ANY_ORIGIN = String.raw`^[a-zA-Z][a-zA-Z0-9+.-]*://[^/\s?#]+$`;

/** The filters of an HTTPRoute or GRPCRoute rule. A mirror that is not good is left out, but refuses a GRPCRoute's rule. Source: istiod's convertHTTPRoute and convertGRPCRoute. */
export function convertFilters(filters: readonly HttpRouteFilter[], allowed: ReadonlySet<string>, scope: BackendScope): FiltersResult {
  let fields: FilterFields = {};
  let warning: ConfigError | undefined;
  for (const filter of filters) {
    if (!allowed.has(filter.type ?? '')) return { error: { reason: 'InvalidFilter', message: `unsupported filter type "${filter.type ?? ''}"` } };
    if (filter.requestMirror !== undefined && filter.type === 'RequestMirror') {
      const mirror = mirrorPolicy(filter.requestMirror, scope);
      if ('error' in mirror && scope.routeKind === REF.grpcRoute) return mirror;
      if ('error' in mirror) warning = mirror.error;
      else fields = { ...fields, mirrors: [...(fields.mirrors ?? []), mirror] };
      continue;
    }
    const converted = convertFilter(filter);
    if ('error' in converted) return converted;
    fields = { ...fields, ...converted, ...(converted.headers === undefined ? undefined : { headers: { ...fields.headers, ...converted.headers } }) };
  }
  return { fields, warning };
}

/** For HTTPRoute. */
export const HTTP_FILTERS: ReadonlySet<string> = new Set(['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect', 'RequestMirror', 'URLRewrite', 'CORS']);
/** For GRPCRoute. */
export const GRPC_FILTERS: ReadonlySet<string> = new Set(['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestMirror']);

function convertFilter(filter: HttpRouteFilter): FilterFields | { readonly error: ConfigError } {
  switch (filter.type) {
    case 'RequestHeaderModifier': {
      const result = headerOperations(filter.requestHeaderModifier);
      return result === undefined ? {} : 'error' in result ? result : { headers: { request: result.operations } };
    }
    case 'ResponseHeaderModifier': {
      const result = headerOperations(filter.responseHeaderModifier);
      return result === undefined ? {} : 'error' in result ? result : { headers: { response: result.operations } };
    }
    case 'RequestRedirect':
      return filter.requestRedirect === undefined ? {} : { redirect: redirectOf(filter.requestRedirect) };
    case 'URLRewrite': {
      const rewrite = filter.urlRewrite === undefined ? undefined : rewriteOf(filter.urlRewrite);
      return rewrite === undefined ? {} : { rewrite };
    }
    case 'CORS':
      return filter.cors === undefined ? {} : { corsPolicy: corsPolicyOf(filter.cors) };
    default:
      return {};
  }
}

function mirrorPolicy({ backendRef, percent, fraction }: MirrorFilter, scope: BackendScope): HTTPMirrorPolicy | { readonly error: ConfigError } {
  const backend = backendDestination(backendRef, scope);
  if ('error' in backend) return backend;
  if (backend.warning !== undefined) return { error: backend.warning };
  const share = fraction === undefined ? percent : (100 * fraction.numerator) / (fraction.denominator ?? 100);
  return { destination: backend.destination, ...(share === undefined ? undefined : { percentage: { value: share } }) };
}

/** Without port, that of the request is kept, unless the scheme changes: Istio's own default differs. */
function redirectOf({ scheme, hostname, path, port, statusCode }: RedirectFilter): HTTPRedirect {
  return {
    ...(statusCode === undefined ? undefined : { redirectCode: statusCode }),
    ...(hostname === undefined ? undefined : { authority: hostname }),
    ...(scheme === undefined ? undefined : { scheme }),
    ...(port === undefined ? { derivePort: scheme === undefined ? ('FROM_REQUEST_PORT' as const) : ('FROM_PROTOCOL_DEFAULT' as const) } : { port }),
    ...(path?.type === 'ReplaceFullPath' ? { uri: path.replaceFullPath ?? '' } : path?.type === 'ReplacePrefixMatch' ? { prefixRewrite: path.replacePrefixMatch ?? '' } : undefined),
  };
}

function rewriteOf({ hostname, path }: RewriteFilter): HTTPRoute['rewrite'] {
  const rewrite = {
    ...(path?.type === 'ReplacePrefixMatch' ? { uri: (path.replacePrefixMatch ?? '').replace(/\/$/, '') || '/' } : undefined),
    ...(path?.type === 'ReplaceFullPath' ? { uriRegexRewrite: { match: '/.*', rewrite: path.replaceFullPath ?? '' } } : undefined),
    ...(hostname ? { authority: hostname } : undefined),
  };
  return Object.keys(rewrite).length === 0 ? undefined : rewrite;
}

function corsPolicyOf(cors: CorsFilter): CorsPolicy {
  const origins = (cors.allowOrigins ?? []).filter((origin) => origin !== '').map(originMatch);
  const named = { allowMethods: cors.allowMethods, allowHeaders: cors.allowHeaders, exposeHeaders: cors.exposeHeaders };
  return {
    ...(origins.length === 0 ? undefined : { allowOrigins: origins }),
    ...Object.fromEntries(Object.entries(named).filter(([, values]) => (values ?? []).length > 0)),
    ...(cors.allowCredentials === true ? { allowCredentials: true } : undefined),
    ...((cors.maxAge ?? 0) > 0 ? { maxAge: `${cors.maxAge ?? 0}s` } : undefined),
    unmatchedPreflights: 'IGNORE',
  };
}

function originMatch(origin: string): StringMatch {
  if (origin === '*') return { regex: ANY_ORIGIN };
  const star = origin.indexOf('*');
  if (star === -1) return { exact: origin };
  if (star === origin.length - 1) return { prefix: origin.slice(0, -1) };
  const escaped = origin.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`).replaceAll(String.raw`\*`, '.*');
  return { regex: `^${escaped}$` };
}

