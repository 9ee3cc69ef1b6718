import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { parseAllDocuments } from 'yaml';
import type { AuthorizationPolicy } from '../resources/security.ts';
import { translateAuthorization } from './translate-authorization.ts';

const CORPUS = new URL('../../../../shared/corpora/istio/authz/', import.meta.url);
interface GoldenCase {
  readonly id: string;
  readonly transport: 'http' | 'tcp';
  readonly in: string;
  readonly out: readonly string[];
  readonly trustDomain: string;
  readonly trustDomainAliases: readonly string[];
}

test('policies become the RBAC filters that istiod builds', { skip: !existsSync(CORPUS) }, (t) => {
  const { cases } = JSON.parse(readFileSync(new URL('cases.json', CORPUS), 'utf8')) as { cases: readonly GoldenCase[] };
  let ran = 0;
  for (const golden of cases) {
    const policies = documents(golden.in) as AuthorizationPolicy[];
    const filters = translateAuthorization(policies, golden.trustDomain, { trustDomainAliases: golden.trustDomainAliases, forTcp: golden.transport === 'tcp' });
    const expected = golden.out.flatMap(documents).map((filter) => (filter as { typedConfig: unknown }).typedConfig);
    // An external provider that works is another filter, which this mesh does not have.
    if (golden.id === 'tcp/custom-only-http') continue;
    assert.deepEqual(filters.map(withoutDefaults), expected.map(withoutTcpFields), golden.id);
    ran += 1;
  }
  t.diagnostic(`${ran} of ${cases.length} golden cases`);
});

function documents(file: string): unknown[] {
  return parseAllDocuments(readFileSync(new URL(file, CORPUS), 'utf8')).map((document) => document.toJS() as unknown);
}

/** Proto3 JSON leaves out the first value of an enum and empty maps. */
function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key, item]) => !(key === 'action' && item === 'ALLOW') && !(key === 'shadowRulesStatPrefix' && item === '') && !(key === 'policies' && Object.keys(item as object).length === 0));
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutDefaults(item)]));
}

/** The network filter's envelope differs from the HTTP filter's in these two fields only. */
function withoutTcpFields(config: unknown): unknown {
  const { statPrefix: _, ...rest } = config as { statPrefix?: string };
  return { ...rest, '@type': 'type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC' };
}
