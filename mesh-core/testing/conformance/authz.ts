import assert from 'node:assert/strict';

import type { AuthorizationPolicy } from '../../domain/resources/security.ts';
import type { NamedService } from '../../domain/translate/external-authorization.ts';
import { BUILT_IN_PROVIDERS } from '../../domain/translate/mesh-providers.ts';
import type { ExtensionProvider } from '../../domain/translate/mesh-providers.ts';
import { httpAuthorization, tcpAuthorization } from '../../domain/translate/translate-authorization.ts';
import { decodeResource, encodeResource } from '../../wire/xds/resource-codec.ts';
import { judge, readJson, readYaml } from './conformance-set.ts';
import type { ConformanceSet } from './conformance-set.ts';

interface GoldenCase {
  readonly id: string;
  readonly transport: 'http' | 'tcp';
  readonly in: string;
  readonly out: readonly string[];
  readonly trustDomain: string;
  readonly trustDomainAliases: readonly string[];
  readonly builder: 'custom' | 'allow-deny-audit';
  readonly meshConfig?: { readonly extensionProviders?: readonly ExtensionProvider[] };
}
interface Corpus {
  readonly services: readonly NamedService[];
  readonly cases: readonly GoldenCase[];
}
type Filter = { readonly '@type': string };

/** AuthorizationPolicy → the filters that istiod builds. */
export const authz: ConformanceSet = {
  name: 'authz',
  needs: 'authz/cases.json',
  run: (dir) => {
    const { services, cases } = readJson<Corpus>(dir, 'authz/cases.json');
    return judge(cases, ({ id }) => id, (golden) => {
      const policies = readYaml(dir, `authz/${golden.in}`) as AuthorizationPolicy[];
      const extensionProviders = [...BUILT_IN_PROVIDERS, ...(golden.meshConfig?.extensionProviders ?? [])];
      const build = golden.transport === 'tcp' ? tcpAuthorization : httpAuthorization;
      const { custom, rules } = build(policies, { trustDomain: golden.trustDomain, trustDomainAliases: golden.trustDomainAliases, extensionProviders, services });
      const built: readonly Filter[] = golden.builder === 'custom' ? custom : rules;
      const expected = golden.out.flatMap((file) => readYaml(dir, `authz/${file}`) as unknown[]).map((filter) => (filter as { readonly typedConfig: Filter }).typedConfig);
      assert.deepEqual(built.map(normalised), expected.map(normalised));
      return undefined;
    });
  },
};

/** As it comes off the wire: without defaults, and with durations and enums in one spelling. */
function normalised(filter: Filter): unknown {
  const typeUrl = filter['@type'];
  return { typeUrl, filter: decodeResource({ typeUrl, value: encodeResource(typeUrl, filter) }) };
}
