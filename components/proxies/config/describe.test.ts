import { test } from 'node:test';
import assert from 'node:assert/strict';
import { fc } from '#mesh-core/testing/property.ts';
import type { ComparedResource } from '#server/proxies/schemas.ts';
import { configObjectOf } from './config-object-of.ts';
import { describeCluster, describeEndpoints } from './describe-cluster.ts';
import { addressText, describeListener } from './describe-listener.ts';
import { describeChainMatch, describeRouteMatch } from './describe-match.ts';
import { describeVirtualHosts } from './describe-routes.ts';
import { describeTls } from './describe-tls.ts';
import { isDifference } from './is-difference.ts';
import { namedBy, referencesOf } from './references.ts';
import { summarizeResource } from './summarize-resource.ts';

const HCM = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const tls = (kind: 'Downstream' | 'Upstream', more: object) => ({ typedConfig: { '@type': `type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.${kind}TlsContext`, ...more } });

test('a route says which requests it takes in words', () => {
  const cases: readonly (readonly [object, readonly string[]])[] = [
    [{ prefix: '/' }, ['every path']],
    [{ path: '/a', caseSensitive: false }, ['path is /a', 'any case']],
    [{ pathSeparatedPrefix: '/a' }, ['path is /a or below']],
    [{ safeRegex: { regex: '/a.*' } }, ['path matches /a.*']],
    [{ connectMatcher: {} }, ['CONNECT']],
    [{ prefix: '/', headers: [{ name: ':method', stringMatch: { exact: 'GET' } }, { name: 'x', presentMatch: true, invertMatch: true }, { name: 'y', presentMatch: false }] }, ['every path', 'method is "GET"', 'not: header x is there', 'header y is absent']],
    [{ prefix: '/', queryParameters: [{ name: 'q', stringMatch: { prefix: 'a', ignoreCase: true } }] }, ['every path', 'parameter q begins with "a" in any case']],
  ];
  for (const [match, words] of cases) assert.deepEqual(describeRouteMatch(match), words);
});

test('a filter chain says which connections it takes', () => {
  assert.deepEqual(describeChainMatch({ transportProtocol: 'tls', destinationPort: 443, serverNames: ['a.b', '*.c'], sourcePrefixRanges: [{ addressPrefix: '10.0.0.0', prefixLen: 8 }] }), ['TLS', 'port 443', 'SNI a.b, *.c', 'from 10.0.0.0/8']);
  assert.deepEqual(describeChainMatch(undefined), []);
});

test('a TLS context is mutual when the server asks for, or the client shows, a certificate', () => {
  const sds = { commonTlsContext: { tlsCertificateSdsSecretConfigs: [{ name: 'default' }], combinedValidationContext: { defaultValidationContext: { matchTypedSubjectAltNames: [{ sanType: 'URI', matcher: { exact: 'spiffe://a' } }] }, validationContextSdsSecretConfig: { name: 'ROOTCA' } } } };
  assert.equal(describeTls(tls('Downstream', sds)).mode, 'TLS');
  assert.equal(describeTls(tls('Downstream', { ...sds, requireClientCertificate: true })).mode, 'mutual TLS');
  assert.deepEqual(describeTls(tls('Upstream', { ...sds, sni: 'a' })), { mode: 'mutual TLS', sni: 'a', alpn: [], certificates: ['default'], roots: 'ROOTCA', peers: ['URI is "spiffe://a"'] });
  assert.equal(describeTls(tls('Upstream', {})).mode, 'TLS');
  assert.equal(describeTls(undefined).mode, 'plaintext');
});

test('weights become shares of their sum, and a weight of 0 that JSON leaves out is 0', () => {
  const [host] = describeVirtualHosts({ virtualHosts: [{ name: 'h', domains: ['*'], routes: [{ match: {}, route: { weightedClusters: { clusters: [{ name: 'a', weight: 30 }, { name: 'b', weight: 10 }, { name: 'c' }] } } }] }] });
  assert.deepEqual(host?.routes[0]?.targets, [{ cluster: 'a', percent: 75 }, { cluster: 'b', percent: 25 }, { cluster: 'c', percent: 0 }]);
});

test('redirects, answers, timeouts, retries and mirrors are told; a timeout of 0s is none', () => {
  const routes = [
    { match: {}, redirect: { httpsRedirect: true } },
    { match: {}, redirect: { hostRedirect: 'b.c', pathRedirect: '/x' } },
    { match: {}, directResponse: { status: 404 } },
    { match: {}, route: { cluster: 'a', timeout: '0s', retryPolicy: { numRetries: 2, retryOn: '5xx,reset' }, requestMirrorPolicies: [{ cluster: 'm' }] } },
    { match: {}, route: { cluster: 'a', timeout: '5s', prefixRewrite: '/y' } },
  ];
  const [host] = describeVirtualHosts({ virtualHosts: [{ name: 'h', routes }] });
  assert.deepEqual(host?.routes.map(({ answer, extras, mirrors }) => [answer, extras, mirrors]), [
    ['redirect to https', [], []],
    ['redirect to b.c /x', [], []],
    ['answers 404 itself', [], []],
    [undefined, ['2 retries on 5xx, reset'], ['m']],
    [undefined, ['timeout 5s', 'path becomes /y'], []],
  ]);
});

test('a listener has its chains in order, the default one last, and what HTTP filters see a request', () => {
  const view = describeListener({
    address: { socketAddress: { address: '::1', portValue: 80 } },
    trafficDirection: 'INBOUND',
    bindToPort: false,
    filterChains: [{ name: 'one', filters: [{ name: 'envoy.filters.network.http_connection_manager', typedConfig: { '@type': HCM, rds: { routeConfigName: 'r' }, httpFilters: [{ name: 'envoy.filters.http.cors' }, { name: 'istio.stats' }] } }] }],
    defaultFilterChain: { filters: [{ name: 'envoy.filters.network.tcp_proxy', typedConfig: { '@type': 't', cluster: 'c' } }] },
  });
  assert.deepEqual([view.address, view.direction, view.bound], ['[::1]:80', 'inbound', false]);
  assert.deepEqual(view.chains.map(({ isDefault, filters }) => [isDefault, filters[0]?.route, filters[0]?.httpFilters, filters[0]?.clusters]), [[false, 'r', ['cors', 'istio.stats'], []], [true, undefined, [], [{ cluster: 'c' }]]]);
  assert.equal(addressText({ pipe: { path: '/run/x' } }), '/run/x');
});

test('a cluster tells its limits, but none that Istio writes for "no limit"', () => {
  const { guards } = describeCluster({ name: 'c', circuitBreakers: { thresholds: [{ maxConnections: 4294967295, maxRequests: 7 }] }, outlierDetection: { consecutive5xx: 3, interval: '10s' } });
  assert.deepEqual(guards, ['at most 7 requests', 'ejects an endpoint after 3 errors in a row, looks every 10s']);
});

test('endpoints come with place, priority and workload', () => {
  const endpoint = { endpoint: { address: { socketAddress: { address: '1.2.3.4', portValue: 5 } } }, healthStatus: 'HEALTHY', metadata: { filterMetadata: { istio: { workload: 'w;ns;c;v1;k' }, 'envoy.transport_socket_match': { tlsMode: 'istio' } } } };
  assert.deepEqual(describeEndpoints({ endpoints: [{ priority: 1, locality: { region: 'r', zone: 'z' }, lbEndpoints: [endpoint] }] }), [{ address: '1.2.3.4:5', health: 'HEALTHY', weight: 1, priority: 1, locality: 'r/z', mutualTls: true, workload: 'w.ns' }]);
});

test('references are found wherever they stand, each once, and turned round', () => {
  const listener: ComparedResource = { type: 'listener', name: 'l', comparison: 'same', held: { filterChains: [{ filters: [{ typedConfig: { rds: { routeConfigName: 'r' } } }], transportSocket: tls('Downstream', { commonTlsContext: { tlsCertificateSdsSecretConfigs: [{ name: 'default' }], validationContextSdsSecretConfig: { name: 'ROOTCA' } } }) }] } };
  assert.deepEqual(referencesOf('listener', listener.held ?? {}), [{ type: 'route', name: 'r' }, { type: 'secret', name: 'default' }, { type: 'secret', name: 'ROOTCA' }]);
  assert.deepEqual(referencesOf('route', { virtualHosts: [{ routes: [{ route: { cluster: 'a', requestMirrorPolicies: [{ cluster: 'b' }] } }, { route: { weightedClusters: { clusters: [{ name: 'a' }] } } }] }] }), [{ type: 'cluster', name: 'a' }, { type: 'cluster', name: 'b' }]);
  assert.deepEqual(referencesOf('cluster', { name: 'c', edsClusterConfig: { serviceName: 's' } }), [{ type: 'endpoint', name: 's' }]);
  assert.deepEqual(namedBy([listener]).get('route/r'), [{ type: 'listener', name: 'l' }]);
});

test('the object behind a piece of configuration has a link to its editor', () => {
  assert.deepEqual(configObjectOf('/apis/networking.istio.io/v1/namespaces/shop/virtual-service/catalog'), { label: 'VirtualService catalog', href: '/config/networking.istio.io/v1/shop/virtualservices/catalog' });
  assert.equal(configObjectOf('/apis/networking.istio.io/v1/namespaces/shop/unheard-of/x'), undefined);
  assert.equal(configObjectOf('somewhere'), undefined);
});

test('what nobody asked for is no difference; what warms is', () => {
  assert.deepEqual((['same', 'different', 'missing', 'extra', 'not-asked', 'own', 'unknown'] as const).map((comparison) => isDifference({ comparison })), [false, true, true, true, false, false, false]);
  assert.equal(isDifference({ comparison: 'same', phase: 'warming' }), true);
});

test('any JSON can be described', () => {
  const types = ['listener', 'route', 'cluster', 'endpoint', 'secret'] as const;
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('name', 'filterChains', 'virtualHosts', 'endpoints', 'transportSocket', 'metadata', 'address', 'loadAssignment', 'x'), fc.jsonValue()), fc.constantFrom(...types), (held, type) => {
      assert.equal(typeof summarizeResource({ type, held }), 'string');
      referencesOf(type, held);
    }),
    { interruptAfterTimeLimit: 500 },
  );
});
