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
  if (first.length > MAX_LABEL || !(LABEL.test(first) || WILDCARD_LABEL.test(first))) return `domain name ${JSON.stringify(name)} invalid (label ${JSON.stringify(first)} invalid)`;
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

/**
 * A host of a Gateway server: `[namespace/]host`, with `*` or `.` as namespace; the host may be an IP address. In a
 * Gateway made from Gateway API (`converted`) the namespace `~` stands for "no route attached".
 */
export function gatewayHostProblem(entry: string, converted: boolean): string | undefined {
  const slash = entry.indexOf('/');
  if (slash === -1) return scopedHostProblem(entry, true);
  const namespace = entry.slice(0, slash);
  const name = entry.slice(slash + 1);
  if (namespace === '' || name === '') return 'config namespace and dnsName in host entry cannot be empty';
  if (namespace !== '*' && namespace !== '.' && !(namespace === '~' && converted) && !isDnsLabel(namespace)) return `invalid namespace value ${JSON.stringify(namespace)} in gateway`;
  return scopedHostProblem(name, true);
}

/** A host that a Sidecar imports: `namespace/host`, the namespace `*`, `.`, a name or `~`; `~name` excludes. */
export function sidecarHostProblem(entry: string): string | undefined {
  const slash = entry.indexOf('/');
  if (slash === -1) return 'host must be of form namespace/dnsName';
  const namespace = entry.slice(0, slash);
  const name = entry.slice(slash + 1);
  if (namespace === '' || name === '') return 'config namespace and dnsName in host entry cannot be empty';
  const bare = namespace.replace(/^~/, '');
  if (bare !== '' && bare !== '*' && bare !== '.' && !isDnsLabel(bare)) return `invalid namespace value ${JSON.stringify(namespace)} in sidecar`;
  return scopedHostProblem(name, false);
}

/** Wildcards are fine as a whole first label (`*.example.com`), not as a part of it (`*-eu.example.com`). */
export function partialWildcardProblem(host: string): string | undefined {
  return host.includes('*') && host.length !== 1 && !host.startsWith('*.') ? `partial wildcard ${JSON.stringify(host)} not allowed` : undefined;
}

function scopedHostProblem(name: string, addressAllowed: boolean): string | undefined {
  if (name !== '*' && !name.includes('.')) return `short names (non FQDN) are not allowed: ${JSON.stringify(name)}`;
  if (addressAllowed && isIpAddress(name)) return undefined;
  return wildcardDomainProblem(name) ?? partialWildcardProblem(name);
}

function lengthProblem(name: string): string | undefined {
  if (name === '') return 'empty domain name not allowed';
  return name.length > MAX_NAME ? `domain name ${JSON.stringify(name)} too long (max ${MAX_NAME})` : undefined;
}

function labelsProblem(domain: string, whole: string): string | undefined {
  const parts = domain.split('.');
  const top = parts.at(-1) ?? '';
  if (/^[+-]?\d+$/.test(top)) return `domain name ${JSON.stringify(whole)} invalid (top level domain ${JSON.stringify(top)} cannot be all-numeric)`;
  // An empty last part is a trailing dot, which makes a name unambiguous.
  const checked = top === '' ? parts.slice(0, -1) : parts;
  const bad = checked.find((part) => !isDnsLabel(part));
  return bad === undefined ? undefined : `domain name ${JSON.stringify(whole)} invalid (label ${JSON.stringify(bad)} invalid)`;
}
