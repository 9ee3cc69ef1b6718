import { hostMatches, hostSubsetOf, isWildcardHost } from '../resources/host-name.ts';

/** What a Sidecar's `egress.hosts` (`namespace/dnsName`) import. */
export interface ImportedHosts {
  /** Is a service of this namespace and name imported? */
  readonly takesService: (namespace: string, hostname: string) => boolean;
  /** Is a VirtualService of this namespace imported for one of its hosts? */
  readonly takesVirtualService: (namespace: string, hosts: readonly string[], isGatewayApi: boolean) => boolean;
}

interface HostClass {
  readonly exact: Set<string>;
  readonly all: string[];
  readonly excluded: string[];
}

/**
 * Reads `egress.hosts`: namespace `.` = that of the proxies, `*` = any, `~` = none; `~ns/host` takes back what another
 * entry imports. An entry without exactly one slash is left out (validation refuses it). Source: istiod's convertIstioListenerToWrapper.
 */
export function importedHosts(hosts: readonly string[], ownNamespace: string): ImportedHosts {
  const classes = new Map<string, HostClass>();
  const classOf = (namespace: string): HostClass => {
    const found = classes.get(namespace) ?? { exact: new Set<string>(), all: [], excluded: [] };
    classes.set(namespace, found);
    return found;
  };
  for (const entry of hosts) {
    const parts = entry.split('/');
    const [prefix, name] = parts;
    if (prefix === undefined || name === undefined || parts.length !== 2) continue;
    const isExclusion = prefix.startsWith('~');
    const scope = isExclusion ? prefix.slice(1) || '*' : prefix;
    const target = classOf(scope === '.' ? ownNamespace : scope);
    if (isExclusion) {
      // `~/*` alone is "nothing at all", which an empty list of imports already says.
      target.excluded.push(name);
      continue;
    }
    if (!isWildcardHost(name)) target.exact.add(name);
    target.all.push(name);
  }
  const scopesOf = (namespace: string): HostClass[] => [classes.get(namespace), classes.get('*')].filter((found) => found !== undefined);
  const isExcluded = (scopes: readonly HostClass[], host: string): boolean => scopes.some(({ excluded }) => excluded.some((name) => hostSubsetOf(host, name)));
  return {
    takesService: (namespace, hostname) => {
      const scopes = scopesOf(namespace);
      return !isExcluded(scopes, hostname) && scopes.some((scope) => covers(scope, hostname, hostSubsetOf));
    },
    takesVirtualService: (namespace, names, isGatewayApi) => {
      const scopes = scopesOf(namespace);
      // A classic VirtualService is imported as soon as the two names overlap, in either direction.
      return names.some((name) => !isExcluded(scopes, name) && scopes.some((scope) => covers(scope, name, isGatewayApi ? hostSubsetOf : hostMatches)));
    },
  };
}

function covers({ exact, all }: HostClass, host: string, matches: (host: string, imported: string) => boolean): boolean {
  if (exact.has(host)) return true;
  const isWildcard = isWildcardHost(host);
  return all.some((imported) => (isWildcard || isWildcardHost(imported)) && matches(host, imported));
}
