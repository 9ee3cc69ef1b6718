/**
 * Host names as Istio compares them. A name may be a wildcard: `*`, `*.example.com` or `*-eu.example.com`.
 * Rules follow istio/istio pkg/config/host (Name.Matches, Name.SubsetOf, MoreSpecific, NamesForNamespace).
 * Comparison is case-sensitive, as there: lower-case the names first where a protocol says so.
 */

export const DEFAULT_CLUSTER_DOMAIN = 'cluster.local';

/** The full name of a service in the cluster: `catalog`, `shop` → `catalog.shop.svc.cluster.local`. */
export function serviceFqdn(name: string, namespace: string, clusterDomain: string = DEFAULT_CLUSTER_DOMAIN): string {
  return `${name}.${namespace}.svc.${clusterDomain}`;
}

/**
 * Completes a host without a dot by the namespace of the *rule* that names it (never of the service). Names with a
 * dot, `*` and the empty name are already complete, so `catalog.shop` stays as it is. Source: Istio's ResolveShortnameToFQDN.
 */
export function resolveShortName(host: string, namespace: string, clusterDomain: string = DEFAULT_CLUSTER_DOMAIN): string {
  if (host === '' || host === '*' || host.includes('.')) return host;
  return serviceFqdn(host, namespace, clusterDomain);
}

/** Does the name start with `*`? */
export function isWildcardHost(host: string): boolean {
  return host.startsWith('*');
}

/**
 * Do two names overlap, that is, is there a host that both cover? Symmetric; with one concrete name it reads
 * "the pattern matches the host". `*.foo.com` does not match `foo.com`.
 */
export function hostMatches(pattern: string, host: string): boolean {
  return hostSubsetOf(pattern, host) || hostSubsetOf(host, pattern);
}

/** Is every host that `inner` covers also covered by `outer`? */
export function hostSubsetOf(inner: string, outer: string): boolean {
  if (!isWildcardHost(outer)) return inner === outer;
  if (!isWildcardHost(inner)) return inner.endsWith(outer.slice(1));
  return inner.length >= outer.length && inner.slice(1).endsWith(outer.slice(1));
}

/**
 * Orders names from the most to the least specific, for `sort`: concrete before wildcard, then longer before
 * shorter, then by the alphabet.
 */
export function compareHostSpecificity(a: string, b: string): number {
  const wildcard = Number(isWildcardHost(a)) - Number(isWildcardHost(b));
  if (wildcard !== 0) return wildcard;
  if (a.length !== b.length) return b.length - a.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The first of the most specific patterns that cover `host`, or undefined. */
export function mostSpecificHost(patterns: Iterable<string>, host: string): string | undefined {
  let best: string | undefined;
  for (const pattern of patterns) {
    if (hostSubsetOf(host, pattern) && (best === undefined || compareHostSpecificity(pattern, best) < 0)) best = pattern;
  }
  return best;
}

/** The names that both lists cover, the narrower of each overlapping pair, without repeats, in the order of `a`. */
export function intersectHosts(a: readonly string[], b: readonly string[]): string[] {
  const common = new Set<string>();
  for (const left of a) {
    for (const right of b) {
      if (hostSubsetOf(left, right)) common.add(left);
      else if (hostSubsetOf(right, left)) common.add(right);
    }
  }
  return [...common];
}

/**
 * A Gateway server's hosts (`[namespace/]name`) that a rule of `namespace` may bind to, without their prefix; the
 * prefix `.` is the Gateway's own namespace.
 */
export function gatewayHostsFor(hosts: readonly string[], namespace: string, gatewayNamespace: string = namespace): string[] {
  const names: string[] = [];
  for (const host of hosts) {
    const slash = host.indexOf('/');
    const prefix = slash === -1 ? '*' : host.slice(0, slash);
    const owner = prefix === '.' ? gatewayNamespace : prefix;
    if (owner === '*' || owner === namespace) names.push(host.slice(slash + 1));
  }
  return names;
}

/** A gateway reference of a VirtualService as `namespace/name`: `gw`, `./gw`, `ns/gw`, or an old style `gw.ns`. `mesh` stays. */
export function resolveGatewayName(gateway: string, namespace: string): string {
  if (gateway === 'mesh') return gateway;
  const slash = gateway.indexOf('/');
  if (slash !== -1) return gateway.startsWith('./') ? `${namespace}${gateway.slice(1)}` : gateway;
  const [name = gateway, owner] = gateway.split('.');
  return `${owner ?? namespace}/${name}`;
}
