import assert from 'node:assert/strict';
import test from 'node:test';
import type { Route, RouteConfiguration, RouteMatch } from '../envoy/resources.ts';
import { decideRoute, pickWeightedCluster } from './decide-route.ts';
import { applyFault } from './fault.ts';
import { matchRoute } from './match-route.ts';
import { normalizePath } from './normalize-path.ts';
import { redirectLocation } from './redirect.ts';
import type { RequestHead } from './request-head.ts';
import { rewritePath } from './rewrite-path.ts';
import { selectVirtualHost } from './select-virtual-host.ts';
import { matchesUriTemplate } from './uri-template.ts';

function head(overrides: Partial<RequestHead> = {}): RequestHead {
  return { method: 'GET', path: '/', authority: 'catalog', headers: {}, ...overrides };
}

test('the virtual host: exact before longest suffix before longest prefix before any, case aside', () => {
  const domains = ['*', 'shop.example.com', '*.example.com', '*.eu.example.com', 'shop.*', 'shop.example.*', 'catalog:8080'];
  const config = { name: 'r', virtualHosts: domains.map((domain) => ({ name: domain, domains: [domain], routes: [] })) };
  const rows: readonly (readonly [authority: string, domain: string])[] = [
    ['SHOP.example.com', 'shop.example.com'],
    ['a.example.com', '*.example.com'],
    ['a.eu.example.com', '*.eu.example.com'],
    ['example.com', '*'],
    ['shop.example.org', 'shop.example.*'],
    ['shop.net', 'shop.*'],
    ['catalog:8080', 'catalog:8080'],
    ['catalog', '*'],
  ];
  for (const [authority, domain] of rows) assert.equal(selectVirtualHost(config, authority)?.name, domain, authority);
  const withoutPorts = { name: 'r', virtualHosts: [{ name: 'c', domains: ['catalog'], routes: [] }], ignorePortInHostMatching: true };
  assert.equal(selectVirtualHost(withoutPorts, 'catalog:8080')?.name, 'c');
  assert.equal(selectVirtualHost(withoutPorts, 'cart'), undefined);
});

const MATCHES: readonly (readonly [match: RouteMatch, request: Partial<RequestHead>, expected: boolean])[] = [
  [{ prefix: '/foo' }, { path: '/foobar' }, true],
  [{ pathSeparatedPrefix: '/foo' }, { path: '/foobar' }, false],
  [{ pathSeparatedPrefix: '/foo' }, { path: '/foo?x' }, true],
  [{ path: '/foo' }, { path: '/foo?x=1' }, true],
  [{ path: '/foo' }, { path: '/Foo' }, false],
  [{ path: '/foo', caseSensitive: false }, { path: '/Foo' }, true],
  [{ safeRegex: { regex: '/b' } }, { path: '/bc' }, false],
  [{ safeRegex: { regex: '/b.*' } }, { path: '/bc?d' }, true],
  [{ prefix: '/', headers: [{ name: 'x', presentMatch: true }] }, { headers: { x: '' } }, true],
  [{ prefix: '/', headers: [{ name: 'x', stringMatch: { exact: 'a' } }] }, { headers: {} }, false],
  [{ prefix: '/', headers: [{ name: 'x', stringMatch: { exact: 'a' }, invertMatch: true }] }, { headers: {} }, false],
  [{ prefix: '/', headers: [{ name: 'x', stringMatch: { exact: 'a' }, invertMatch: true, treatMissingHeaderAsEmpty: true }] }, { headers: {} }, true],
  [{ prefix: '/', headers: [{ name: 'x', stringMatch: { exact: 'a,b' } }] }, { headers: { x: ['a', 'b'] } }, true],
  [{ prefix: '/', headers: [{ name: ':method', stringMatch: { exact: 'POST' } }] }, { method: 'POST' }, true],
  [{ prefix: '/', queryParameters: [{ name: 'v', stringMatch: { exact: '2 3' } }] }, { path: '/?v=2%203' }, true],
  [{ prefix: '/', queryParameters: [{ name: 'v', presentMatch: true }] }, { path: '/' }, false],
];
test('a route takes a request when all its conditions hold', () => {
  for (const [match, request, expected] of MATCHES) {
    const decision = matchRoute({ name: 'v', domains: ['*'], routes: [{ match }] }, head(request));
    assert.equal(decision.kind === 'match', expected, JSON.stringify([match, request]));
  }
});

test('the first route that matches decides, even one without an action, which answers 404', () => {
  const routes: Route[] = [{ name: 'empty', match: { path: '/x' } }, { name: 'all', match: { prefix: '/' }, route: { cluster: 'c' } }];
  assert.equal(decideRoute(aConfig(routes), head({ path: '/x' }), 0).kind, 'none');
  assert.equal(decideRoute(aConfig(routes), head({ path: '/y' }), 0).kind, 'cluster');
});

test('a split gives each cluster its weight of the random numbers, and nothing when all weights are 0', () => {
  const clusters = [{ name: 'a', weight: 0 }, { name: 'b', weight: 80 }, { name: 'c', weight: 20 }];
  assert.deepEqual([0, 0.5, 0.799, 0.8, 0.999].map((random) => pickWeightedCluster(clusters, random)?.name), ['b', 'b', 'b', 'c', 'c']);
  assert.equal(pickWeightedCluster([{ name: 'a', weight: 0 }], 0), undefined);
});

test('a virtual host that asks for TLS redirects plain requests before any route is looked at', () => {
  const config: RouteConfiguration = { name: 'r', virtualHosts: [{ name: 'v', domains: ['*'], routes: [], requireTls: 'ALL' }] };
  const plain = decideRoute(config, head({ authority: 'a.com:80', path: '/p?q' }), 0);
  assert.deepEqual(plain.kind === 'redirect' ? [plain.status, plain.location] : [], [301, 'https://a.com/p?q']);
  assert.deepEqual(decideRoute(config, head({ scheme: 'https' }), 0).kind, 'none');
});

test('a rewrite replaces what the match covered and keeps the query', () => {
  const rows: readonly (readonly [match: RouteMatch, to: string, target: string, expected: string])[] = [
    [{ prefix: '/api' }, '/v2', '/api/items?x=1', '/v2/items?x=1'],
    [{ prefix: '/api/' }, '/', '/api/items', '/items'],
    [{ path: '/a' }, '/b', '/a?x', '/b?x'],
    [{ safeRegex: { regex: '/a.*' } }, '/b', '/abc', '/b'],
  ];
  for (const [match, prefixRewrite, target, expected] of rows) assert.equal(rewritePath(match, { prefixRewrite }, target), expected);
  const regexRewrite = { pattern: { regex: '/items/(\\d+)' }, substitution: '/i/\\1$' };
  assert.equal(rewritePath({ prefix: '/' }, { regexRewrite }, '/items/42?x'), '/i/42$?x');
});

test('a redirect keeps what it does not replace, and drops the port of a scheme that goes', () => {
  const request = head({ authority: 'a.com:80', path: '/p?q=1' });
  const any: RouteMatch = { prefix: '/' };
  assert.equal(redirectLocation({ schemeRedirect: 'https' }, any, request), 'https://a.com/p?q=1');
  assert.equal(redirectLocation({ hostRedirect: 'b.com', portRedirect: 8443 }, any, request), 'http://b.com:8443/p?q=1');
  assert.equal(redirectLocation({ pathRedirect: '/new' }, any, head({ path: '/p?q=1' })), 'http://catalog/new?q=1');
});

test('paths are normalised before anything looks at them', () => {
  const rows = { '/a/../b': '/b', '/a/./b': '/a/b', '/../../x': '/x', '/a%2e%2e/b': '/a../b', '/a/%2E%2E/b': '/b', '/a\\b': '/a/b', '/a%2fb': '/a%2fb', '/a//b': '/a//b', '/a/..?x=/../y': '/?x=/../y', '*': '*' };
  for (const [given, expected] of Object.entries(rows)) assert.equal(normalizePath(given), expected, given);
});

test('a URI template takes a segment for a star and the rest for two', () => {
  const rows: readonly (readonly [template: string, path: string, expected: boolean])[] = [
    ['/a/*/c', '/a/b/c', true],
    ['/a/*/c', '/a/b/b/c', false],
    ['/a/**', '/a/b/c', true],
    ['/a/*.json', '/a/b.json', true],
    ['/a.b', '/axb', false],
  ];
  for (const [template, path, expected] of rows) assert.equal(matchesUriTemplate(template, path), expected, template);
});

test('a fault waits first and may then answer; each is drawn by itself', () => {
  const fault = { delay: { fixedDelay: '2s', percentage: { numerator: 50 } }, abort: { httpStatus: 503, percentage: { numerator: 10_000, denominator: 'MILLION' as const } } };
  const draw = (...numbers: number[]): (() => number) => () => numbers.shift() ?? 1;
  assert.deepEqual(applyFault(fault, draw(0.49, 0.009)), { delayMs: 2000, abortStatus: 503 });
  assert.deepEqual(applyFault(fault, draw(0.5, 0.01)), { delayMs: 0 });
});

function aConfig(routes: readonly Route[]): RouteConfiguration {
  return { name: 'r', virtualHosts: [{ name: 'v', domains: ['*'], routes }] };
}
