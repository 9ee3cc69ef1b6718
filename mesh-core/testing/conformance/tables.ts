import assert from 'node:assert/strict';

import type { HTTPMatchRequest, HTTPRoute } from '../../domain/resources/networking.ts';
import { conflicts, mergeDelegate, mergeMatches } from '../../domain/translate/delegate-routes.ts';
import { expandPrincipals } from '../../domain/translate/trust-domain.ts';
import { judge, readJson, sum } from './conformance-set.ts';
import type { ConformanceSet } from './conformance-set.ts';

/** The fields of a row differ from table to table, as in Istio's tests. */
type Row = Readonly<Record<string, unknown>>;

/** Table → what our function says of a row, and what Istio's says. */
const FUNCTIONS: Readonly<Record<string, (row: Row) => readonly [ours: unknown, theirs: unknown]>> = {
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
