import type { CanaryRolloutSpec } from '#mesh-core/domain/resources/canary-rollout.ts';
import type { DestinationRule, HTTPRoute, VirtualService } from '#mesh-core/domain/resources/networking.ts';

/** One operation of an RFC 6902 patch. */
export type PatchOperation =
  | { readonly op: 'test' | 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** A destination of the route that is neither of the rollout's versions, with its share of 100. */
export interface OtherDestination {
  readonly name: string;
  readonly share: number;
}

/** The route of a VirtualService that a rollout steers. */
export type RouteLookup =
  | { readonly kind: 'found'; readonly index: number; readonly route: HTTPRoute; readonly weights: { readonly stable: number; readonly canary: number }; readonly others: readonly OtherDestination[] }
  | { readonly kind: 'missing'; readonly reason: string };

/** Finds the route by its name, or the only unconditional one that leads to the rollout's host. */
export function findRoute(vs: VirtualService, spec: CanaryRolloutSpec): RouteLookup {
  const routes = vs.spec?.http ?? [];
  const candidates = routes.map((route, index) => ({ route, index })).filter(({ route }) => (spec.routeName === undefined ? (route.match ?? []).length === 0 : route.name === spec.routeName));
  const chosen = candidates[0];
  if (chosen === undefined) {
    return { kind: 'missing', reason: spec.routeName === undefined ? `VirtualService ${vs.metadata.name} has no route without a match.` : `VirtualService ${vs.metadata.name} has no http route named "${spec.routeName}".` };
  }
  const destinations = chosen.route.route ?? [];
  if (destinations.length === 0) return { kind: 'missing', reason: `Route ${chosen.index} of VirtualService ${vs.metadata.name} redirects or answers by itself: there is nothing to split.` };
  const share = sharesOf(destinations);
  const sum = (subset: string): number => destinations.filter((d) => isOwn(d, spec) && d.destination.subset === subset).reduce((s, d) => s + share(d), 0);
  const others = destinations.filter((d) => !isOwn(d, spec) && share(d) > 0).map((d) => ({ name: d.destination.subset ?? d.destination.host, share: share(d) }));
  return { kind: 'found', index: chosen.index, route: chosen.route, weights: { stable: sum(spec.stable.subset), canary: sum(spec.canary.subset) }, others };
}

type Destinations = NonNullable<HTTPRoute['route']>;

/** Weights are relative; a single destination gets everything whatever its weight. */
function sharesOf(destinations: Destinations): (destination: Destinations[number]) => number {
  const total = destinations.reduce((sum, d) => sum + (d.weight ?? 0), 0);
  return (d) => (destinations.length === 1 ? 100 : total > 0 ? Math.round((10_000 * (d.weight ?? 0)) / total) / 100 : 0);
}

/** One of the rollout's versions, or its host without a subset, which it is about to split. */
function isOwn({ destination: { host, subset } }: Destinations[number], spec: CanaryRolloutSpec): boolean {
  return host.split('.')[0] === spec.host.split('.')[0] && (subset === undefined || subset === spec.stable.subset || subset === spec.canary.subset);
}

/**
 * Sends `weight` of 100 to the canary and the rest to stable, on one route only. The patch holds only if the object is
 * still the one that was read and the route at that place is still that route, so nobody else's change is lost.
 */
export function weightPatch(vs: VirtualService, found: Extract<RouteLookup, { kind: 'found' }>, spec: CanaryRolloutSpec, weight: number): PatchOperation[] {
  const base = `/spec/http/${found.index}`;
  const guard: PatchOperation[] = [{ op: 'test', path: '/metadata/resourceVersion', value: vs.metadata.resourceVersion }];
  if (found.route.name !== undefined) guard.push({ op: 'test', path: `${base}/name`, value: found.route.name });
  return [...guard, { op: 'test', path: `${base}/route`, value: found.route.route }, { op: 'replace', path: `${base}/route`, value: splitRoute(found.route, spec, weight) }];
}

/**
 * The destinations of a route with the canary at `weight`; a destination's port and headers are kept. Destinations of
 * others keep their share: stable gets what is left.
 */
export function splitRoute(route: HTTPRoute | undefined, spec: CanaryRolloutSpec, weight: number): Destinations {
  const old = route?.route ?? [];
  const own = old.filter((d) => isOwn(d, spec));
  const share = sharesOf(old);
  const others = old.filter((d) => !isOwn(d, spec)).map((d) => ({ ...d, weight: Math.round(share(d)) }));
  const taken = others.reduce((sum, d) => sum + d.weight, 0);
  const canary = Math.min(weight, Math.max(0, 100 - taken));
  const of = (subset: string, weightOf: number): Destinations[number] => {
    const before = own.find((d) => d.destination.subset === subset) ?? own.find((d) => d.destination.subset === undefined);
    // A version that is new on the route is reached at the port of the other one.
    const { host, port } = (before ?? own[0])?.destination ?? { host: spec.host };
    return { ...before, destination: { host, ...(port === undefined ? {} : { port }), subset }, weight: weightOf };
  };
  return [of(spec.stable.subset, Math.max(0, 100 - taken - canary)), of(spec.canary.subset, canary), ...others];
}

/** The VirtualService for a host that has none yet. */
export function newVirtualService(name: string, namespace: string, spec: CanaryRolloutSpec, weight: number): VirtualService {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace },
    spec: { hosts: [spec.host], http: [{ name: spec.routeName ?? 'primary', route: splitRoute(undefined, spec, weight) }] },
  };
}

/** Adds the subsets that are missing; undefined when both are there. Never removes or changes one. */
export function missingSubsetsPatch(dr: DestinationRule, spec: CanaryRolloutSpec): PatchOperation[] | undefined {
  const present = dr.spec?.subsets ?? [];
  const missing = [spec.stable, spec.canary].filter((arm) => !present.some((s) => s.name === arm.subset)).map((arm) => ({ name: arm.subset, labels: arm.labels }));
  if (missing.length === 0) return undefined;
  const guard: PatchOperation = { op: 'test', path: '/metadata/resourceVersion', value: dr.metadata.resourceVersion };
  if (dr.spec?.subsets === undefined) return [guard, { op: 'add', path: '/spec/subsets', value: missing }];
  return [guard, ...missing.map((value): PatchOperation => ({ op: 'add', path: '/spec/subsets/-', value }))];
}

/** The DestinationRule for a host that has none yet. */
export function newDestinationRule(name: string, namespace: string, spec: CanaryRolloutSpec): DestinationRule {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name, namespace },
    spec: { host: spec.host, subsets: [spec.stable, spec.canary].map((arm) => ({ name: arm.subset, labels: arm.labels })) },
  };
}
