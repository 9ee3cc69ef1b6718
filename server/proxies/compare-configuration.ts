import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import { WORKLOAD_SECRET } from '#mesh-core/domain/envoy/secret.ts';
import type { HeldResource } from './read-config-dump.ts';
import type { ComparedResource, Resource } from './schemas.ts';

const Offered = z.array(z.object({ name: z.string(), resource: z.record(z.string(), z.unknown()) }));
const Offer = z.object({ version: z.string(), resources: z.object({ cluster: Offered, endpoint: Offered, listener: Offered, route: Offered, secret: Offered }) });
/** What the control plane offers a proxy, as `/debug/config_dump?proxyID=` tells it. */
export type Offer = z.infer<typeof Offer>;

/** Reads the control plane's answer; undefined when it is not an offer. */
export function readOffer(answer: unknown): Offer | undefined {
  const parsed = Offer.safeParse(answer);
  return parsed.success ? parsed.data : undefined;
}

/**
 * Joins what a proxy has with what it is offered, by type and name; either side may be unknown (`undefined`). Sorted by name within
 * a type. The two forms come from the same decoder, so equal resources are equal field by field, in whatever order.
 */
export function compareConfiguration(held: readonly HeldResource[] | undefined, offer: Offer | undefined): readonly ComparedResource[] {
  return (['listener', 'route', 'cluster', 'endpoint', 'secret'] as const).flatMap((type) => {
    const left = new Map((offer?.resources[type] ?? []).map(({ name, resource }) => [name, resource]));
    const compared: ComparedResource[] = (held ?? [])
      .filter((one) => one.type === type)
      .map((one) => {
        const offered = left.get(one.name);
        left.delete(one.name);
        const comparison = offer === undefined ? 'unknown' : judge(one, offered);
        return { ...one, comparison, ...(comparison === 'different' && offered !== undefined ? { offered } : {}) };
      });
    for (const [name, offered] of left) compared.push({ type, name, comparison: held === undefined ? 'unknown' : isAsked(held, type, name) ? 'missing' : 'not-asked', offered });
    return compared.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  });
}

function judge(one: HeldResource, offered: Resource | undefined): ComparedResource['comparison'] {
  if (offered === undefined) return isOwn(one) ? 'own' : 'extra';
  return isDeepStrictEqual(one.held, offered) ? 'same' : 'different';
}

/** The proxy's own certificate comes by CSR, and the endpoints of a cluster that lists them itself come with the cluster: those were never received. */
function isOwn({ type, name, version }: HeldResource): boolean {
  return (type === 'secret' && name === WORKLOAD_SECRET) || (type === 'endpoint' && version === undefined);
}

/**
 * Does the proxy ask for a resource? It gets all listeners and clusters; route tables it asks for by the names in its listeners, endpoints by
 * those of its clusters. Of secrets only those that were asked for are offered. Source: the xDS protocol, "resource subscription".
 */
function isAsked(held: readonly HeldResource[], type: ResourceType, name: string): boolean {
  if (type === 'route') return held.some((one) => one.type === 'listener' && namesRoute(one.held, name));
  if (type === 'endpoint') return held.some((one) => one.type === 'cluster' && endpointNameOf(one) === name);
  return true;
}

function endpointNameOf({ name, held }: HeldResource): string | undefined {
  const discovery = held['edsClusterConfig'];
  if (typeof discovery !== 'object' || discovery === null) return undefined;
  return 'serviceName' in discovery && typeof discovery.serviceName === 'string' ? discovery.serviceName : name;
}

function namesRoute(value: unknown, name: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([field, inner]: readonly [string, unknown]) => (field === 'routeConfigName' ? inner === name : namesRoute(inner, name)));
}
