import assert from 'node:assert/strict';

import type { AuthorizationPolicy } from '../../domain/resources/security.ts';
import { translateAuthorization } from '../../domain/translate/translate-authorization.ts';
import { judge, readCases, readYaml } from './conformance-set.ts';
import type { ConformanceSet } from './conformance-set.ts';

interface GoldenCase {
  readonly id: string;
  readonly transport: 'http' | 'tcp';
  readonly in: string;
  readonly out: readonly string[];
  readonly trustDomain: string;
  readonly trustDomainAliases: readonly string[];
}

/** AuthorizationPolicy → the filters that istiod builds. */
export const authz: ConformanceSet = {
  name: 'authz',
  needs: 'authz/cases.json',
  run: (dir) =>
    judge(readCases<GoldenCase>(dir, 'authz/cases.json'), ({ id }) => id, (golden) => {
      const policies = readYaml(dir, `authz/${golden.in}`) as AuthorizationPolicy[];
      const filters = translateAuthorization(policies, golden.trustDomain, { trustDomainAliases: golden.trustDomainAliases, forTcp: golden.transport === 'tcp' });
      const expected = golden.out.flatMap((file) => readYaml(dir, `authz/${file}`) as unknown[]).map((filter) => (filter as { typedConfig: unknown }).typedConfig);
      assert.deepEqual(filters.map(withoutDefaults), expected.map(withoutTcpFields));
      return undefined;
    }),
};

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
