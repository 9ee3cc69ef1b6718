import { test } from 'node:test';
import assert from 'node:assert/strict';
import { codeStatus, readLogEntry } from './read-log-entry.ts';

const raw = { instance: 'catalog-v1-0', start_time: '2026-11-21T10:00:00.000Z', method: 'GET', path: '/items', response_code: 200, response_flags: '-', duration: 12, upstream_cluster: 'inbound|8080||', trace_id: 'ab', request_id: 'r' };

test('a line answered by the workload itself is incoming, one through an outbound cluster is outgoing', () => {
  assert.equal(readLogEntry(raw, 0).direction, 'in');
  assert.equal(readLogEntry({ ...raw, upstream_cluster: 'outbound|80||inventory.shop.svc.cluster.local' }, 0).direction, 'out');
});

test('the flag that stands for none is not shown, and fields of a wrong type are left empty', () => {
  const line = readLogEntry({ ...raw, duration: 'soon', path: null, trace_id: null }, 0);
  assert.equal(line.flags, '');
  assert.equal(line.durationMs, null);
  assert.equal(line.path, '');
  assert.equal(line.traceId, undefined);
});

test('no response counts as failing, a refusal as degraded', () => {
  assert.deepEqual([codeStatus(0), codeStatus(503), codeStatus(403), codeStatus(302)], ['failing', 'failing', 'degraded', 'healthy']);
});
