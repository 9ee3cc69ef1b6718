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

/** Finds the rule that a client applies to a service. */
export type DestinationRuleLookup = (service: { readonly hostname: string; readonly namespace: string }) => MergedDestinationRule | undefined;

/**
 * Builds the lookup for one client: the rules of its own namespace (in the root namespace only private ones), else
 * exported rules of the service's namespace, else exported ones of the root namespace. The first namespace with a match
 * wins whole; in it the most specific host does, and among its rules one that selects the client's labels.
 * Source: istiod's PushContext.destinationRule.
 */
export function destinationRuleLookup(rules: readonly DestinationRule[], client: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> }, rootNamespace: string): DestinationRuleLookup {
  const byNamespace = mergeByNamespace(rules);
  const scope = (namespace: string, admits: (rule: MergedDestinationRule) => boolean): ((hostname: string) => MergedDestinationRule | undefined) => {
    const hosts = groupByHost((byNamespace.get(namespace) ?? []).filter(admits));
    const wildcards = [...hosts.keys()].filter(isWildcardHost);
    return (hostname) => choose(hosts.get(hosts.has(hostname) ? hostname : (mostSpecificHost(wildcards, hostname) ?? '')) ?? [], client.labels);
  };
  const isExported = (rule: MergedDestinationRule): boolean => !isPrivate(rule);
  const isOwn = (rule: MergedDestinationRule): boolean => client.namespace !== rootNamespace || isPrivate(rule);
  const own = scope(client.namespace, isOwn);
  const exported = new Map<string, (hostname: string) => MergedDestinationRule | undefined>();
  const exportedBy = (namespace: string, hostname: string): MergedDestinationRule | undefined => {
    let find = exported.get(namespace);
    if (find === undefined) {
      find = scope(namespace, (rule) => isExported(rule) && isVisibleIn(rule.visibility, client.namespace));
      exported.set(namespace, find);
    }
    return find(hostname);
  };
  return ({ hostname, namespace }) => own(hostname) ?? exportedBy(namespace, hostname) ?? exportedBy(rootNamespace, hostname);
}

function isPrivate(rule: MergedDestinationRule): boolean {
  return rule.visibility !== 'public' && rule.visibility.length === 1 && rule.visibility[0] === rule.namespace;
}

function choose(rules: readonly MergedDestinationRule[], labels: Readonly<Record<string, string>>): MergedDestinationRule | undefined {
  return rules.find((rule) => rule.selector !== undefined && matchesLabels(rule.selector, labels)) ?? rules.find((rule) => rule.selector === undefined);
}

function groupByHost(rules: readonly MergedDestinationRule[]): ReadonlyMap<string, MergedDestinationRule[]> {
  return Map.groupBy(rules, (rule) => rule.host);
}

const mergedRules = new WeakMap<readonly DestinationRule[], ReadonlyMap<string, MergedDestinationRule[]>>();

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
  const visibility = visibilityOf(spec.exportTo, namespace);
  const selector = spec.workloadSelector?.matchLabels;
  const key = JSON.stringify([host, visibility, selector]);
  const existing = merged.get(key);
  if (existing === undefined) {
    const { trafficPolicy } = spec;
    merged.set(key, { host, namespace, from: [rule.metadata.name], ...(trafficPolicy === undefined ? undefined : { trafficPolicy }), subsets: spec.subsets ?? [], ...(selector === undefined ? undefined : { selector }), visibility });
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

