import type { DestinationRule, HTTPRoute, HTTPRouteDestination, Subset, VirtualService } from '#mesh-core/domain/resources/networking.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { writeMatch } from './match-condition.ts';
import type { SplitRule, TrafficSplit } from './traffic-split-model.ts';

export interface SplitObjects {
  readonly virtualService: VirtualService | undefined;
  readonly destinationRule: DestinationRule | undefined;
}

const NETWORKING = 'networking.istio.io/v1';

/**
 * The objects that make `wanted` true, those that change only, in the order to write them: the DestinationRule first, so
 * that no proxy is ever told to use a subset it does not know. `base` is what was read from `current`: where the form
 * was not touched the object's own text stays, also where this form would have written it otherwise.
 */
export function writeTrafficSplit(current: SplitObjects, base: TrafficSplit, wanted: TrafficSplit): readonly KubeObject[] {
  const rule = writeSubsets(current.destinationRule, wanted);
  const virtualService = writeRoutes(current.virtualService, base, wanted);
  return [rule, virtualService].filter((object) => object !== undefined);
}

function writeSubsets(current: DestinationRule | undefined, wanted: TrafficSplit): DestinationRule | undefined {
  const used = new Set([...wanted.versions.filter(({ share }) => share > 0).map(({ subset }) => subset), ...wanted.rules.flatMap((rule) => (rule.kind === 'rule' ? [rule.subset] : [])), ...(wanted.mirror === null ? [] : [wanted.mirror.subset])]);
  const missing = wanted.versions.filter(({ subset, from }) => subset !== '' && from === 'workloads' && used.has(subset)).map(({ subset, labels }): Subset => ({ name: subset, labels }));
  if (missing.length === 0) return undefined;
  if (current === undefined) return { apiVersion: NETWORKING, kind: 'DestinationRule', metadata: { name: shortName(wanted.host), namespace: wanted.namespace }, spec: { host: wanted.host, subsets: missing } };
  const spec = current.spec ?? { host: wanted.host };
  return { ...current, spec: { ...spec, subsets: [...(spec.subsets ?? []), ...missing] } };
}

function writeRoutes(current: VirtualService | undefined, base: TrafficSplit, wanted: TrafficSplit): VirtualService | undefined {
  const http = current?.spec?.http ?? [];
  const at = base.defaultOrigin ?? http.length;
  const before = wanted.rules.map((rule) => writeRule(rule, http, base, wanted.host));
  const next = [...before, writeDefault(http[at] ?? { name: 'primary' }, base, wanted), ...http.slice(at + 1)];
  if (current === undefined) return { apiVersion: NETWORKING, kind: 'VirtualService', metadata: { name: shortName(wanted.host), namespace: wanted.namespace }, spec: { hosts: [wanted.host], http: next } };
  return same(http, next) ? undefined : { ...current, spec: { ...current.spec, http: next } };
}

function writeRule(rule: SplitRule, http: readonly HTTPRoute[], base: TrafficSplit, host: string): HTTPRoute {
  const origin = rule.origin === null ? undefined : http[rule.origin];
  if (rule.kind === 'foreign') return origin ?? {};
  const before = base.rules.find((other) => other.kind === 'rule' && other.origin === rule.origin);
  if (origin === undefined || before?.kind !== 'rule') return { match: [writeMatch(rule.conditions)], route: [{ destination: destinationOf(host, rule.subset, portOf(http, base)) }] };
  const [destination] = origin.route ?? [];
  return {
    ...origin,
    ...(same(before.conditions, rule.conditions) ? {} : { match: [writeMatch(rule.conditions)] }),
    ...(before.subset === rule.subset || destination === undefined ? {} : { route: [{ ...destination, destination: { ...without(destination.destination, ['subset']), ...(rule.subset === '' ? {} : { subset: rule.subset }) } }] }),
  };
}

function writeDefault(route: HTTPRoute, base: TrafficSplit, wanted: TrafficSplit): HTTPRoute {
  const shares = (split: TrafficSplit): unknown => split.versions.map(({ subset, share }) => [subset, share]);
  const unchanged = base.explicit && same(shares(base), shares(wanted));
  let next: HTTPRoute = unchanged ? route : { ...route, route: writeDestinations(route.route ?? [], wanted) };
  if (base.timeout !== wanted.timeout) next = wanted.timeout === '' ? without(next, ['timeout']) : { ...next, timeout: wanted.timeout };
  if (!same(base.retries, wanted.retries)) next = writeRetries(next, wanted);
  if (!same(base.mirror, wanted.mirror)) next = writeMirror(next, wanted);
  return next;
}

/** Destinations keep their place, port and headers; new versions come after; one without subset goes when it gets nothing. */
function writeDestinations(existing: readonly HTTPRouteDestination[], wanted: TrafficSplit): readonly HTTPRouteDestination[] {
  const shareOf = new Map(wanted.versions.map(({ subset, share }) => [subset, share]));
  const port = existing[0]?.destination.port;
  const kept = existing.flatMap((entry) => {
    const subset = entry.destination.subset ?? '';
    const share = shareOf.get(subset);
    return share === undefined || (subset === '' && share === 0) ? [] : [{ ...entry, weight: share }];
  });
  const added = wanted.versions
    .filter(({ subset, share }) => share > 0 && !kept.some(({ destination }) => (destination.subset ?? '') === subset))
    .map(({ subset, share }): HTTPRouteDestination => ({ destination: destinationOf(wanted.host, subset, port), weight: share }));
  return [...kept, ...added];
}

function writeRetries(route: HTTPRoute, { retries }: TrafficSplit): HTTPRoute {
  if (retries === null) return without(route, ['retries']);
  const { perTryTimeout: _p, retryOn: _r, ...kept } = route.retries ?? {};
  return { ...route, retries: { ...kept, attempts: retries.attempts, ...(retries.perTryTimeout === '' ? {} : { perTryTimeout: retries.perTryTimeout }), ...(retries.retryOn === '' ? {} : { retryOn: retries.retryOn }) } };
}

function writeMirror(route: HTTPRoute, { mirror, host }: TrafficSplit): HTTPRoute {
  const rest = without(route, ['mirror', 'mirrorPercentage', 'mirrorPercent', 'mirror_percent', 'mirrors']);
  if (mirror === null) return rest;
  const port = route.mirror?.port ?? route.route?.[0]?.destination.port;
  return { ...rest, mirror: destinationOf(host, mirror.subset, port), mirrorPercentage: { value: mirror.percent } };
}

function destinationOf(host: string, subset: string, port: { readonly number?: number } | undefined): HTTPRouteDestination['destination'] {
  return { host, ...(subset === '' ? {} : { subset }), ...(port === undefined ? {} : { port }) };
}

function portOf(http: readonly HTTPRoute[], base: TrafficSplit): { readonly number?: number } | undefined {
  return base.defaultOrigin === null ? undefined : http[base.defaultOrigin]?.route?.[0]?.destination.port;
}

function shortName(host: string): string {
  return host.split('.')[0] ?? host;
}

function without<T extends object, K extends keyof T>(object: T, keys: readonly K[]): Omit<T, K> {
  // Safe because exactly these keys are left out.
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.some((k) => k === key))) as Omit<T, K>;
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
