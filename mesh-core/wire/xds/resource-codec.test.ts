import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import { loadXdsRoot, xdsRoot } from './descriptor.ts';
import { jsonToMessage, messageToJson, typeOfUrl } from './proto-json.ts';
import { decodeResource, encodeResource } from './resource-codec.ts';
import { recordOf } from './well-known-types.ts';

const roundTrip = (typeUrl: string, json: unknown): unknown => decodeResource({ typeUrl, value: encodeResource(typeUrl, json) });

const upstreamTls = {
  '@type': TYPE_URLS.upstreamTls,
  commonTlsContext: {
    tlsCertificateSdsSecretConfigs: [{ name: 'default' }],
    alpnProtocols: ['istio', 'http/1.1'],
    combinedValidationContext: {
      defaultValidationContext: { matchTypedSubjectAltNames: [{ sanType: 'URI', matcher: { exact: 'spiffe://cluster.local/ns/shop/sa/catalog' } }] },
      validationContextSdsSecretConfig: { name: 'ROOTCA' },
    },
  },
  sni: 'outbound_.80_._.catalog.shop.svc.cluster.local',
};

test('a cluster keeps durations, wrappers, structs and a nested TLS context', () => {
  const cluster = {
    name: 'outbound|80|v1|catalog.shop.svc.cluster.local',
    type: 'EDS',
    edsClusterConfig: { serviceName: 'x', edsConfig: { ads: {}, resourceApiVersion: 'V3' } },
    connectTimeout: '1.5s',
    circuitBreakers: { thresholds: [{ maxConnections: 4, maxRetries: 4294967295 }] },
    outlierDetection: { consecutive5xx: 5, interval: '10s', enforcingSuccessRate: 0 },
    transportSocketMatches: [{ name: 'tlsMode-istio', match: { tlsMode: 'istio' }, transportSocket: { name: 'envoy.transport_sockets.tls', typedConfig: upstreamTls } }],
    metadata: { filterMetadata: { istio: { services: [{ host: 'catalog', n: 1.5, off: false, none: null }] } } },
  };
  assert.deepEqual(roundTrip(TYPE_URLS.cluster, cluster), cluster);
});

test('a listener keeps its connection manager and filters two Any levels deep', () => {
  const listener = {
    name: 'virtualInbound',
    address: { socketAddress: { address: '127.0.0.1', portValue: 15006 } },
    trafficDirection: 'INBOUND',
    filterChains: [
      {
        filterChainMatch: { transportProtocol: 'tls' },
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            typedConfig: {
              '@type': TYPE_URLS.hcm,
              statPrefix: 'inbound',
              routeConfig: { name: 'inbound', virtualHosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'inbound|80||', timeout: '0s' } }] }], validateClusters: false },
              httpFilters: [
                {
                  name: 'rbac',
                  typedConfig: {
                    '@type': TYPE_URLS.rbac,
                    rules: { action: 'ALLOW', policies: { 'ns[shop]-policy[p]-rule[0]': { permissions: [{ any: true }], principals: [{ authenticated: { principalName: { exact: 'spiffe://x' } } }] } } },
                  },
                },
                { name: 'router', typedConfig: { '@type': TYPE_URLS.router } },
              ],
            },
          },
        ],
        transportSocket: { name: 'tls', typedConfig: { '@type': TYPE_URLS.downstreamTls, commonTlsContext: {}, requireClientCertificate: true } },
      },
    ],
  };
  assert.deepEqual(roundTrip(TYPE_URLS.listener, listener), listener);
});

test('an assignment without endpoints still has the lists its type promises', () => {
  assert.deepEqual(roundTrip(TYPE_URLS.endpoint, { clusterName: 'a', endpoints: [] }), { clusterName: 'a', endpoints: [] });
});

test('equal configuration is equal bytes whatever the order of keys', () => {
  const one = encodeResource(TYPE_URLS.cluster, { name: 'a', type: 'EDS', metadata: { filterMetadata: { b: { y: 1, x: 2 }, a: {} } } });
  const other = encodeResource(TYPE_URLS.cluster, { metadata: { filterMetadata: { a: {}, b: { x: 2, y: 1 } } }, type: 'EDS', name: 'a' });
  assert.deepEqual(one, other);
});

test('a resource of an unknown type keeps its bytes', () => {
  assert.deepEqual(decodeResource({ typeUrl: 'type.googleapis.com/acme.Thing', value: Buffer.from([1, 2, 3]) }), { '@type': 'type.googleapis.com/acme.Thing', value: 'AQID' });
  const filter = { name: 'f', filterChains: [], trafficDirection: 'UNSPECIFIED', listenerFilters: [{ name: 'x', typedConfig: { '@type': 'type.googleapis.com/acme.Thing', value: 'AQID' } }] };
  assert.deepEqual(roundTrip(TYPE_URLS.listener, filter), filter);
});

test('a value that does not fit is refused with its path', () => {
  const cases: [unknown, RegExp][] = [
    [{ name: 'a', conectTimeout: '1s' }, /conectTimeout: envoy\.config\.cluster\.v3\.Cluster has no such field/],
    [{ name: 'a', connectTimeout: '1 second' }, /connectTimeout: expected a duration/],
    [{ name: 'a', lbPolicy: 'FASTEST' }, /lbPolicy: expected one of ROUND_ROBIN/],
    [{ name: 7 }, /name: expected a string/],
    [{ name: 'a', circuitBreakers: { thresholds: [{ maxRetries: -1 }] } }, /circuitBreakers\.thresholds\[0\]\.maxRetries: expected a whole number/],
    [{ name: 'a', type: 'EDS', clusterType: { name: 'x' } }, /only one of type and clusterType/],
    [{ name: 'a', transportSocket: { name: 't', typedConfig: { '@type': TYPE_URLS.upstreamTls, sni: false } } }, /transportSocket\.typedConfig\.sni: expected a string/],
  ];
  for (const [json, message] of cases) assert.throws(() => encodeResource(TYPE_URLS.cluster, json), { message });
});

test('any JSON object survives a Struct', () => {
  const json = fc.dictionary(fc.string().filter((key) => key !== '__proto__'), fc.jsonValue({ maxDepth: 3, noUnicodeString: false }).filter((v) => !JSON.stringify(v).includes('__proto__')), { noNullPrototype: true });
  const type = typeOfUrl(xdsRoot(), 'google.protobuf.Struct')!;
  fc.assert(
    fc.property(json, (struct) => {
      const back = messageToJson(type, recordOf(type.decode(type.encode(jsonToMessage(type, struct)).finish())));
      // JSON has no -0.
      assert.deepEqual(JSON.parse(JSON.stringify(back)), JSON.parse(JSON.stringify(struct)));
    }),
    { numRuns: 60 },
  );
});

test('any weighted route survives the wire', () => {
  const name = fc.string({ maxLength: 20 });
  const route = fc.record({
    match: fc.oneof(fc.record({ prefix: name }), fc.record({ path: name }), fc.record({ safeRegex: fc.record({ regex: name }) })),
    route: fc.record({
      weightedClusters: fc.record({ clusters: fc.array(fc.record({ name, weight: fc.nat(0xffff_ffff) }), { maxLength: 4 }) }),
      timeout: fc.tuple(fc.nat(100_000), fc.nat(999)).map(([s, ms]) => (ms === 0 ? `${s}s` : `${s}.${ms.toString().padStart(3, '0').replace(/0+$/, '')}s`)),
    }),
  });
  fc.assert(
    fc.property(fc.array(route, { maxLength: 5 }), (routes) => {
      const config = { name: 'http_proxy', virtualHosts: [{ name: 'v', domains: ['*'], routes }] };
      assert.deepEqual(roundTrip(TYPE_URLS.route, config), structuredClone(config));
    }),
    { numRuns: 100 },
  );
});

test('arbitrary bytes never do worse than throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(TYPE_URLS.cluster, TYPE_URLS.listener, TYPE_URLS.route, TYPE_URLS.endpoint), (value, typeUrl) => {
      try {
        decodeResource({ typeUrl, value });
      } catch (error) {
        assert.ok(error instanceof Error);
      }
    }),
    { numRuns: 300 },
  );
});

test('the descriptor cache gives the same bytes as the proto files, and a damaged one is rebuilt', () => {
  const folder = mkdtempSync(join(tmpdir(), 'descriptor-'));
  try {
    const json = { name: 'a', type: 'EDS', connectTimeout: '1.5s', circuitBreakers: { thresholds: [{ maxRetries: 3 }] } };
    const bytes = (root: ReturnType<typeof loadXdsRoot>): string => {
      const type = typeOfUrl(root, TYPE_URLS.cluster)!;
      return Buffer.from(type.encode(jsonToMessage(type, json)).finish()).toString('hex');
    };
    const parsed = bytes(loadXdsRoot(folder));
    assert.equal(bytes(loadXdsRoot(folder)), parsed);
    const [file] = readdirSync(folder);
    assert.match(file ?? '', /^xds-descriptor-[0-9a-f]{16}\.json$/);
    writeFileSync(join(folder, file!), '{"nested":');
    assert.equal(bytes(loadXdsRoot(folder)), parsed);
    assert.equal(bytes(loadXdsRoot(join(folder, file!, 'not-a-folder'))), parsed);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
