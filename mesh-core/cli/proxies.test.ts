import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProxySyncState, TypeSyncState } from '#mesh-core/wire/xds/sync-state.ts';
import { columnTexts, columnTitles } from './kind-columns.ts';
import { formatAge, formatTable } from './print-table.ts';
import { formatSyncStates } from './proxies.ts';

const state = (text: TypeSyncState['state'], error?: string): TypeSyncState => ({ state: text, sentVersion: '2', ackedVersion: '1', nonce: 'n', ...(error === undefined ? {} : { error }) });
const NOW = Date.UTC(2026, 0, 1, 12);
const proxy: ProxySyncState = {
  proxyId: 'sidecar~127.0.0.1~web-v1-127.0.0.1-4711.shop~shop.svc.cluster.local',
  node: { id: 'x', type: 'sidecar', namespace: 'shop', workload: 'web-v1', serviceAccount: 'web', labels: {}, address: '127.0.0.1' },
  connectedAt: new Date(NOW - 65_000).toISOString(),
  types: { cluster: state('synced'), endpoint: state('stale'), listener: state('nack', 'no such filter'), route: state('not-sent'), secret: state('synced') },
  certificate: { notAfter: new Date(NOW + 3 * 3_600_000).toISOString() },
};

test('the table says where each proxy stands, and below it why something was refused', () => {
  assert.equal(
    formatSyncStates([proxy], NOW),
    [
      'PROXY                       CLUSTERS  ENDPOINTS  LISTENERS  ROUTES    SECRETS  CONNECTED  CERTIFICATE',
      'web-v1-127.0.0.1-4711.shop  SYNCED    STALE      NACK       NOT SENT  SYNCED   65s        ends in 3h',
      '',
      'web-v1-127.0.0.1-4711.shop refuses listeners: no such filter',
    ].join('\n'),
  );
  assert.equal(formatSyncStates([], NOW), 'No proxy is connected.');
});
test('ages are short', () => {
  assert.deepEqual([0, 119_000, 120_000, 7_200_000, 172_800_000, -5].map(formatAge), ['0s', '119s', '2m', '2h', '2d', '0s']);
});
test('columns are aligned and empty cells shown', () => {
  assert.equal(formatTable(['A', 'LONG'], [['', 'x'], ['wide', '']]), 'A     LONG\n-     x\nwide  -');
});
test('a kind shows what matters of it', () => {
  const object = { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'x' }, spec: { hosts: ['a', 'b'], gateways: ['g'] } };
  assert.deepEqual([columnTitles('VirtualService'), columnTexts(object)], [['GATEWAYS', 'HOSTS'], ['g', 'a,b']]);
  assert.deepEqual([columnTitles('ConfigMap'), columnTexts({ ...object, kind: 'ConfigMap' })], [[], []]);
});
