import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConfigRow } from '#server/config/schemas.ts';
import { countCodes, countKinds, filterConfigRows } from './config-rows.ts';

const aRow = (kind: string, name: string, validation: ConfigRow['validation'] = 'valid', namespace: string | null = 'shop'): ConfigRow => ({ kind, group: '', version: 'v1', plural: '', name, ...(namespace === null ? {} : { namespace }), resourceVersion: '1', creationTimestamp: '', validation, issues: validation === 'valid' ? [] : [{ severity: validation, path: '', message: 'm', code: validation === 'error' ? 'IST0101' : 'IST0118', also: [{ code: 'KIA1101', docs: '' }] }], summary: '' });
const rows = [aRow('VirtualService', 'a'), aRow('VirtualService', 'b', 'warning'), aRow('Gateway', 'c', 'error', 'edge'), aRow('WorkloadEntry', 'd'), aRow('Namespace', 'e', 'valid', null)];
const names = (kind: string, state: 'all' | 'findings' | 'error', namespaces: string[] = []): string => filterConfigRows(rows, { kind, state, namespaces }).map(({ name }) => name).join('');

test('registered workloads are shown only when asked for', () => {
  assert.equal(names('', 'all'), 'abce');
  assert.equal(names('WorkloadEntry', 'all'), 'd');
});

test('what steers the mesh comes before services, and those before the rest', () => {
  const mixed = [aRow('ConfigMap', 'z'), aRow('Service', 'y'), aRow('AuthorizationPolicy', 'x'), aRow('VirtualService', 'w', 'valid', 'b'), aRow('VirtualService', 'v', 'valid', 'a')];
  assert.equal(filterConfigRows(mixed, { kind: '', state: 'all', namespaces: [] }).map(({ name }) => name).join(''), 'vwxyz');
});

test('state and namespace narrow the list; objects without a namespace are in all', () => {
  assert.equal(names('', 'findings'), 'bc');
  assert.equal(names('', 'error'), 'c');
  assert.equal(names('', 'all', ['shop']), 'abe');
});

test('kinds are counted within the namespaces, with their findings', () => {
  assert.deepEqual(countKinds(rows, ['shop']), [
    { kind: 'Namespace', count: 1, findings: 0 },
    { kind: 'VirtualService', count: 2, findings: 1 },
    { kind: 'WorkloadEntry', count: 1, findings: 0 },
  ]);
});

test('a code narrows the list, whichever of the tools says it', () => {
  const ofCode = (code: string): string => filterConfigRows(rows, { kind: '', state: 'all', code, namespaces: [] }).map(({ name }) => name).join('');
  assert.deepEqual(['IST0101', 'KIA1101', 'IST0999'].map(ofCode), ['c', 'bc', '']);
});

test('codes are counted within the namespaces, each once for a row', () => {
  assert.deepEqual(countCodes(rows, []), [{ code: 'KIA1101', count: 2 }, { code: 'IST0101', count: 1 }, { code: 'IST0118', count: 1 }]);
  assert.deepEqual(countCodes(rows, ['edge']).map(({ code }) => code), ['IST0101', 'KIA1101']);
});

test('the two kinds named Gateway are two', () => {
  const both: readonly ConfigRow[] = [{ ...aRow('Gateway', 'i'), group: 'networking.istio.io' }, { ...aRow('Gateway', 'k'), group: 'gateway.networking.k8s.io' }];
  assert.deepEqual(countKinds(both, []).map(({ kind }) => kind), ['Gateway', 'K8sGateway']);
  assert.equal(filterConfigRows(both, { kind: 'K8sGateway', state: 'all', namespaces: [] }).map(({ name }) => name).join(''), 'k');
});
