import { isIpAddress } from './ip-address.ts';

/**
 * DNS names as Istio accepts them: RFC 1123 labels, but in either case. Each `…Problem` function tells what is wrong
 * with a name, or undefined if nothing is. Source: the rules of istio/istio pkg/config/labels and validation/agent.
 */
const LABEL = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const WILDCARD_LABEL = /^(?:\*|\*-?[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)$/;
const MAX_LABEL = 63;
const MAX_NAME = 255;

/** Is this one DNS label, at most 63 characters? */
export function isDnsLabel(text: string): boolean {
  return text.length <= MAX_LABEL && LABEL.test(text);
}

/** A host name in full, or a single label; a trailing dot is allowed. */
export function fqdnProblem(name: string): string | undefined {
  return lengthProblem(name) ?? labelsProblem(name, name);
}

/** A host name that may begin with a wildcard label: `*`, `*.example.com`, `*-eu.example.com`. */
export function wildcardDomainProblem(name: string): string | undefined {
  const length = lengthProblem(name);
  if (length !== undefined) return length;
  const dot = name.indexOf('.');
  const first = dot === -1 ? name : name.slice(0, dot);
  if (first.length > MAX_LABEL || !(LABEL.test(first) || WILDCARD_LABEL.test(first))) return `${JSON.stringify(first)} is not a valid first part of a host name`;
  return dot === -1 ? undefined : labelsProblem(name.slice(dot + 1), name);
}

/**
 * As `wildcardDomainProblem`, but for rules at gateways, where a server name may also have the form that mutual TLS
 * between networks uses: `outbound_.<port>_.<subset>_.<host>`.
 */
export function gatewayDomainProblem(name: string, serverName: boolean): string | undefined {
  if (!serverName || !name.startsWith('outbound_')) return wildcardDomainProblem(name);
  const length = lengthProblem(name);
  if (length !== undefined) return length;
  const parts = name.split('_');
  const valid = parts.length >= 4 && /\d/.test(parts[1] ?? '') && /[a-zA-Z]/.test(parts[3] ?? '');
  return valid ? undefined : `${JSON.stringify(name)} should look like outbound_.<port>_._.<host>`;
}

/** A host of a Gateway server: `[namespace/]host`, with `*` or `.` as namespace; the host may be an IP address. */
export function gatewayHostProblem(entry: string): string | undefined {
  const slash = entry.indexOf('/');
  if (slash === -1) return gatewayHostNameProblem(entry);
  const namespace = entry.slice(0, slash);
  const name = entry.slice(slash + 1);
  if (namespace === '' || name === '') return 'namespace and host must not be empty';
  if (namespace !== '*' && namespace !== '.' && !isDnsLabel(namespace)) return `${JSON.stringify(namespace)} is not a namespace`;
  return gatewayHostNameProblem(name);
}

/** Wildcards are fine as a whole first label (`*.example.com`), not as a part of it (`*-eu.example.com`). */
export function partialWildcardProblem(host: string): string | undefined {
  return host.includes('*') && host.length !== 1 && !host.startsWith('*.') ? `${JSON.stringify(host)} has a wildcard inside a label` : undefined;
}

function gatewayHostNameProblem(name: string): string | undefined {
  if (name !== '*' && !name.includes('.')) return `${JSON.stringify(name)} is a short name; a full host name is needed`;
  if (isIpAddress(name)) return undefined;
  return wildcardDomainProblem(name) ?? partialWildcardProblem(name);
}

function lengthProblem(name: string): string | undefined {
  if (name === '') return 'a host name must not be empty';
  return name.length > MAX_NAME ? `a host name has at most ${MAX_NAME} characters` : undefined;
}

function labelsProblem(domain: string, whole: string): string | undefined {
  const parts = domain.split('.');
  const top = parts.at(-1) ?? '';
  if (/^[+-]?\d+$/.test(top)) return `${JSON.stringify(whole)} is not a host name: its last part is a number`;
  // An empty last part is a trailing dot, which makes a name unambiguous.
  const checked = top === '' && parts.length > 1 ? parts.slice(0, -1) : parts;
  const bad = checked.find((part) => !isDnsLabel(part));
  return bad === undefined ? undefined : `${JSON.stringify(whole)} is not a host name: ${JSON.stringify(bad)} is not a valid part`;
}
