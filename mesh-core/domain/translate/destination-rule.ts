import { isWildcardHost, mostSpecificHost, resolveShortName } from '../resources/host-name.ts';
import { matchesLabels } from '../resources/label-selector.ts';
import type { DestinationRule, Subset, TrafficPolicy } from '../resources/networking.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import { compareByCreation, isVisibleIn, visibilityOf } from './config-order.ts';
import type { Visibility } from './config-order.ts';

/** The DestinationRules for one host in one namespace, merged. */
export interface MergedDestinationRule {
  readonly host: string;
  readonly namespace: string;
  /** Names of the merged rules, oldest first. */
  readonly from: readonly string[];
  readonly trafficPolicy?: TrafficPolicy;
  readonly subsets: readonly Subset[];
  readonly selector?: Readonly<Record<string, string>>;
  readonly visibility: Visibility;
}

/** Finds the rule that a client applies to a service; settings for a workload's own inbound side ignore rules with a selector. */
export type DestinationRuleLookup = (service: { readonly hostname: string; readonly namespace: string }, direction?: 'outbound' | 'inbound') => MergedDestinationRule | undefined;

type Candidates = (service: { readonly hostname: string; readonly namespace: string }) => readonly MergedDestinationRule[];

const candidateLookups = new WeakMap<readonly DestinationRule[], Map<string, Candidates>>();

/**
 * Builds the lookup for one client: the rules of its own namespace (in the root namespace only private ones), else
 * exported rules of the service's namespace, else exported ones of the root namespace. The first namespace with a match
 * wins whole; in it the most specific host does, and among its rules one that selects the client's labels.
 * Source: istiod's PushContext.destinationRule and SidecarScope.DestinationRule.
 */
export function destinationRuleLookup(rules: readonly DestinationRule[], client: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> }, rootNamespace: string): DestinationRuleLookup {
  const find = candidatesFor(rules, client.namespace, rootNamespace);
  return (service, direction = 'outbound') => {
    const candidates = find(service);
    const chosen = direction === 'inbound' ? undefined : candidates.find(({ selector, namespace }) => selector !== undefined && namespace === client.namespace && matchesLabels(selector, client.labels));
    return chosen ?? candidates.findLast(({ selector }) => selector === undefined);
  };
}

/** What proxies of one namespace choose from; they share it. */
function candidatesFor(rules: readonly DestinationRule[], namespace: string, rootNamespace: string): Candidates {
  let lookups = candidateLookups.get(rules);
  if (lookups === undefined) {
    lookups = new Map();
    candidateLookups.set(rules, lookups);
  }
  const key = `${namespace} ${rootNamespace}`;
  let candidates = lookups.get(key);
  if (candidates === undefined) {
    candidates = buildCandidates(rules, namespace, rootNamespace);
    lookups.set(key, candidates);
  }
  return candidates;
}

function buildCandidates(rules: readonly DestinationRule[], clientNamespace: string, rootNamespace: string): Candidates {
  const byNamespace = mergeByNamespace(rules);
  const isOwn = (rule: MergedDestinationRule): boolean => isVisibleIn(rule.visibility, clientNamespace) && (clientNamespace !== rootNamespace || isPrivate(rule));
  const own = hostLookup((byNamespace.get(clientNamespace) ?? []).filter(isOwn));
  const exported = new Map<string, (hostname: string) => readonly MergedDestinationRule[]>();
  const exportedBy = (namespace: string, hostname: string): readonly MergedDestinationRule[] => {
    const find = exported.get(namespace) ?? hostLookup((byNamespace.get(namespace) ?? []).filter((rule) => !isPrivate(rule)));
    exported.set(namespace, find);
    // The most specific host is chosen before it is asked who may see it.
    return find(hostname).filter((rule) => isVisibleIn(rule.visibility, clientNamespace));
  };
  return ({ hostname, namespace }) => {
    const local = own(hostname);
    if (local.length > 0) return local;
    const fromService = exportedBy(namespace, hostname);
    return fromService.length > 0 ? fromService : exportedBy(rootNamespace, hostname);
  };
}

function hostLookup(rules: readonly MergedDestinationRule[]): (hostname: string) => readonly MergedDestinationRule[] {
  const hosts = Map.groupBy(rules, (rule) => rule.host);
  const wildcards = [...hosts.keys()].filter(isWildcardHost);
  return (hostname) => hosts.get(hosts.has(hostname) ? hostname : (mostSpecificHost(wildcards, hostname) ?? '')) ?? [];
}

function isPrivate(rule: MergedDestinationRule): boolean {
  return rule.visibility !== 'public' && rule.visibility.length === 1 && rule.visibility[0] === rule.namespace;
}

const mergedRules = new WeakMap<readonly DestinationRule[], ReadonlyMap<string, MergedDestinationRule[]>>();

/** What a rule says where no other is merged with it: one object as long as the rule is, by which clusters are remembered. */
const ownRules = new WeakMap<DestinationRule, MergedDestinationRule>();

/** Once per list, whatever the number of proxies. */
function mergeByNamespace(rules: readonly DestinationRule[]): ReadonlyMap<string, MergedDestinationRule[]> {
  const known = mergedRules.get(rules);
  if (known !== undefined) return known;
  const byNamespace = new Map<string, Map<string, MergedDestinationRule>>();
  for (const rule of rules.toSorted(compareByCreation)) {
    const namespace = namespaceOf(rule);
    const merged = byNamespace.get(namespace) ?? new Map<string, MergedDestinationRule>();
    byNamespace.set(namespace, merged);
    addRule(merged, rule, namespace);
  }
  const lists = new Map([...byNamespace].map(([namespace, merged]) => [namespace, [...merged.values()]]));
  mergedRules.set(rules, lists);
  return lists;
}

/** Subsets add up (the first of a name stays), the first traffic policy stays; other visibility or selector keeps apart. */
function addRule(merged: Map<string, MergedDestinationRule>, rule: DestinationRule, namespace: string): void {
  const { spec } = rule;
  if (spec === undefined) return;
  const host = resolveShortName(spec.host, namespace).toLowerCase();
  const selector = spec.workloadSelector?.matchLabels;
  // A rule for some workloads is for those of its own namespace.
  const visibility = visibilityOf(selector === undefined ? spec.exportTo : ['.'], namespace);
  const key = JSON.stringify([host, visibility, selector]);
  const existing = merged.get(key);
  if (existing === undefined) {
    const { trafficPolicy } = spec;
    const own = ownRules.get(rule) ?? { host, namespace, from: [rule.metadata.name], ...(trafficPolicy === undefined ? undefined : { trafficPolicy }), subsets: spec.subsets ?? [], ...(selector === undefined ? undefined : { selector }), visibility };
    ownRules.set(rule, own);
    merged.set(key, own);
    return;
  }
  const names = new Set(existing.subsets.map((subset) => subset.name));
  const trafficPolicy = existing.trafficPolicy ?? spec.trafficPolicy;
  merged.set(key, {
    ...existing,
    from: [...existing.from, rule.metadata.name],
    ...(trafficPolicy === undefined ? undefined : { trafficPolicy }),
    subsets: [...existing.subsets, ...(spec.subsets ?? []).filter((subset) => !names.has(subset.name))],
  });
}

