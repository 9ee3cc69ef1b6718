import type { LoadBalancer } from '../resources/networking.ts';
import type { LocalityLbSetting } from '../resources/traffic-policy.ts';
import { localitySettingOf } from './locality-setting.ts';
import type { MeshEndpoint } from './workload-endpoints.ts';

/** Endpoints of one place, as a client at another place is to use them. */
export interface LocalityGroup {
  readonly locality: string;
  readonly members: readonly MeshEndpoint[];
  readonly weight: number;
  /** 0 = first. */
  readonly priority: number;
}
/** Who is to use them. */
export interface LocalityClient {
  /** `region/zone/subzone`; empty = not told. */
  readonly locality: string;
  readonly labels: Readonly<Record<string, string>>;
}
type Place = readonly [region: string, zone: string, subZone: string];

/**
 * Orders and weighs groups of endpoints for a client: by `distribute`, by `failoverPriority` labels, by `failover` regions,
 * else by distance. Without outlier detection nobody would notice that the first ones are down, so only `distribute`
 * counts then. Priorities have no gaps. Source: istiod's loadbalancer package.
 */
export function placeGroups(groups: readonly LocalityGroup[], balancer: LoadBalancer | undefined, detectsOutliers: boolean, client: LocalityClient): readonly LocalityGroup[] {
  const setting = localitySettingOf(balancer);
  switch (setting.kind) {
    case 'off':
      return groups;
    case 'zone-aware': {
      if (setting.setting.enabled === false) return groups;
      const { failover = [], failoverPriority = [] } = setting.setting;
      return byRegion(failoverPriority.length === 0 ? groups : byLabels(groups, failoverPriority, client), failover, client);
    }
    case 'locality': {
      const { distribute, failover = [], failoverPriority = [] } = setting.setting;
      if (distribute !== undefined) return distributed(groups, distribute, client);
      if (!detectsOutliers) return groups;
      if (failoverPriority.length === 0) return byDistance(groups, failover, client);
      const labelled = byLabels(groups, failoverPriority, client);
      return failover.length === 0 ? labelled : byDistance(labelled, failover, client);
    }
  }
}

/** The labels by which topology is compared: those of the object and those that its locality stands for. */
export function topologyLabels({ labels, locality }: LocalityClient): Readonly<Record<string, string>> {
  const [region, zone, subZone] = placeOf(locality);
  return {
    ...labels,
    ...(region === '' ? undefined : { 'topology.kubernetes.io/region': region }),
    ...(zone === '' ? undefined : { 'topology.kubernetes.io/zone': zone }),
    ...(subZone === '' ? undefined : { 'topology.istio.io/subzone': subZone }),
  };
}

/** The first rule for the client's place says what share each place gets; places that it does not name get nothing. */
function distributed(groups: readonly LocalityGroup[], rules: NonNullable<LocalityLbSetting['distribute']>, client: LocalityClient): readonly LocalityGroup[] {
  const rule = rules.find(({ from }) => isAt(client.locality, from ?? ''));
  if (rule === undefined) return groups;
  const weights = new Map<LocalityGroup, number>();
  for (const [to, share] of Object.entries(rule.to ?? {})) {
    const matched = groups.filter((group) => !weights.has(group) && isAt(group.locality, to));
    const total = matched.reduce((sum, { weight }) => sum + weight, 0);
    for (const group of matched) weights.set(group, Math.ceil((group.weight * share) / total) || group.weight);
  }
  return groups.map((group) => {
    const weight = weights.get(group);
    return weight === undefined ? { ...group, members: [] } : { ...group, weight };
  });
}

function byDistance(groups: readonly LocalityGroup[], failover: NonNullable<LocalityLbSetting['failover']>, client: LocalityClient): readonly LocalityGroup[] {
  const own = placeOf(client.locality);
  const target = failover.find(({ from }) => from === own[0]);
  return withoutGaps(groups, ({ locality, priority }) => {
    const distance = distanceOf(own, placeOf(locality));
    const isElsewhere = distance === 3 && target !== undefined && placeOf(locality)[0] !== target.to;
    return priority * 5 + (isElsewhere ? 4 : distance);
  });
}

/** For balancers that know zones: all of the client's region together. */
function byRegion(groups: readonly LocalityGroup[], failover: NonNullable<LocalityLbSetting['failover']>, client: LocalityClient): readonly LocalityGroup[] {
  const [region] = placeOf(client.locality);
  const target = failover.find(({ from }) => from === region);
  return withoutGaps(groups, ({ locality, priority }) => {
    const [other] = placeOf(locality);
    return priority * 3 + (other === region ? 0 : target !== undefined && other === target.to ? 1 : 2);
  });
}

/** Splits each group by how many of the labels (`name`, or `name=value`) agree from the first on. */
function byLabels(groups: readonly LocalityGroup[], priorities: readonly string[], client: LocalityClient): readonly LocalityGroup[] {
  const own = topologyLabels(client);
  if (Object.keys(own).length === 0) return groups;
  const wanted = priorities.map((entry): readonly [string, string | undefined] => {
    const parts = entry.split('=');
    const name = parts[0] ?? '';
    return [name, parts.length === 2 ? parts[1] : own[name]];
  });
  const asksForNetwork = priorities[0] === 'topology.istio.io/network';
  const priorityOf = (endpoint: MeshEndpoint): number => {
    const labels = topologyLabels(endpoint);
    let outside = 0;
    for (const [index, [name, value]] of wanted.entries()) {
      if (labels[name] === value) continue;
      // Another network only puts an endpoint behind all others; the rest of the labels still counts.
      if (index === 0 && asksForNetwork) outside = wanted.length;
      else return outside + wanted.length - index;
    }
    return outside;
  };
  const split = groups.flatMap((group) =>
    [...Map.groupBy(group.members, priorityOf)].sort(([a], [b]) => a - b).map(([priority, members]) => ({ ...group, members, priority, weight: members.reduce((sum, { weight }) => sum + weight, 0) })),
  );
  return withoutGaps(split, ({ priority }) => priority);
}

function withoutGaps(groups: readonly LocalityGroup[], rankOf: (group: LocalityGroup) => number): readonly LocalityGroup[] {
  const ranked = groups.map((group) => ({ group, rank: rankOf(group) }));
  const order = [...new Set(ranked.map(({ rank }) => rank))].sort((a, b) => a - b);
  return ranked.map(({ group, rank }) => ({ ...group, priority: order.indexOf(rank) }));
}

/** 0 = same place, 1 = same zone, 2 = same region, 3 = elsewhere. */
function distanceOf(a: Place, b: Place): number {
  if (a[0] !== b[0]) return 3;
  if (a[1] !== b[1]) return 2;
  return a[2] === b[2] ? 0 : 1;
}

/** Is a place inside a rule's (`region/zone/*`)? What the rule leaves out is any. */
function isAt(locality: string, rule: string): boolean {
  const place = placeOf(locality);
  const [region = '', zone = '', subZone = ''] = rule.split('/');
  return (region === '*' || region === place[0]) && (zone === '*' || zone === '' || zone === place[1]) && (subZone === '*' || subZone === '' || subZone === place[2]);
}

function placeOf(locality: string): Place {
  const [region = '', zone = '', subZone = ''] = locality.split('/');
  return [region, zone, subZone];
}
