import { isCidr, isIpAddress } from './ip-address.ts';
import { isPort } from './port-rules.ts';

/**
 * Values in an AuthorizationPolicy. Each function tells what is wrong with a list of values, or undefined. Source:
 * istio/istio pkg/config/security.
 */
export function emptyValueProblem(values: readonly string[]): string | undefined {
  return values.includes('') ? 'a value must not be empty' : undefined;
}

/** IP addresses or CIDR blocks. */
export function addressesProblem(values: readonly string[]): string | undefined {
  const bad = values.find((value) => !(value.includes('/') ? isCidr(value) : isIpAddress(value)));
  return bad === undefined ? undefined : `${JSON.stringify(bad)} is not an IP address or CIDR block`;
}

/** Port numbers as text, 0 to 65535. */
export function portsProblem(values: readonly string[]): string | undefined {
  const bad = values.find((value) => !/^\d+$/.test(value) || (Number(value) !== 0 && !isPort(Number(value))));
  return bad === undefined ? undefined : `${JSON.stringify(bad)} is not a port`;
}

/** `name` or `namespace/name`, no wildcards, at most 16. */
export function serviceAccountsProblem(values: readonly string[]): string | undefined {
  if (values.length > 16) return 'there are more than 16 service accounts';
  const bad = values.find((value) => value.length > 320 || !/^[^*/]+(\/[^*/]+)?$/.test(value));
  return bad === undefined ? undefined : `${JSON.stringify(bad)} is not a service account (name or namespace/name, no wildcard)`;
}

/** At most one `*`, at the start or the end. */
function wildcardProblem(values: readonly string[]): string | undefined {
  const bad = values.find((value) => !/^(\*?[^*]+|[^*]+\*|\*)$/.test(value));
  return bad === undefined ? undefined : `${JSON.stringify(bad)} is empty or has a wildcard in a place where it does not work`;
}

/** Trust domains, with at most one `*` at either end. */
export function trustDomainsProblem(values: readonly string[]): string | undefined {
  return wildcardProblem(values) ?? (values.some((value) => value.includes('/')) ? 'a trust domain has no /' : undefined);
}

/** Path templates: `{*}` is one segment, `{**}` the rest and only last; other braces are refused. */
export function pathTemplateProblem(paths: readonly string[]): string | undefined {
  for (const path of paths) {
    const template = path.includes('{*}') || path.includes('{**}');
    let rest = false;
    for (const segment of path.replace(/^\/+|\/+$/g, '').split('/')) {
      const wildcard = segment === '{*}' || segment === '{**}';
      if (wildcard && rest) return `in ${JSON.stringify(path)} {**} is not the last part`;
      rest ||= segment === '{**}';
      if (wildcard) continue;
      if (/[{}]/.test(segment)) return `${JSON.stringify(path)} has braces that are not {*} or {**} as a whole part`;
      // RFC 3986 pchar without `*`: Envoy refuses other characters in a template.
      if (template && !/^[a-zA-Z0-9\-._~%!$&'()+,;:@=]+$/.test(segment)) return `${JSON.stringify(path)} is a template, in which ${JSON.stringify(segment)} is not allowed`;
    }
  }
  return undefined;
}

const RETIRED: Readonly<Record<string, string>> = {
  'destination.namespace': 'the namespace of the policy says this',
  'destination.name': 'it only existed in v1alpha1',
  'destination.user': 'it only existed in v1alpha1',
};

/** A `when` attribute and its values. */
export function attributeProblem(key: string, values: readonly string[]): string | undefined {
  const empty = emptyValueProblem(values);
  if (empty !== undefined) return empty;
  switch (key) {
    case 'source.ip':
    case 'remote.ip':
    case 'destination.ip':
      return addressesProblem(values);
    case 'destination.port':
      return portsProblem(values);
    case 'source.serviceAccount':
      return serviceAccountsProblem(values);
    case 'source.trustDomain':
      return wildcardProblem(values);
    case 'source.namespace':
    case 'source.principal':
    case 'request.auth.principal':
    case 'request.auth.audiences':
    case 'request.auth.presenter':
    case 'connection.sni':
      return undefined;
    default:
      return keyedAttributeProblem(key);
  }
}

function keyedAttributeProblem(key: string): string | undefined {
  if (['request.headers', 'request.auth.claims', 'experimental.envoy.filters.'].some((prefix) => key.startsWith(prefix))) {
    const open = key.indexOf('[');
    return open > 0 && key.endsWith(']') && open < key.length - 2 ? undefined : `${JSON.stringify(key)} should look like ${key.split('[')[0]}[name]`;
  }
  if (key.startsWith('destination.labels')) return `${JSON.stringify(key)} no longer exists: the selector says this`;
  const retired = RETIRED[key];
  return retired === undefined ? `${JSON.stringify(key)} is not a known attribute` : `${JSON.stringify(key)} no longer exists: ${retired}`;
}
