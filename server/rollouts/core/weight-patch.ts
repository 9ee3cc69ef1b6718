import type { CanaryRolloutSpec } from '#mesh-core/domain/resources/canary-rollout.ts';
import type { DestinationRule, HTTPRoute, VirtualService } from '#mesh-core/domain/resources/networking.ts';

/** One operation of an RFC 6902 patch. */
export type PatchOperation =
  | { readonly op: 'test' | 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** The route of a VirtualService that a rollout steers. */
export type RouteLookup =
  | { readonly kind: 'found'; readonly index: number; readonly route: HTTPRoute; readonly weights: { readonly stable: number; readonly canary: number } }
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
  const total = destinations.length === 1 ? 1 : destinations.reduce((sum, d) => sum + (d.weight ?? 0), 0);
  const share = (subset: string): number => {
    const sum = destinations.filter((d) => d.destination.subset === subset).reduce((s, d) => s + (destinations.length === 1 ? 1 : (d.weight ?? 0)), 0);
    return total > 0 ? Math.round((10_000 * sum) / total) / 100 : 0;
  };
  return { kind: 'found', index: chosen.index, route: chosen.route, weights: { stable: share(spec.stable.subset), canary: share(spec.canary.subset) } };
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

/** The destinations of a route with the canary at `weight`; a destination's port and headers are kept. */
export function splitRoute(route: HTTPRoute | undefined, spec: CanaryRolloutSpec, weight: number): NonNullable<HTTPRoute['route']> {
  const old = route?.route ?? [];
  const of = (subset: string, share: number) => {
    const before = old.find((d) => d.destination.subset === subset) ?? old.find((d) => d.destination.subset === undefined);
    return { ...before, destination: { ...(before?.destination ?? { host: spec.host }), subset }, weight: share };
  };
  return [of(spec.stable.subset, 100 - weight), of(spec.canary.subset, weight)];
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
