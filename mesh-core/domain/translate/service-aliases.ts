import type { MeshService } from './service-registry.ts';

/**
 * Gives each service the names of the ExternalName Services that lead to it, through any number of others; a ring of
 * them leads nowhere. Source: istiod's resolveServiceAliases.
 */
export function resolveAliases(services: readonly MeshService[]): readonly MeshService[] {
  const targets = new Map(services.flatMap(({ hostname, externalName }) => (externalName === undefined ? [] : [[hostname, externalName] as const])));
  if (targets.size === 0) return services;
  const aliases = new Map<string, string[]>();
  for (const alias of targets.keys()) {
    const concrete = follow(alias, targets);
    if (concrete !== undefined) aliases.set(concrete, [...(aliases.get(concrete) ?? []), alias].sort());
  }
  return services.map((service) => {
    const names = service.resolution === 'alias' ? undefined : aliases.get(service.hostname);
    return names === undefined ? service : { ...service, aliases: names };
  });
}

function follow(alias: string, targets: ReadonlyMap<string, string>): string | undefined {
  const seen = new Set<string>();
  let name: string | undefined = alias;
  for (let next = targets.get(alias); next !== undefined; next = targets.get(name)) {
    if (seen.has(next)) return undefined;
    seen.add(next);
    name = next;
  }
  return name;
}
