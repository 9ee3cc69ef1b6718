import type { CidrRange, HeaderMatcher, MetadataMatcher, Permission, Principal, RbacRules, StringMatcher, ValueMatcher } from '../envoy/resources.ts';
import { isInRange } from '../translate/ip-range.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import { compileRegex } from './compile-regex.ts';
import { headerValue, pathWithoutQuery } from './request-head.ts';
import type { RequestHead } from './request-head.ts';
import { compileUriTemplate } from './uri-template.ts';

/** A request whose facts are all known; may be one object that is filled in anew for each request. */
export type RbacSubject = Omit<AuthorizationRequest, 'unknown'>;
/** The name of the first policy, in the order of names, that a request matches; undefined for none. */
export type CompiledRbac = (request: RbacSubject) => string | undefined;
type Test = (request: RbacSubject) => boolean;
type TextTest = (text: string) => boolean;

/**
 * Turns rules into functions once, so that judging a request allocates nothing and reads no configuration: the proxy's
 * counterpart of `judge`, which explains. Source: envoy.config.rbac.v3.RBAC.
 */
export function compileRbac(rules: RbacRules): CompiledRbac {
  const policies = Object.entries(rules.policies ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, policy]) => ({ name, permitted: someOf(policy.permissions.map(permissionTest)), identified: someOf(policy.principals.map(principalTest)) }));
  return (request) => {
    for (const { name, permitted, identified } of policies) if (permitted(request) && identified(request)) return name;
    return undefined;
  };
}

/** A StringMatcher as a function. Source: envoy.type.matcher.v3.StringMatcher. */
export function compileString(matcher: StringMatcher): TextTest {
  if (matcher.safeRegex !== undefined) return compilePattern(matcher.safeRegex.regex);
  const fold = matcher.ignoreCase === true;
  const cased = (pattern: string): string => (fold ? pattern.toLowerCase() : pattern);
  const test = plainTest(matcher, cased);
  return fold ? (text) => test(text.toLowerCase()) : test;
}

/** What RE2 would take for more than itself. */
const SPECIAL = /[\\.+*?()|[\]{}^$]/;

/**
 * An expression that must cover the whole text. Those that istiod makes of namespaces (`.*\/ns\/x\/.*`) and of `*` (`.+`) only ask for a piece of
 * text, which is a hundred times cheaper than to run the expression; for the others the last text is remembered, since identities
 * come again with every request of a connection.
 */
function compilePattern(pattern: string): TextTest {
  if (pattern === '.+') return (text) => text !== '' && !text.includes('\n');
  const piece = /^\.\*(.*)\.\*$/s.exec(pattern)?.[1];
  // Only hyphens and full stops are quoted in names of namespaces; what remains must stand for itself.
  const literal = piece?.replaceAll('\\.', '\0');
  if (piece !== undefined && literal !== undefined && !piece.includes('\0') && !SPECIAL.test(literal)) {
    const wanted = literal.replaceAll('\0', '.');
    return (text) => text.includes(wanted) && !text.includes('\n');
  }
  const regex = compileRegex(pattern);
  if (regex === undefined) return never;
  let last: string | undefined;
  let verdict = false;
  return (text) => {
    if (text !== last) {
      verdict = regex.matchesWhole(text);
      last = text;
    }
    return verdict;
  };
}

function plainTest(matcher: StringMatcher, cased: (pattern: string) => string): TextTest {
  if (matcher.exact !== undefined) {
    const exact = cased(matcher.exact);
    return (text) => text === exact;
  }
  if (matcher.prefix !== undefined) {
    const prefix = cased(matcher.prefix);
    return (text) => text.startsWith(prefix);
  }
  if (matcher.suffix !== undefined) {
    const suffix = cased(matcher.suffix);
    return (text) => text.endsWith(suffix);
  }
  if (matcher.contains !== undefined) {
    const contains = cased(matcher.contains);
    return (text) => text.includes(contains);
  }
  return never;
}

/** A matcher of dynamic metadata as a function. Source: envoy.type.matcher.v3.MetadataMatcher. */
export function compileMetadata(matcher: MetadataMatcher): (metadata: Readonly<Record<string, unknown>> | undefined) => boolean {
  const keys = matcher.path.map(({ key }) => key);
  const test = valueTest(matcher.value);
  return (metadata) => {
    let value: unknown = metadata?.[matcher.filter];
    for (const key of keys) value = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    return test(value);
  };
}

function permissionTest(permission: Permission): Test {
  if ('andRules' in permission) return everyOf(permission.andRules.rules.map(permissionTest));
  if ('orRules' in permission) return someOf(permission.orRules.rules.map(permissionTest));
  if ('notRule' in permission) return notOf(permissionTest(permission.notRule));
  if ('header' in permission) return headerTest(permission.header);
  if ('urlPath' in permission) return pathTest(compileString(permission.urlPath.path));
  if ('uriTemplate' in permission) {
    const { pathTemplate } = permission.uriTemplate.typedConfig;
    return pathTest(compileUriTemplate(typeof pathTemplate === 'string' ? pathTemplate : ''));
  }
  if ('destinationPort' in permission) return (request) => request.destinationPort === permission.destinationPort;
  if ('destinationIp' in permission) return addressTest(permission.destinationIp, (request) => request.destinationIp ?? '');
  if ('requestedServerName' in permission) {
    const test = compileString(permission.requestedServerName);
    return (request) => test(request.sni ?? '');
  }
  if ('metadata' in permission) return metadataTest(permission.metadata);
  return 'any' in permission && permission.any ? always : never;
}

function principalTest(principal: Principal): Test {
  if ('andIds' in principal) return everyOf(principal.andIds.ids.map(principalTest));
  if ('orIds' in principal) return someOf(principal.orIds.ids.map(principalTest));
  if ('notId' in principal) return notOf(principalTest(principal.notId));
  if ('authenticated' in principal) return identityTest(principal.authenticated.principalName);
  if ('directRemoteIp' in principal) return addressTest(principal.directRemoteIp, (request) => request.sourceIp);
  if ('remoteIp' in principal) return addressTest(principal.remoteIp, (request) => request.remoteIp ?? request.sourceIp);
  if ('header' in principal) return headerTest(principal.header);
  if ('metadata' in principal) return metadataTest(principal.metadata);
  return 'any' in principal && principal.any ? always : never;
}

function identityTest(name: StringMatcher | undefined): Test {
  if (name === undefined) return (request) => request.principal !== undefined;
  const test = compileString(name);
  return ({ principal }) => principal !== undefined && test(principal.startsWith('spiffe://') ? principal : `spiffe://${principal}`);
}

function headerTest(matcher: HeaderMatcher): Test {
  const read = headerReader(matcher.name.toLowerCase());
  const inverted = matcher.invertMatch === true;
  if (matcher.stringMatch === undefined) {
    const wanted = (matcher.presentMatch ?? true) !== inverted;
    return (request) => (read(request) !== undefined) === wanted;
  }
  const test = compileString(matcher.stringMatch);
  const forMissing = matcher.treatMissingHeaderAsEmpty === true && test('') !== inverted;
  return (request) => {
    const value = read(request);
    return value === undefined ? forMissing : test(value) !== inverted;
  };
}

function headerReader(name: string): (request: RbacSubject) => string | undefined {
  if (name === ':authority' || name === 'host') return (request) => request.host;
  if (name === ':method') return (request) => request.method;
  if (name === ':path') return (request) => request.path;
  if (name.startsWith(':')) return (request) => headerValue(headOf(request), name);
  return ({ headers }) => {
    const value = headers[name];
    return value === undefined || typeof value === 'string' ? value : value.join(',');
  };
}

function headOf(request: RbacSubject): RequestHead {
  return { method: request.method, path: request.path, authority: request.host, headers: request.headers };
}

function pathTest(test: TextTest): Test {
  return (request) => test(pathWithoutQuery(request.path));
}

function addressTest(range: CidrRange, read: (request: RbacSubject) => string): Test {
  // Callers are few and come again and again: the last answer saves reading the address anew.
  let last: string | undefined;
  let inside = false;
  return (request) => {
    const address = read(request);
    if (address !== last) {
      inside = isInRange(range, address);
      last = address;
    }
    return inside;
  };
}

function metadataTest(matcher: MetadataMatcher): Test {
  const test = compileMetadata(matcher);
  return (request) => test(request.metadata);
}

function valueTest(matcher: ValueMatcher): (value: unknown) => boolean {
  if (matcher.stringMatch !== undefined) {
    const test = compileString(matcher.stringMatch);
    return (value) => typeof value === 'string' && test(value);
  }
  if (matcher.orMatch !== undefined) {
    const tests = matcher.orMatch.valueMatchers.map(valueTest);
    return (value) => tests.some((test) => test(value));
  }
  if (matcher.listMatch === undefined) return never;
  const test = valueTest(matcher.listMatch.oneOf);
  return (value) => Array.isArray(value) && value.some((item) => test(item));
}

function everyOf(tests: readonly Test[]): Test {
  const [first, second] = tests;
  if (first === undefined) return always;
  if (second === undefined) return first;
  return (request) => {
    for (const test of tests) if (!test(request)) return false;
    return true;
  };
}

function someOf(tests: readonly Test[]): Test {
  const [first, second] = tests;
  if (first === undefined) return never;
  if (second === undefined) return first;
  return (request) => {
    for (const test of tests) if (test(request)) return true;
    return false;
  };
}

function notOf(test: Test): Test {
  return (request) => !test(request);
}

function always(): boolean {
  return true;
}

function never(): boolean {
  return false;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
