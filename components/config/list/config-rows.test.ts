import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConfigRow } from '#server/config/schemas.ts';
import { countKinds, filterConfigRows } from './config-rows.ts';

const aRow = (kind: string, name: string, validation: ConfigRow['validation'] = 'valid', namespace: string | null = 'shop'): ConfigRow => ({ kind, group: '', version: 'v1', plural: '', name, ...(namespace === null ? {} : { namespace }), resourceVersion: '1', creationTimestamp: '', validation, issues: [], summary: '' });
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
