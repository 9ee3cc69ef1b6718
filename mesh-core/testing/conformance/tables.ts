import assert from 'node:assert/strict';

import { compareHostSpecificity, gatewayHostsFor, hostMatches, hostSubsetOf, intersectHosts, resolveGatewayName } from '../../domain/resources/host-name.ts';
import { matchesLabels, selectsWorkload } from '../../domain/resources/label-selector.ts';
import type { Labels } from '../../domain/resources/label-selector.ts';
import type { HTTPMatchRequest, HTTPRoute } from '../../domain/resources/networking.ts';
import { createIssueList } from '../../domain/resources/field-issue.ts';
import { checkLabels } from '../../domain/resources/rules/label-rules.ts';
import { conflicts, mergeDelegate, mergeMatches } from '../../domain/translate/delegate-routes.ts';
import { expandPrincipals, isTrustDomainAmong, namesTrustDomain, withTrustDomain } from '../../domain/translate/trust-domain.ts';
import { judge, readJson, sum } from './conformance-set.ts';
import type { ConformanceSet } from './conformance-set.ts';

/** The fields of a row differ from table to table, as in Istio's tests. */
type Row = Readonly<Record<string, unknown>>;

/** Table → what our function says of a row, and what Istio's says. */
const FUNCTIONS: Readonly<Record<string, (row: Row) => readonly [ours: unknown, theirs: unknown]>> = {
  'host-name-matches': ({ a, b, out }) => [hostMatches(a as string, b as string), out],
  'host-subset-of': ({ a, b, out }) => [hostSubsetOf(a as string, b as string), out],
  'host-names-intersection': ({ a, b, intersection }) => [intersectHosts(a as readonly string[], b as readonly string[]), intersection],
  'gateway-hosts-for-namespace': ({ hosts, namespace, want }) => [gatewayHostsFor(hosts as readonly string[], namespace as string), want],
  'host-sort-order': (row) => [(row['in'] as readonly string[]).toSorted(compareHostSpecificity), row['want']],
  'host-more-specific': ({ host1, host2, expected }) => [compareHostSpecificity(host1 as string, host2 as string) <= 0, expected],
  'virtualservice-gateway-name-resolution': ({ gateway, namespace, resolved }) => [resolveGatewayName(gateway as string, namespace as string), resolved],
  'label-selector-subset': ({ left, right, expected }) => [{ selected: selectsWorkload(left as Labels, right as Labels), subsetOf: matchesLabels(left as Labels, right as Labels) }, expected],
  'label-validate': ({ tags, valid }) => {
    const issues = createIssueList();
    checkLabels(tags as Labels, 'labels', issues);
    return [issues.errors.length === 0, valid];
  },
  'trust-domain-replace': ({ trustDomainIn, principal, out }) => [withTrustDomain(trustDomainIn as string, principal as string) ?? '', out],
  'trust-domain-enforced': ({ principal, want }) => [namesTrustDomain(principal as string), want],
  'trust-domain-string-match': ({ element, list, expected }) => [isTrustDomainAmong(element as string, list as readonly string[]), expected],
  'virtualservice-delegate-merge': ({ root, delegate, expected }) => [mergeDelegate(root as HTTPRoute, delegate as readonly HTTPRoute[]), expected],
  'virtualservice-delegate-match-merge': ({ root, delegate, expected }) => [mergeMatches(root as readonly HTTPMatchRequest[], delegate as readonly HTTPMatchRequest[]) ?? null, expected],
  'virtualservice-delegate-match-conflict': ({ root, leaf, expected }) => [conflicts(root as HTTPMatchRequest, leaf as HTTPMatchRequest), expected],
  'trust-domain-aliases': ({ principals, trustDomainBundle, expect }) => {
    const { trustDomain, aliases } = trustDomainBundle as { readonly trustDomain: string; readonly aliases: readonly string[] | null };
    return [expandPrincipals(principals as readonly string[], [trustDomain, ...(aliases ?? [])]), expect];
  },
};

/** Small pure functions, row by row. */
export const tables: ConformanceSet = {
  name: 'tables',
  needs: 'tables/tables.json',
  run: (dir) => {
    const { tables: all } = readJson<{ readonly tables: Readonly<Record<string, { readonly cases: readonly Row[] }>> }>(dir, 'tables/tables.json');
    return sum(
      Object.entries(all).map(([name, { cases }]) =>
        judge(cases.map((row, index) => ({ row, index })), ({ index }) => `${name}#${index + 1}`, ({ row }) => {
          const compute = FUNCTIONS[name];
          if (compute === undefined) return 'no function of ours is held against this table yet';
          const [ours, theirs] = compute(row);
          assert.deepEqual(ours, theirs);
          return undefined;
        }),
      ),
    );
  },
};
