import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { kindIdOf } from '#mesh-core/domain/resources/analysis/analysis-input.ts';
import { EMPTY_SNAPSHOT, snapshotLists } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import { checkDocuments, findingsOf } from './check-configuration.ts';
import type { ConfigCache } from './config-cache.ts';
import { countProblems, listProblems } from './list-problems.ts';
import { parseManifest } from './parse-manifest.ts';
import type { ConfigIssue } from './schemas.ts';

/** A cache of these objects that counts how often lists are read. */
function cacheOf(...objects: readonly KubeObject[]): Pick<ConfigCache, 'list' | 'get' | 'snapshot'> & { readonly reads: () => number } {
  const listOf = (id: string): readonly KubeObject[] => objects.filter((object) => kindIdOf(object) === id);
  const snapshot = { ...EMPTY_SNAPSHOT, ...snapshotLists(listOf) };
  let reads = 0;
  const list: ConfigCache['list'] = (id) => {
    reads++;
    // Safe because tests ask for the kinds they put in.
    return listOf(id) as never;
  };
  const get: ConfigCache['get'] = (id, namespace, name) => listOf(id).find(({ metadata }) => metadata.namespace === namespace && metadata.name === name) as never;
  return { list, get, snapshot: () => snapshot, reads: () => reads };
}
const inShop = (apiVersion: string, kind: string, name: string, spec: Readonly<Record<string, unknown>>): KubeObject => ({ apiVersion, kind, metadata: { name, namespace: 'shop' }, spec });
const catalog = inShop('v1', 'Service', 'catalog', { selector: { app: 'catalog' }, ports: [{ name: 'http', port: 80 }] });
const workload = inShop('networking.istio.io/v1', 'WorkloadEntry', 'catalog-v1', { address: '127.0.0.1', labels: { app: 'catalog', version: 'v1' }, serviceAccount: 'catalog' });
const route = (host: string, subset?: string): KubeObject => inShop('networking.istio.io/v1', 'VirtualService', 'catalog', { hosts: ['catalog'], http: [{ route: [{ destination: { host, ...(subset === undefined ? {} : { subset }) } }] }] });
const codes = (issues: readonly ConfigIssue[]): readonly string[] => issues.map(({ severity, code, also = [], path }) => `${severity} ${[code, ...also.map((other) => other.code)].join('+')} ${path}`);
const documentsOf = (yaml: string): Parameters<typeof checkDocuments>[0] => {
  const parsed = parseManifest(yaml);
  assert.ok(parsed.ok);
  return parsed.documents;
};

test('a stored object has what Istio and Kiali say of it, once each, with a fix', () => {
  const broken = route('catalogg');
  const issues = findingsOf(broken, cacheOf(catalog, workload, broken));
  assert.deepEqual(codes(issues), ['error IST0101+KIA1101 spec.http[0].route[0].destination.host']);
  assert.deepEqual(issues[0]?.fix?.patch, [{ op: 'replace', path: '/spec/http/0/route/0/destination/host', value: 'catalog.shop.svc.cluster.local' }]);
  assert.deepEqual(findingsOf(catalog, cacheOf(catalog, workload)), []);
});

test('the configuration is analysed once for each state of it', () => {
  const broken = route('catalogg');
  const cache = cacheOf(catalog, workload, broken);
  findingsOf(broken, cache);
  const before = cache.reads();
  for (let i = 0; i < 5; i++) for (const object of [broken, catalog, workload]) findingsOf(object, cache);
  assert.equal(cache.reads(), before);
});

const ROUTE = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: catalog, namespace: shop}
spec:
  hosts: [catalog]
  http:
  - route:
    - destination:
        host: catalog
        subset: v1
`;
const RULE = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: catalog, namespace: shop}
spec:
  host: catalog
  subsets: [{name: v1, labels: {version: v1}}]
`;

test('a text is checked in the mesh, at its lines; objects of one text know each other', () => {
  const [alone = []] = checkDocuments(documentsOf(ROUTE), cacheOf(catalog, workload));
  assert.deepEqual(codes(alone), ['error IST0101+KIA1107 spec.http[0].route[0].destination.subset']);
  assert.equal(alone[0]?.line, 10);
  assert.deepEqual(checkDocuments(documentsOf(`${ROUTE}---\n${RULE}`), cacheOf(catalog, workload)), [[], []]);
});

test('a text stands in for what is stored under its name', () => {
  assert.deepEqual(checkDocuments(documentsOf(ROUTE.replace('        subset: v1\n', '')), cacheOf(catalog, workload, route('catalogg'))), [[]]);
});

test('the status of what is stored belongs to a text of the same content', () => {
  const status = { conditions: [{ type: 'Programmed', status: 'False', reason: 'Pending', message: 'no address' }] };
  const stored = { ...inShop('gateway.networking.k8s.io/v1', 'Gateway', 'edge', { gatewayClassName: 'istio', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] }), status };
  const yaml = 'apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: edge, namespace: shop}\nspec: {gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP}]}\n';
  const found = (text: string): readonly (string | undefined)[] => checkDocuments(documentsOf(text), cacheOf(stored)).flat().map(({ code }) => code);
  assert.deepEqual(found(yaml), ['IST0171']);
  assert.deepEqual(found(yaml.replace('port: 80', 'port: 81')), []);
});

test('what would be refused says so, and is not analysed', () => {
  const [issues = []] = checkDocuments(documentsOf(ROUTE.replace('hosts: [catalog]', 'hosts: 7')), cacheOf(catalog));
  assert.deepEqual(issues.map(({ refuses, code, line }) => [refuses, code, line]), [[true, 'IST0106', 5]]);
});

test('problems are those of all objects, errors first, and are counted by level', () => {
  const cache = cacheOf(catalog, workload, route('catalogg'), inShop('security.istio.io/v1', 'AuthorizationPolicy', 'a', { selector: { matchLabels: { app: 'nobody' } }, rules: [{}] }));
  const { problems, checked } = listProblems(cache);
  assert.deepEqual(problems.map(({ ref, issue }) => `${ref.kind} ${ref.name} ${issue.severity} ${issue.code ?? ''}`), ['VirtualService catalog error IST0101', 'AuthorizationPolicy a warning IST0127']);
  assert.equal(checked, 4);
  assert.deepEqual(countProblems(cache), { error: 1, warning: 1, info: 0 });
});
