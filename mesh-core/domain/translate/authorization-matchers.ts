import { TYPE_URLS } from '../envoy/resources.ts';
import type { HeaderMatcher, MetadataMatcher, Permission, Principal, StringMatcher, ValueMatcher } from '../envoy/resources.ts';
import { parseRange } from './ip-range.ts';

/**
 * How values of AuthorizationPolicy become Envoy matchers. A value that cannot be translated gives undefined.
 * Source: istio/istio pilot/pkg/security/authz/{matcher,model}.
 */

/** `exact`, `prefix*`, `*suffix`, `*` = anything that is not empty. */
export function stringValue(value: string): StringMatcher {
  if (value === '*') return { safeRegex: { regex: '.+' } };
  if (value.startsWith('*')) return { suffix: value.slice(1) };
  return value.endsWith('*') ? { prefix: value.slice(0, -1) } : { exact: value };
}

/** As `stringValue`, but `*` only asks for the header. */
export function headerValue(name: string, value: string, ignoreCase: boolean): HeaderMatcher {
  if (value === '*') return { name, presentMatch: true };
  return { name, stringMatch: ignoreCase ? { ...stringValue(value), ignoreCase: true } : stringValue(value) };
}

/** A path, or a template with `{*}` and `{**}`. */
export function pathPermission(value: string): Permission {
  if (!/\{\*\*?\}/.test(value)) return { urlPath: { path: stringValue(value) } };
  const pathTemplate = value.replaceAll('{**}', '**').replaceAll('{*}', '*');
  return { uriTemplate: { name: 'uri-template', typedConfig: { '@type': TYPE_URLS.uriTemplateMatch, pathTemplate } } };
}

/** A destination port in decimal; undefined when it is none. */
export function portPermission(value: string): Permission | undefined {
  return /^\d{1,5}$/.test(value) && Number(value) <= 65_535 ? { destinationPort: Number(value) } : undefined;
}

/** An IP address or CIDR block of the destination; undefined when it is none. */
export function destinationIpPermission(value: string): Permission | undefined {
  const destinationIp = parseRange(value);
  return destinationIp === undefined ? undefined : { destinationIp };
}

/** `td/ns/x/sa/y` with a star at either end. */
export function principalIdentity(value: string): Principal {
  if (value !== '*' && value.startsWith('*')) return identity({ safeRegex: { regex: `spiffe://.*${quote(value.slice(1))}` } });
  const matcher = stringValue(value);
  if (matcher.prefix !== undefined) return identity({ prefix: `spiffe://${matcher.prefix}` });
  return identity(matcher.exact === undefined ? matcher : { exact: `spiffe://${matcher.exact}` });
}

/** A namespace, `*` in it matching any text: compared with the `/ns/…/` of the SPIFFE id. */
export function namespaceIdentity(value: string): Principal {
  return identity({ safeRegex: { regex: `.*/ns/${value.split('*').map(quote).join('.*')}/.*` } });
}

/** `name` in the policy's namespace, or `namespace/name`. */
export function serviceAccountIdentity(value: string, policyNamespace: string): Principal {
  const slash = value.indexOf('/');
  const namespace = slash === -1 ? policyNamespace : value.slice(0, slash);
  return identity({ safeRegex: { regex: `spiffe://.+/ns/${quote(namespace)}/(.+/|)sa/${quote(value.slice(slash + 1))}(/.+)?` } });
}

/** A trust domain with at most one `*`: compared with the authority of the SPIFFE id. */
export function trustDomainIdentity(value: string): Principal {
  if (value === '*') return identity({ prefix: 'spiffe://' });
  if (!value.includes('*')) return identity({ prefix: `spiffe://${value}/` });
  const star = value.indexOf('*');
  return identity({ safeRegex: { regex: `spiffe://${quote(value.slice(0, star))}[^/]*${quote(value.slice(star + 1))}/.*` } });
}

/** `issuer/subject` of a verified JWT. */
export function requestPrincipalIdentities(values: readonly string[]): Principal | undefined {
  const ids = values.map((value): Principal => {
    const { issuer, subject } = requestPrincipalMatchers(value);
    return { andIds: { ids: [{ metadata: claimMatcher(['iss'], { stringMatch: issuer }) }, { metadata: claimMatcher(['sub'], { stringMatch: subject }) }] } };
  });
  return ids.length === 1 ? ids[0] : ids.length === 0 ? undefined : { orIds: { ids } };
}

/** A claim whose value, or one of whose values, is one of `values`. */
export function claimIdentity(claims: readonly string[], values: readonly string[]): Principal {
  const value = anyOf(values.map((text) => ({ stringMatch: stringValue(text) })));
  return { metadata: claimMatcher(claims, { orMatch: { valueMatchers: [{ listMatch: { oneOf: value } }, value] } }) };
}

/** `experimental.envoy.filters.a.b[c]`: dynamic metadata of another filter; `[v]` looks into a list. */
export function envoyMetadataPermission(key: string, values: readonly string[]): Permission | undefined {
  const parsed = /^experimental\.([^[]*)\[(.*?)\]?$/.exec(key);
  const filter = parsed?.[1];
  const name = parsed?.[2];
  if (filter === undefined || name === undefined) return undefined;
  const matchers = values.map((value): ValueMatcher => {
    const isList = value.startsWith('[') && value.endsWith(']');
    return isList ? { listMatch: { oneOf: { stringMatch: stringValue(value.slice(1, -1)) } } } : { stringMatch: stringValue(value) };
  });
  return { metadata: { filter, path: [{ key: name }], value: anyOf(matchers) } };
}

function identity(principalName: StringMatcher): Principal {
  return { authenticated: { principalName } };
}

function anyOf(matchers: readonly ValueMatcher[]): ValueMatcher {
  const [first] = matchers;
  return matchers.length === 1 && first !== undefined ? first : { orMatch: { valueMatchers: matchers } };
}

function claimMatcher(claims: readonly string[], value: ValueMatcher): MetadataMatcher {
  return { filter: 'envoy.filters.http.jwt_authn', path: ['payload', ...claims].map((key) => ({ key })), value };
}

/** The last slash divides, as an issuer may be a URL; a star at either end makes that half a pattern. */
function requestPrincipalMatchers(value: string): { readonly issuer: StringMatcher; readonly subject: StringMatcher } {
  const any = stringValue('*');
  const slash = value.lastIndexOf('/');
  if (value === '*') return { issuer: any, subject: any };
  if (slash !== -1) {
    const issuer = value.slice(0, slash);
    const subject = value.slice(slash + 1);
    if (value.startsWith('*')) return { issuer: issuer === '*' ? any : { suffix: issuer.slice(1) }, subject: { exact: subject } };
    if (value.endsWith('*')) return { issuer: { exact: issuer }, subject: subject === '*' ? any : { prefix: subject.slice(0, -1) } };
    return { issuer: { exact: issuer }, subject: { exact: subject } };
  }
  if (value.startsWith('*')) return { issuer: any, subject: { suffix: value.slice(1) } };
  if (value.endsWith('*')) return { issuer: { prefix: value.slice(0, -1) }, subject: any };
  return { issuer: { exact: value }, subject: { exact: '' } };
}

/** Takes the meaning out of every character that has one in RE2. */
function quote(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}
