import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { resolveShortName, serviceFqdn } from '#mesh-core/domain/resources/host-name.ts';
import type { DestinationRule, VirtualService } from '#mesh-core/domain/resources/networking.ts';

/** What routes one host for sidecars. Of several objects the oldest counts, as in Istio; the others are named. */
export interface SplitSources {
  readonly virtualService: VirtualService | undefined;
  readonly destinationRule: DestinationRule | undefined;
  readonly rivals: readonly string[];
}

/** Picks the objects of a host out of all VirtualServices and DestinationRules. */
export function findSplitObjects(host: string, namespace: string, objects: readonly KubeObject[]): SplitSources {
  const fqdn = serviceFqdn(host, namespace);
  const resolve = (object: KubeObject, name: string): string => resolveShortName(name, object.metadata.namespace ?? namespace);
  // Each cast is safe because the API server stores only what the schema of the kind admits.
  const virtualServices = objects.filter((object): object is VirtualService => object.kind === 'VirtualService').filter((object) => appliesToSidecars(object) && (object.spec?.hosts ?? []).some((name) => resolve(object, name) === fqdn)).sort(byAge);
  const rules = objects.filter((object): object is DestinationRule => object.kind === 'DestinationRule').filter((object) => resolve(object, object.spec?.host ?? '') === fqdn).sort(byAge);
  return { virtualService: virtualServices[0], destinationRule: rules[0], rivals: virtualServices.slice(1).map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`) };
}

function appliesToSidecars({ spec }: VirtualService): boolean {
  const gateways = spec?.gateways ?? [];
  return gateways.length === 0 || gateways.includes('mesh');
}

function byAge(a: KubeObject, b: KubeObject): number {
  return (a.metadata.creationTimestamp ?? '').localeCompare(b.metadata.creationTimestamp ?? '') || a.metadata.name.localeCompare(b.metadata.name);
}
