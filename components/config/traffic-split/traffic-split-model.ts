import type { DestinationRule, HTTPRoute, HTTPRouteDestination, Subset, VirtualService } from '#mesh-core/domain/resources/networking.ts';
import { resolveShortName } from '#mesh-core/domain/resources/host-name.ts';
import { toShares } from './linked-shares.ts';
import { describeCondition, readMatch, type MatchCondition } from './match-condition.ts';

/** One version that can get traffic. `subset` '' is the host without a subset: any version. */
export interface SplitVersion {
  readonly subset: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `rule`: a DestinationRule has it; `workloads`: found running, not yet a subset; `route`: only the route names it. */
  readonly from: 'rule' | 'workloads' | 'route';
  /** Percent of requests that no rule catches; whole, all sum to 100. */
  readonly share: number;
}
export type SplitRule =
  | { readonly kind: 'rule'; readonly id: string; /** Place in `spec.http`; `null` for a new one. */ readonly origin: number | null; readonly conditions: readonly MatchCondition[]; readonly subset: string; /** Other fields of the route, kept as they are. */ readonly keeps: readonly string[] }
  /** A route this form has no words for: kept, and kept in its place. */
  | { readonly kind: 'foreign'; readonly id: string; readonly origin: number; readonly summary: string };

export interface TrafficSplit {
  /** The host as the objects write it. */
  readonly host: string;
  readonly namespace: string;
  readonly versions: readonly SplitVersion[];
  /** False: nothing is configured and shares are what round robin over the instances gives. */
  readonly explicit: boolean;
  readonly rules: readonly SplitRule[];
  /** Place of the default route; `null` when there is no VirtualService yet. */
  readonly defaultOrigin: number | null;
  readonly mirror: { readonly subset: string; readonly percent: number } | null;
  /** A mirror this form cannot show; kept. */
  readonly foreignMirror: string | undefined;
  /** Go duration, '' for none. */
  readonly timeout: string;
  readonly retries: { readonly attempts: number; readonly perTryTimeout: string; readonly retryOn: string } | null;
  /** Routes after the default one, which nothing reaches. */
  readonly unreachable: number;
}
export type ReadSplit = { readonly kind: 'editable'; readonly split: TrafficSplit } | { readonly kind: 'too-complex'; readonly reason: string };

/** A version label found on running workloads of the service. */
export interface RunningVersion {
  readonly version: string;
  readonly instances: number;
}
export interface SplitInput {
  /** Short name of the service, and its namespace. */
  readonly host: string;
  readonly namespace: string;
  readonly virtualService: VirtualService | undefined;
  readonly destinationRule: DestinationRule | undefined;
  readonly running: readonly RunningVersion[];
}

/** Reads the objects of one host into the form, or says why they are not for this form. Never throws. */
export function readTrafficSplit({ host, namespace, virtualService, destinationRule, running }: SplitInput): ReadSplit {
  const subsets = destinationRule?.spec?.subsets ?? [];
  const known = knownVersions(subsets, running);
  const empty = { host, namespace, rules: [], mirror: null, foreignMirror: undefined, timeout: '', retries: null, unreachable: 0 };
  if (virtualService === undefined) return { kind: 'editable', split: { ...empty, versions: withInstanceShares(known, running), explicit: false, defaultOrigin: null } };
  const { http = [], tls = [], tcp = [] } = virtualService.spec ?? {};
  const fqdn = resolveShortName(host, namespace);
  const owner = virtualService.metadata.namespace ?? namespace;
  const isOurs = (destination: HTTPRouteDestination): boolean => resolveShortName(destination.destination.host, owner) === fqdn;
  if (http.length === 0) return tooComplex(tls.length + tcp.length > 0 ? 'It routes connections (TLS or TCP), not requests.' : 'It has no HTTP route.');
  const at = http.findIndex(catchesAll);
  const route = http[at];
  if (route === undefined) return tooComplex('No route takes the requests that match no rule; they get 404. Add a route without a match in YAML.');
  const destinations = route.route ?? [];
  const first = destinations[0];
  if (first === undefined) return tooComplex(`The default route answers by itself (${route.redirect !== undefined ? 'a redirect' : route.delegate !== undefined ? 'a delegate' : 'a fixed response'}).`);
  const elsewhere = destinations.find((destination) => !isOurs(destination));
  if (elsewhere !== undefined) return tooComplex(`The default route also leads to another host, ${elsewhere.destination.host}.`);
  const names = destinations.map((destination) => destination.destination.subset ?? '');
  if (new Set(names).size !== names.length) return tooComplex('The default route names a version twice.');
  const bare = names.length === 1 && names[0] === '' && known.length > 0;
  const shares = toShares(destinations.length === 1 ? [100] : destinations.map((destination) => destination.weight ?? 0));
  const rules = http.slice(0, at).map((rule, index) => readRule(rule, index, isOurs));
  const { mirror, foreignMirror } = readMirror(route, (destinationHost) => resolveShortName(destinationHost, owner) === fqdn);
  const named = [...names, ...rules.flatMap((rule) => (rule.kind === 'rule' ? [rule.subset] : [])), ...(mirror === null ? [] : [mirror.subset])];
  const versions = [...known, ...[...new Set(named)].filter((name) => name !== '' && !known.some(({ subset }) => subset === name)).map((subset): SplitVersion => ({ subset, labels: {}, from: 'route', share: 0 }))];
  const withShares = bare ? withInstanceShares(versions, running) : [...(names.includes('') ? [{ subset: '', labels: {}, from: 'route', share: 0 } as const] : []), ...versions].map((version) => ({ ...version, share: shares[names.indexOf(version.subset)] ?? 0 }));
  return {
    kind: 'editable',
    split: {
      ...empty,
      host: first.destination.host,
      versions: withShares,
      explicit: !bare,
      rules,
      defaultOrigin: at,
      mirror,
      foreignMirror,
      timeout: route.timeout ?? '',
      retries: route.retries === undefined ? null : { attempts: route.retries.attempts ?? 2, perTryTimeout: route.retries.perTryTimeout ?? '', retryOn: route.retries.retryOn ?? '' },
      unreachable: http.length - at - 1,
    },
  };
}

/** What keeps the form from being written, in words, with the id of the rule concerned. */
export function splitProblems(split: TrafficSplit): readonly { readonly rule?: string; readonly message: string }[] {
  const problems: { rule?: string; message: string }[] = [];
  for (const rule of split.rules) {
    if (rule.kind === 'foreign') continue;
    if (rule.conditions.length === 0) problems.push({ rule: rule.id, message: 'A rule needs at least one condition.' });
    // In a match every field stands once: the last would win without a word.
    const fields = rule.conditions.map((condition) => (condition.kind === 'cookie' ? 'header cookie' : 'name' in condition ? `${condition.kind} ${condition.name.toLowerCase()}` : condition.kind));
    const twice = fields.find((field, index) => fields.indexOf(field) !== index);
    if (twice !== undefined) problems.push({ rule: rule.id, message: `A rule can look at ${twice} only once; use an expression or a second rule.` });
  }
  if (split.timeout !== '' && !/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(split.timeout)) problems.push({ message: 'The timeout must be a duration such as 2s or 500ms.' });
  return problems;
}

/** Does a route take every request? */
export function catchesAll({ match = [] }: HTTPRoute): boolean {
  return match.length === 0 || match.some((block) => Object.keys(block).every((key) => key === 'name' || (key === 'uri' && block.uri?.prefix === '/')));
}

function tooComplex(reason: string): ReadSplit {
  return { kind: 'too-complex', reason };
}

function knownVersions(subsets: readonly Subset[], running: readonly RunningVersion[]): readonly SplitVersion[] {
  const defined = subsets.map(({ name, labels = {} }): SplitVersion => ({ subset: name, labels, from: 'rule', share: 0 }));
  const found = running.filter(({ version }) => !subsets.some(({ name, labels }) => name === version || labels?.['version'] === version)).map(({ version }): SplitVersion => ({ subset: version, labels: { version }, from: 'workloads', share: 0 }));
  return [...defined, ...found];
}

/** Without configuration requests go round robin over instances. */
function withInstanceShares(versions: readonly SplitVersion[], running: readonly RunningVersion[]): readonly SplitVersion[] {
  const instances = versions.map(({ subset, labels }) => running.find(({ version }) => version === (labels['version'] ?? subset))?.instances ?? 0);
  const shares = toShares(instances);
  return versions.map((version, index) => ({ ...version, share: shares[index] ?? 0 }));
}

const RULE_FIELDS = new Set(['name', 'match', 'route']);

function readRule(route: HTTPRoute, origin: number, isOurs: (destination: HTTPRouteDestination) => boolean): SplitRule {
  const [block, ...blocks] = route.match ?? [];
  const [destination, ...destinations] = route.route ?? [];
  const conditions = block === undefined || blocks.length > 0 ? undefined : readMatch(block);
  const id = `route-${origin}`;
  if (conditions === undefined || conditions.length === 0 || destination === undefined || destinations.length > 0 || !isOurs(destination)) return { kind: 'foreign', id, origin, summary: summarizeRoute(route) };
  return { kind: 'rule', id, origin, conditions, subset: destination.destination.subset ?? '', keeps: Object.keys(route).filter((key) => !RULE_FIELDS.has(key)) };
}

function summarizeRoute(route: HTTPRoute): string {
  const when = (route.match ?? []).map((block) => readMatch(block)?.map(describeCondition).join(' and ') ?? 'a match of its own').join(', or ');
  const to = (route.route ?? []).map(({ destination, weight }) => `${destination.host}${destination.subset === undefined ? '' : ` ${destination.subset}`}${weight === undefined ? '' : ` (${weight})`}`).join(', ');
  const action = to === '' ? (route.redirect !== undefined ? 'a redirect' : route.delegate !== undefined ? `delegate ${route.delegate.name ?? ''}` : 'a fixed response') : to;
  return `${route.name === undefined ? '' : `${route.name}: `}${when === '' ? 'everything' : when} → ${action}`;
}

function readMirror(route: HTTPRoute, isOurHost: (host: string) => boolean): Pick<TrafficSplit, 'mirror' | 'foreignMirror'> {
  const [only, ...more] = route.mirrors ?? [];
  const destination = route.mirror ?? only?.destination;
  if (destination === undefined) return { mirror: null, foreignMirror: undefined };
  if (more.length > 0 || (route.mirror !== undefined && only !== undefined)) return { mirror: null, foreignMirror: 'several mirrors' };
  if (!isOurHost(destination.host) || destination.subset === undefined) return { mirror: null, foreignMirror: `a mirror to ${destination.host}` };
  const percent = route.mirror === undefined ? only?.percentage?.value : (route.mirrorPercentage?.value ?? route.mirrorPercent ?? route.mirror_percent);
  return { mirror: { subset: destination.subset, percent: percent ?? 100 }, foreignMirror: undefined };
}
