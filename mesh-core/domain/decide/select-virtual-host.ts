import type { RouteConfiguration, VirtualHost } from '../envoy/resources.ts';

interface Wildcard {
  /** Domain without its star. */
  readonly part: string;
  readonly virtualHost: VirtualHost;
}
interface DomainIndex {
  readonly exact: ReadonlyMap<string, VirtualHost>;
  /** `*.example.com`, longest first. */
  readonly suffixes: readonly Wildcard[];
  /** `example.*`, longest first. */
  readonly prefixes: readonly Wildcard[];
  readonly any: VirtualHost | undefined;
}

const indexes = new WeakMap<RouteConfiguration, DomainIndex>();

/**
 * The virtual host for a Host header: an exact domain before the longest `*suffix` before the longest `prefix*` before
 * `*`; case does not matter and a star covers at least one character. The port of the header takes part unless the
 * configuration ignores it. The index is built once per configuration. Source: envoy.config.route.v3.VirtualHost.domains.
 */
export function selectVirtualHost(config: RouteConfiguration, authority: string): VirtualHost | undefined {
  const index = indexOf(config);
  const lower = authority.toLowerCase();
  const host = config.ignorePortInHostMatching === true ? withoutPort(lower) : lower;
  return index.exact.get(host) ?? longest(index.suffixes, host, isSuffix) ?? longest(index.prefixes, host, isPrefix) ?? index.any;
}

/** A Host header without its port; brackets of an IPv6 address stay. */
export function withoutPort(authority: string): string {
  const colon = authority.lastIndexOf(':');
  if (colon === -1 || authority.indexOf(']', colon) !== -1) return authority;
  return /^\d*$/.test(authority.slice(colon + 1)) ? authority.slice(0, colon) : authority;
}

function indexOf(config: RouteConfiguration): DomainIndex {
  let index = indexes.get(config);
  if (index === undefined) {
    index = buildIndex(config);
    indexes.set(config, index);
  }
  return index;
}

function buildIndex(config: RouteConfiguration): DomainIndex {
  const exact = new Map<string, VirtualHost>();
  const suffixes: Wildcard[] = [];
  const prefixes: Wildcard[] = [];
  let any: VirtualHost | undefined;
  for (const virtualHost of config.virtualHosts) {
    for (const domain of virtualHost.domains) {
      const lower = domain.toLowerCase();
      if (lower === '*') any ??= virtualHost;
      else if (lower.startsWith('*')) suffixes.push({ part: lower.slice(1), virtualHost });
      else if (lower.endsWith('*')) prefixes.push({ part: lower.slice(0, -1), virtualHost });
      else if (!exact.has(lower)) exact.set(lower, virtualHost);
    }
  }
  const byLength = (a: Wildcard, b: Wildcard): number => b.part.length - a.part.length;
  return { exact, suffixes: suffixes.sort(byLength), prefixes: prefixes.sort(byLength), any };
}

function longest(wildcards: readonly Wildcard[], host: string, covers: (part: string, host: string) => boolean): VirtualHost | undefined {
  return wildcards.find(({ part }) => host.length > part.length && covers(part, host))?.virtualHost;
}

function isSuffix(part: string, host: string): boolean {
  return host.endsWith(part);
}

function isPrefix(part: string, host: string): boolean {
  return host.startsWith(part);
}
