import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';
import type { HTTPMatchRequest, HTTPRoute } from '../resources/networking.ts';
import { conflicts, mergeDelegate, mergeMatches } from './delegate-routes.ts';
import { expandPrincipals } from './trust-domain.ts';

const CORPUS = new URL('../../../../shared/corpora/istio/tables/tables.json', import.meta.url);
const skip = !existsSync(CORPUS);

interface MergeRow {
  readonly name: string;
  readonly root: HTTPRoute;
  readonly delegate: readonly HTTPRoute[];
  readonly expected: readonly HTTPRoute[];
}
interface MatchRow {
  readonly name: string;
  readonly root: readonly HTTPMatchRequest[];
  readonly delegate: readonly HTTPMatchRequest[];
  readonly expected: readonly HTTPMatchRequest[] | null;
}
interface ConflictRow {
  readonly name: string;
  readonly root: HTTPMatchRequest;
  readonly leaf: HTTPMatchRequest;
  readonly expected: boolean;
}
interface AliasRow {
  readonly name: string;
  readonly principals: readonly string[];
  readonly trustDomainBundle: { readonly trustDomain: string; readonly aliases: readonly string[] | null };
  readonly expect: readonly string[];
}

test('delegated routes and their matches join those of the root as istiod joins them', { skip }, (t) => {
  let ran = 0;
  for (const { name, root, delegate, expected } of rows<MergeRow>('virtualservice-delegate-merge')) {
    assert.deepEqual(mergeDelegate(root, delegate), expected, name);
    ran += 1;
  }
  for (const { name, root, delegate, expected } of rows<MatchRow>('virtualservice-delegate-match-merge')) {
    assert.deepEqual(mergeMatches(root, delegate) ?? null, expected, name);
    ran += 1;
  }
  for (const { name, root, leaf, expected } of rows<ConflictRow>('virtualservice-delegate-match-conflict')) {
    assert.equal(conflicts(root, leaf), expected, name);
    ran += 1;
  }
  t.diagnostic(`${ran} rows`);
});

test('principals stand for every alias of the trust domain', { skip }, (t) => {
  const table = rows<AliasRow>('trust-domain-aliases');
  for (const { name, principals, trustDomainBundle, expect } of table) assert.deepEqual(expandPrincipals(principals, [trustDomainBundle.trustDomain, ...(trustDomainBundle.aliases ?? [])]), expect, name);
  t.diagnostic(`${table.length} rows`);
});

function rows<T>(table: string): readonly T[] {
  const { tables } = JSON.parse(readFileSync(CORPUS, 'utf8')) as { tables: Readonly<Record<string, { readonly cases: readonly T[] }>> };
  return tables[table]?.cases ?? [];
}
