import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DestinationRule, HTTPRoute, VirtualService } from '#mesh-core/domain/resources/networking.ts';
import type { MatchCondition } from './match-condition.ts';
import { readTrafficSplit, splitProblems, type RunningVersion, type TrafficSplit } from './traffic-split-model.ts';
import { writeTrafficSplit } from './write-traffic-split.ts';

const to = (subset: string, weight?: number) => ({ destination: { host: 'catalog', subset }, ...(weight === undefined ? {} : { weight }) });
const aVirtualService = (...http: HTTPRoute[]): VirtualService => ({ apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'catalog', namespace: 'shop', resourceVersion: '7', labels: { owner: 'us' } }, spec: { hosts: ['catalog'], http } });
const aRule = (...names: string[]): DestinationRule => ({ apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata: { name: 'catalog', namespace: 'shop' }, spec: { host: 'catalog', trafficPolicy: { loadBalancer: { simple: 'RANDOM' } }, subsets: names.map((name) => ({ name, labels: { version: name } })) } });
const running: readonly RunningVersion[] = [{ version: 'v1', instances: 3 }, { version: 'v2', instances: 1 }];

function read(virtualService: VirtualService | undefined, destinationRule: DestinationRule | undefined, found = running): TrafficSplit {
  const result = readTrafficSplit({ host: 'catalog', namespace: 'shop', virtualService, destinationRule, running: found });
  assert.equal(result.kind, 'editable', JSON.stringify(result));
  return result.kind === 'editable' ? result.split : assert.fail();
}
const withShares = (split: TrafficSplit, shares: Record<string, number>): TrafficSplit => ({ ...split, versions: split.versions.map((version) => ({ ...version, share: shares[version.subset] ?? 0 })) });
const httpOf = (objects: readonly { kind: string; spec?: unknown }[]): readonly HTTPRoute[] => (objects.find((o) => o.kind === 'VirtualService')?.spec as { http: HTTPRoute[] } | undefined)?.http ?? [];

test('weights that do not sum to 100 are shown as shares of 100 and stay as written until a share moves', () => {
  const current = { virtualService: aVirtualService({ route: [to('v1', 1), to('v2', 3)] }), destinationRule: aRule('v1', 'v2') };
  const split = read(current.virtualService, current.destinationRule);
  assert.deepEqual(split.versions.map(({ subset, share }) => [subset, share]), [['v1', 25], ['v2', 75]]);
  assert.deepEqual(writeTrafficSplit(current, split, split), []);
  assert.deepEqual(httpOf(writeTrafficSplit(current, split, withShares(split, { v1: 90, v2: 10 })))[0]?.route, [to('v1', 90), to('v2', 10)]);
});

test('only the default route is edited: rules, foreign routes, unreachable routes and unknown fields stay', () => {
  const foreign: HTTPRoute = { name: 'theirs', match: [{ sourceLabels: { app: 'batch' } }], route: [{ destination: { host: 'other' } }], fault: { abort: { httpStatus: 503, percentage: { value: 1 } } } };
  const beta: HTTPRoute = { name: 'beta', match: [{ headers: { 'x-beta': { exact: '1' } } }], timeout: '3s', route: [to('v2')] };
  const last: HTTPRoute = { name: 'never', route: [to('v1')] };
  const main: HTTPRoute = { name: 'primary', route: [{ destination: { host: 'catalog', subset: 'v1', port: { number: 80 } }, weight: 80, headers: { response: { add: { a: 'b' } } } }, to('v2', 20)], corsPolicy: { allowMethods: ['GET'] } };
  const current = { virtualService: aVirtualService(foreign, beta, main, last), destinationRule: aRule('v1', 'v2') };
  const split = read(current.virtualService, current.destinationRule);
  assert.deepEqual(split.rules.map(({ kind }) => kind), ['foreign', 'rule']);
  assert.equal(split.unreachable, 1);
  const [object] = writeTrafficSplit(current, split, withShares(split, { v1: 50, v2: 50 }));
  const want = aVirtualService(foreign, beta, { ...main, route: [{ ...main.route?.[0], weight: 50 } as never, to('v2', 50)] }, last);
  assert.deepEqual(object, want);
});

test('rules are written in the order of the form; a changed rule keeps its other fields', () => {
  const beta: HTTPRoute = { name: 'beta', match: [{ headers: { 'x-beta': { exact: '1' } } }], timeout: '3s', route: [to('v2')] };
  const current = { virtualService: aVirtualService(beta, { route: [to('v1', 100)] }), destinationRule: aRule('v1', 'v2') };
  const split = read(current.virtualService, current.destinationRule);
  const [first] = split.rules;
  if (first?.kind !== 'rule') return assert.fail();
  const wanted: TrafficSplit = { ...split, rules: [{ kind: 'rule', id: 'new', origin: null, conditions: [{ kind: 'cookie', name: 'group', value: 'a' }], subset: 'v1', keeps: [] }, { ...first, subset: 'v1', conditions: [{ kind: 'path', operator: 'prefix', value: '/beta' }] }] };
  const http = httpOf(writeTrafficSplit(current, split, wanted));
  assert.equal(http.length, 3);
  assert.deepEqual(http[0]?.route, [to('v1')]);
  assert.deepEqual(http[1], { name: 'beta', match: [{ uri: { prefix: '/beta' } }], timeout: '3s', route: [to('v1')] });
  assert.deepEqual(first.keeps, ['timeout']);
});

test('a version found running becomes a subset before a route names it', () => {
  const current = { virtualService: aVirtualService({ route: [to('v1', 100)] }), destinationRule: aRule('v1') };
  const split = read(current.virtualService, current.destinationRule);
  assert.deepEqual(split.versions.map(({ subset, from }) => [subset, from]), [['v1', 'rule'], ['v2', 'workloads']]);
  const objects = writeTrafficSplit(current, split, withShares(split, { v1: 90, v2: 10 }));
  assert.deepEqual(objects.map(({ kind }) => kind), ['DestinationRule', 'VirtualService']);
  assert.deepEqual(objects[0]?.spec, { host: 'catalog', trafficPolicy: { loadBalancer: { simple: 'RANDOM' } }, subsets: [{ name: 'v1', labels: { version: 'v1' } }, { name: 'v2', labels: { version: 'v2' } }] });
});

test('without any object the shares are those of round robin, and both objects are created', () => {
  const split = read(undefined, undefined);
  assert.equal(split.explicit, false);
  assert.deepEqual(split.versions.map(({ share }) => share), [75, 25]);
  const objects = writeTrafficSplit({ virtualService: undefined, destinationRule: undefined }, split, withShares(split, { v1: 90, v2: 10 }));
  assert.deepEqual(objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`), ['DestinationRule shop/catalog', 'VirtualService shop/catalog']);
  assert.deepEqual(httpOf(objects)[0], { name: 'primary', route: [to('v1', 90), to('v2', 10)] });
});

test('a version at 0 stays in a route that has it, and a destination without subset goes when it gets nothing', () => {
  const current = { virtualService: aVirtualService({ route: [{ destination: { host: 'catalog' }, weight: 100 }] }), destinationRule: aRule('v1', 'v2') };
  const split = read(current.virtualService, current.destinationRule);
  assert.equal(split.explicit, false);
  assert.deepEqual(httpOf(writeTrafficSplit(current, split, withShares(split, { v1: 100 })))[0]?.route, [to('v1', 100)]);
  const both = { ...current, virtualService: aVirtualService({ route: [to('v1', 50), to('v2', 50)] }) };
  const halves = read(both.virtualService, both.destinationRule);
  assert.deepEqual(httpOf(writeTrafficSplit(both, halves, withShares(halves, { v1: 100 })))[0]?.route, [to('v1', 100), to('v2', 0)]);
});

test('mirror, timeout and retries are read, written and taken away again', () => {
  const current = { virtualService: aVirtualService({ route: [to('v1', 100)], mirror: { host: 'catalog', subset: 'v2' }, mirrorPercentage: { value: 5 }, timeout: '2s', retries: { attempts: 3, backoff: '25ms' } }), destinationRule: aRule('v1', 'v2') };
  const split = read(current.virtualService, current.destinationRule);
  assert.deepEqual(split.mirror, { subset: 'v2', percent: 5 });
  const [route] = httpOf(writeTrafficSplit(current, split, { ...split, mirror: { subset: 'v2', percent: 50 }, timeout: '1s', retries: { attempts: 1, perTryTimeout: '200ms', retryOn: '' } }));
  assert.deepEqual(route, { route: [to('v1', 100)], mirror: { host: 'catalog', subset: 'v2' }, mirrorPercentage: { value: 50 }, timeout: '1s', retries: { attempts: 1, backoff: '25ms', perTryTimeout: '200ms' } });
  assert.deepEqual(httpOf(writeTrafficSplit(current, split, { ...split, mirror: null, timeout: '', retries: null }))[0], { route: [to('v1', 100)] });
});

const complex: readonly (readonly [string, VirtualService, RegExp])[] = [
  ['a default route to another host', aVirtualService({ route: [to('v1', 50), { destination: { host: 'legacy' }, weight: 50 }] }), /another host, legacy/],
  ['no default route', aVirtualService({ match: [{ uri: { prefix: '/a' } }], route: [to('v1')] }), /404/],
  ['a redirect', aVirtualService({ redirect: { uri: '/x' } }), /a redirect/],
  ['only TCP routes', { ...aVirtualService(), spec: { hosts: ['catalog'], tcp: [{ route: [{ destination: { host: 'catalog' } }] }] } }, /TCP/],
];
for (const [name, virtualService, reason] of complex) {
  test(`${name} is left to the YAML editor, with the reason`, () => {
    const result = readTrafficSplit({ host: 'catalog', namespace: 'shop', virtualService, destinationRule: aRule('v1'), running });
    assert.equal(result.kind, 'too-complex');
    if (result.kind === 'too-complex') assert.match(result.reason, reason);
  });
}

test('a rule without conditions and a timeout that is no duration are problems', () => {
  const split = read(aVirtualService({ route: [to('v1', 100)] }), aRule('v1'));
  const wanted: TrafficSplit = { ...split, timeout: 'soon', rules: [{ kind: 'rule', id: 'r', origin: null, conditions: [], subset: 'v1', keeps: [] }] };
  assert.deepEqual(splitProblems(wanted).map(({ rule }) => rule), ['r', undefined]);
  assert.deepEqual(splitProblems(split), []);
});

test('two conditions on one header, of which only the last would count, are a problem', () => {
  const split = read(aVirtualService({ route: [to('v1', 100)] }), aRule('v1'));
  const header = (name: string, value: string) => ({ kind: 'header', name, operator: 'exact', value }) as const;
  const withConditions = (...conditions: MatchCondition[]): TrafficSplit => ({ ...split, rules: [{ kind: 'rule', id: 'r', origin: null, conditions, subset: 'v1', keeps: [] }] });
  assert.equal(splitProblems(withConditions(header('X-A', '1'), header('x-a', '2'))).length, 1);
  assert.equal(splitProblems(withConditions({ kind: 'cookie', name: 'a', value: '1' }, { kind: 'cookie', name: 'b', value: '2' })).length, 1);
  assert.deepEqual(splitProblems(withConditions(header('x-a', '1'), header('x-b', '2'))), []);
});
