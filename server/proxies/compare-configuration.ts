import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import { WORKLOAD_SECRET } from '#mesh-core/domain/envoy/secret.ts';
import type { HeldResource } from './read-config-dump.ts';
import type { ComparedResource, Resource } from './schemas.ts';

/** Types of which a proxy asks for what it needs by name; of the others it gets all. Source: xDS protocol, "resource subscription". */
const ASKED_BY_NAME: ReadonlySet<ResourceType> = new Set(['endpoint', 'route', 'secret']);

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
    for (const [name, offered] of left) compared.push({ type, name, comparison: held === undefined ? 'unknown' : ASKED_BY_NAME.has(type) ? 'not-asked' : 'missing', offered });
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
