import type { HeaderMatcher, MetadataMatcher, Permission, Principal, RbacPolicy, StringMatcher, ValueMatcher } from '../envoy/resources.ts';
import { every, not, some } from './authorization-request.ts';
import type { AuthorizationFact, AuthorizationRequest, Truth } from './authorization-request.ts';
import { isInRange } from '../translate/ip-range.ts';
import { matchesHeader, matchesString } from './match-value.ts';
import { headerValue, pathWithoutQuery } from './request-head.ts';
import { matchesUriTemplate } from './uri-template.ts';

const PSEUDO_HEADER_FACTS: Readonly<Record<string, AuthorizationFact>> = { ':method': 'method', ':path': 'path', ':authority': 'host', host: 'host' };

/** Does a policy match: one of its permissions and one of its principals? Source: envoy.config.rbac.v3.Policy. */
export function matchesPolicy(policy: RbacPolicy, request: AuthorizationRequest): Truth {
  const permitted = some(policy.permissions, (permission) => matchesPermission(permission, request));
  if (permitted === false) return false;
  const principal = some(policy.principals, (candidate) => matchesPrincipal(candidate, request));
  return permitted === true ? principal : principal === false ? false : 'unknown';
}

/** Does a request do what the permission describes? */
function matchesPermission(permission: Permission, request: AuthorizationRequest): Truth {
  if ('andRules' in permission) return every(permission.andRules.rules, (rule) => matchesPermission(rule, request));
  if ('orRules' in permission) return some(permission.orRules.rules, (rule) => matchesPermission(rule, request));
  if ('notRule' in permission) return not(matchesPermission(permission.notRule, request));
  if ('header' in permission) return matchesRequestHeader(permission.header, request);
  if ('urlPath' in permission) return known(request, 'path', () => matchesString(permission.urlPath.path, pathWithoutQuery(request.path)));
  if ('uriTemplate' in permission) return known(request, 'path', () => matchesUriTemplate(templateOf(permission.uriTemplate.typedConfig), pathWithoutQuery(request.path)));
  if ('destinationPort' in permission) return known(request, 'destinationPort', () => permission.destinationPort === request.destinationPort);
  if ('destinationIp' in permission) return known(request, 'destinationIp', () => isInRange(permission.destinationIp, request.destinationIp ?? ''));
  if ('requestedServerName' in permission) return known(request, 'sni', () => matchesString(permission.requestedServerName, request.sni ?? ''));
  if ('metadata' in permission) return matchesMetadata(permission.metadata, request);
  return 'any' in permission && permission.any;
}

/** Is the caller, or its request, what the principal describes? */
function matchesPrincipal(principal: Principal, request: AuthorizationRequest): Truth {
  if ('andIds' in principal) return every(principal.andIds.ids, (id) => matchesPrincipal(id, request));
  if ('orIds' in principal) return some(principal.orIds.ids, (id) => matchesPrincipal(id, request));
  if ('notId' in principal) return not(matchesPrincipal(principal.notId, request));
  if ('authenticated' in principal) return matchesIdentity(principal.authenticated.principalName, request);
  if ('directRemoteIp' in principal) return known(request, 'sourceIp', () => isInRange(principal.directRemoteIp, request.sourceIp));
  if ('remoteIp' in principal) return known(request, 'remoteIp', () => isInRange(principal.remoteIp, request.remoteIp ?? request.sourceIp));
  if ('header' in principal) return matchesRequestHeader(principal.header, request);
  if ('metadata' in principal) return matchesMetadata(principal.metadata, request);
  return 'any' in principal && principal.any;
}

function known(request: AuthorizationRequest, fact: AuthorizationFact, test: () => boolean): Truth {
  return request.unknown?.has(fact) ? 'unknown' : test();
}

function matchesIdentity(name: StringMatcher | undefined, request: AuthorizationRequest): Truth {
  return known(request, 'principal', () => {
    const { principal } = request;
    if (principal === undefined) return false;
    return name === undefined || matchesString(name, principal.startsWith('spiffe://') ? principal : `spiffe://${principal}`);
  });
}

function matchesRequestHeader(matcher: HeaderMatcher, request: AuthorizationRequest): Truth {
  return known(request, PSEUDO_HEADER_FACTS[matcher.name.toLowerCase()] ?? 'headers', () => {
    const head = { method: request.method, path: request.path, authority: request.host, headers: request.headers };
    return matchesHeader(matcher, headerValue(head, matcher.name));
  });
}

function matchesMetadata(matcher: MetadataMatcher, request: AuthorizationRequest): Truth {
  return known(request, 'metadata', () => {
    let value: unknown = request.metadata?.[matcher.filter];
    for (const { key } of matcher.path) value = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    return matchesValue(matcher.value, value);
  });
}

function matchesValue(matcher: ValueMatcher, value: unknown): boolean {
  if (matcher.stringMatch !== undefined) return typeof value === 'string' && matchesString(matcher.stringMatch, value);
  if (matcher.orMatch !== undefined) return matcher.orMatch.valueMatchers.some((part) => matchesValue(part, value));
  const { listMatch } = matcher;
  return listMatch !== undefined && Array.isArray(value) && value.some((item) => matchesValue(listMatch.oneOf, item));
}

function templateOf(config: Readonly<Record<string, unknown>>): string {
  return typeof config['pathTemplate'] === 'string' ? config['pathTemplate'] : '';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
