import type { Destination, VirtualService } from '../resources/networking.ts';

/**
 * The hosts that a VirtualService sends to, with the ports it names (0 = one destination names none). HTTP routes that no
 * caller of `sourceNamespace` can take are left out. Source: istiod's virtualServiceDestinationsFilteredBySourceNamespace.
 */
export function destinationsOf({ spec }: VirtualService, sourceNamespace: string): ReadonlyMap<string, ReadonlySet<number>> {
  const found = new Map<string, Set<number>>();
  const add = ({ host, port }: Destination): void => {
    const ports = found.get(host) ?? new Set<number>();
    found.set(host, ports.add(port?.number ?? 0));
  };
  for (const http of spec?.http ?? []) {
    const named = (http.match ?? []).map((match) => match.sourceNamespace ?? '').filter((namespace) => namespace !== '');
    if (named.length > 0 && !named.includes(sourceNamespace)) continue;
    for (const { destination } of http.route ?? []) add(destination);
    if (http.mirror !== undefined) add(http.mirror);
    for (const { destination } of http.mirrors ?? []) add(destination);
  }
  for (const route of [...(spec?.tcp ?? []), ...(spec?.tls ?? [])]) for (const { destination } of route.route ?? []) add(destination);
  return found;
}
