import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import { durationProblem } from './rules/duration-rules.ts';
import type { ConsistentHash, LoadBalancer, LocalityLbSetting, ZoneAwareLbSetting } from './traffic-policy.ts';

/** Envoy's upper bound for a Maglev table. */
const MAGLEV_LIMIT = 5_000_011;
const TOPOLOGY_LABELS = new Set(['topology.kubernetes.io/region', 'topology.kubernetes.io/zone', 'topology.istio.io/subzone']);

/** istiod's rules for a load balancer; `outlierDetection` tells whether the same policy has it: failover needs it. */
export function checkLoadBalancer(balancer: LoadBalancer | undefined, outlierDetection: boolean, path: string, issues: IssueSink): void {
  if (balancer === undefined) return;
  checkConsistentHash(balancer.consistentHash, `${path}.consistentHash`, issues);
  const { localityLbSetting: locality, zoneAwareLbSetting: zone, warmup } = balancer;
  if (locality !== undefined && zone !== undefined) issues.error(path, 'localityLbSetting and zoneAwareLbSetting exclude each other', { expected: 'one of them' });
  checkLocality(locality, `${path}.localityLbSetting`, issues);
  if (zone !== undefined) checkZoneAware(zone, `${path}.zoneAwareLbSetting`, issues);
  for (const [field, setting] of [['localityLbSetting', locality], ['zoneAwareLbSetting', zone]] as const) {
    const failsOver = (setting?.failover?.length ?? 0) + (setting?.failoverPriority?.length ?? 0) > 0;
    if (failsOver && !outlierDetection) issues.warn(joinPath(path, field), 'failover only happens with outlierDetection, which is not set', { expected: 'outlierDetection in the same policy', code: 'IST0133' });
  }
  if (warmup !== undefined) {
    const problem = warmup.duration === undefined ? 'duration is required' : durationProblem(warmup.duration);
    if (problem !== undefined) issues.error(`${path}.warmup.duration`, problem, { expected: 'a duration' });
    if ((warmup.minimumPercent ?? 0) > 100) issues.error(`${path}.warmup.minimumPercent`, 'minimumPercent value should be less than or equal to 100', { expected: '0 to 100' });
  }
  if (typeof warmup?.aggression === 'number' && warmup.aggression <= 0) issues.error(`${path}.warmup.aggression`, 'must be above 0', { expected: '1 for a straight line' });
}

function checkConsistentHash(hash: ConsistentHash | undefined, path: string, issues: IssueSink): void {
  if (hash === undefined) return;
  const { httpCookie: cookie, maglev, minimumRingSize = 0 } = hash;
  if (cookie !== undefined && (cookie.name ?? '') === '') issues.error(`${path}.httpCookie.name`, 'the cookie needs a name', { expected: 'a cookie name' });
  const attributes = new Set<string>();
  for (const [index, { name = '' }] of (cookie?.attributes ?? []).entries()) {
    if (name === '' || attributes.has(name)) issues.error(joinPath(`${path}.httpCookie.attributes`, index), name === '' ? 'the attribute needs a name' : `attribute ${JSON.stringify(name)} stands twice`, { expected: 'a name of its own' });
    attributes.add(name);
  }
  if (minimumRingSize !== 0) {
    issues.warn(`${path}.minimumRingSize`, 'minimumRingSize is deprecated here', { expected: 'ringHash.minimumRingSize', code: 'IST0133' });
    if (maglev !== undefined || hash.ringHash !== undefined) issues.error(`${path}.minimumRingSize`, 'contradicts ringHash or maglev', { expected: 'one of them' });
  }
  if (maglev === undefined) return;
  const { tableSize = 0 } = maglev;
  if (tableSize >= MAGLEV_LIMIT || !isPrime(tableSize)) issues.error(`${path}.maglev.tableSize`, `${tableSize} is not a prime below ${MAGLEV_LIMIT}`, { expected: 'a prime such as 65537' });
}

/** Envoy's own test, which takes 1 for a prime. */
function isPrime(value: number): boolean {
  if (value > 0 && value < 4) return true;
  if (value % 2 === 0) return false;
  for (let factor = 3; factor * factor <= value; factor += 2) if (value % factor === 0) return false;
  return true;
}

function checkLocality(setting: LocalityLbSetting | undefined, path: string, issues: IssueSink): void {
  const { distribute = [], failover = [], failoverPriority = [] } = setting ?? {};
  if (distribute.length > 0 && failover.length > 0) return issues.error(path, 'distribute and failover exclude each other', { expected: 'one of them' });
  const topology = failoverPriority.findIndex((label) => TOPOLOGY_LABELS.has(label));
  if (failover.length > 0 && topology !== -1) issues.error(joinPath(`${path}.failoverPriority`, topology), `${failoverPriority[topology]} contradicts failover`, { expected: 'other labels, or no failover' });
  for (const [index, { to = {} }] of distribute.entries()) {
    const place = `${joinPath(`${path}.distribute`, index)}.to`;
    const weights = Object.values(to);
    if (weights.some((weight) => weight < 1 || weight > 100)) issues.error(place, 'a share must be between 1 and 100', { expected: '1 to 100' });
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (total !== 100) issues.error(place, `the shares sum to ${total}`, { expected: 'a sum of 100' });
    checkLocalities(Object.keys(to), place, issues);
  }
  checkLocalities(distribute.map(({ from = '' }) => from), `${path}.distribute`, issues);
  checkFailover(failover, path, issues);
}

function checkZoneAware(setting: ZoneAwareLbSetting, path: string, issues: IssueSink): void {
  for (const [index, label] of (setting.failoverPriority ?? []).entries()) {
    if (TOPOLOGY_LABELS.has(label)) issues.error(joinPath(`${path}.failoverPriority`, index), `${label} is already taken into account`, { expected: 'another label' });
  }
  checkFailover(setting.failover ?? [], path, issues);
}

function checkFailover(failover: NonNullable<LocalityLbSetting['failover']>, path: string, issues: IssueSink): void {
  for (const [index, { from = '', to = '' }] of failover.entries()) {
    const place = joinPath(`${path}.failover`, index);
    if (from === to) issues.error(place, 'a region cannot fail over to itself', { expected: 'two regions' });
    if (/[/*]/.test(from + to)) issues.error(place, 'failover is between whole regions', { expected: 'a region, without / and *' });
  }
}

/** Localities `region[/zone[/subzone]]`: a `*` only at the end, no empty part, and none inside another. */
function checkLocalities(localities: readonly string[], path: string, issues: IssueSink): void {
  const seen: (readonly string[])[] = [];
  for (const locality of localities) {
    const star = locality.indexOf('*');
    if (star !== -1 && star !== locality.length - 1) issues.error(path, `locality ${JSON.stringify(locality)} has * before its end`, { expected: 'region/zone/*' });
    const slash = locality.split('/');
    const parts = slash.length > 3 ? [...slash.slice(0, 2), slash.slice(2).join('/')] : slash;
    if (parts.includes('')) issues.error(path, `locality ${JSON.stringify(locality)} has an empty part`, { expected: 'region/zone/subzone' });
    const overlaps = seen.some((other) => isPrefix(other, parts) || isPrefix(parts, other));
    if (overlaps) issues.error(path, `locality ${JSON.stringify(locality)} overlaps with another`, { expected: 'separate localities' });
    seen.push(parts.at(-1) === '*' ? parts.slice(0, -1) : parts);
  }
}

function isPrefix(short: readonly string[], long: readonly string[]): boolean {
  return short.length <= long.length && short.every((part, index) => part === long[index]);
}
