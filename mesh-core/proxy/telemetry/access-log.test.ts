import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRecord } from '../testing/an-exchange.ts';
import { AccessLog, accessLogEntry } from './access-log.ts';

test("a line has the keys of Istio's JSON access log, and null for what is not known", () => {
  const entry = accessLogEntry(aRecord({ flags: ['UF', 'URX'], status: 503, details: 'upstream_reset', durationMs: 12.6, upstreamServiceTimeMs: 4.4, traceId: 'abc' }));
  assert.deepEqual(entry, {
    start_time: '2026-01-02T03:04:05.678Z',
    method: 'GET',
    path: '/',
    protocol: 'HTTP/1.1',
    response_code: 503,
    response_flags: 'UF,URX',
    response_code_details: 'upstream_reset',
    connection_termination_details: null,
    upstream_transport_failure_reason: null,
    bytes_received: 0,
    bytes_sent: 0,
    duration: 13,
    upstream_service_time: '4',
    x_forwarded_for: null,
    user_agent: null,
    request_id: 'request-1',
    authority: 'web',
    upstream_host: '127.0.0.1:4000',
    upstream_cluster: 'outbound|80||web.shop.svc.cluster.local',
    upstream_local_address: null,
    downstream_local_address: '127.0.0.1:15001',
    downstream_remote_address: '127.0.0.1:50000',
    requested_server_name: null,
    route_name: 'default',
    trace_id: 'abc',
  });
  assert.equal(accessLogEntry(aRecord())['response_flags'], '-');
});
test('the newest lines are kept, newest first, and can be asked for by trace', () => {
  const log = new AccessLog(undefined, 3);
  for (const [index, traceId] of ['a', 'b', 'a', 'b', 'a'].entries()) log.add(aRecord({ path: `/${index}`, traceId }));
  assert.deepEqual(log.recent(10).map((l) => l['path']), ['/4', '/3', '/2']);
  assert.deepEqual(log.recent(10, 'a').map((l) => l['path']), ['/4', '/2']);
  assert.equal(log.recent(1).length, 1);
});
test('lines go to the sink one by one, as JSON, when flushed', () => {
  let text = '';
  const log = new AccessLog((lines) => (text += lines));
  log.add(aRecord({ path: '/a' }));
  log.add(aRecord({ path: '/b' }));
  log.flush();
  log.flush();
  assert.deepEqual(text.trimEnd().split('\n').map((line) => (JSON.parse(line) as { path: string }).path), ['/a', '/b']);
});
