import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Downstream } from '../http/exchange.ts';
import { connectionRecord } from '../telemetry/request-record.ts';
import type { RequestRecord } from '../telemetry/request-record.ts';
import { countRequestBegun, countRequestEnded } from './count-requests.ts';
import { HttpCounters } from './counters.ts';
import { HttpStats } from './scoped-stats.ts';

const DOWNSTREAM: Downstream = { remoteAddress: '127.0.0.1', remotePort: 1, localAddress: '127.0.0.1', localPort: 2, tls: false, spiffeId: undefined, serverName: '', certificateHash: undefined };

const CASES: readonly [what: string, record: Partial<RequestRecord>, counted: Partial<HttpCounters>][] = [
  ['an answer of the upstream', { status: 200, details: 'via_upstream' }, { downstream_rq_http1_total: 1 }],
  ['HTTP/2', { protocol: 'HTTP/2', status: 200, details: 'via_upstream' }, { downstream_rq_http2_total: 1 }],
  ['no route', { status: 404, details: 'route_not_found', flags: ['NR'] }, { downstream_rq_http1_total: 1, no_route: 1 }],
  ['no cluster', { status: 503, details: 'cluster_not_found', flags: ['NC'] }, { downstream_rq_http1_total: 1, no_cluster: 1 }],
  ['a redirect', { status: 301, details: 'direct_response' }, { downstream_rq_http1_total: 1, rq_redirect: 1 }],
  ['an answer of the route', { status: 418, details: 'direct_response' }, { downstream_rq_http1_total: 1, rq_direct_response: 1 }],
  ['an upgrade', { status: 101, details: 'via_upstream' }, { downstream_rq_http1_total: 1, downstream_cx_upgrades_total: 1 }],
  ['a client that left', { status: 0, details: 'downstream_remote_disconnect', flags: ['DC'] }, { downstream_rq_http1_total: 1, downstream_rq_rx_reset: 1 }],
  ['a stream on which nothing moved', { status: 408, details: 'stream_idle_timeout', flags: ['SI'] }, { downstream_rq_http1_total: 1, downstream_rq_idle_timeout: 1 }],
  ['a head that took too long', { status: 408, details: 'request_header_timeout' }, { downstream_rq_http1_total: 1, downstream_rq_header_timeout: 1 }],
  ['a body that is too long', { status: 413, details: 'request_payload_too_large' }, { downstream_rq_http1_total: 1, downstream_rq_too_large: 1 }],
];

for (const [what, fields, counted] of CASES) {
  test(`counts ${what}`, () => {
    const stats = new HttpStats();
    const record: RequestRecord = { ...connectionRecord(DOWNSTREAM, 0), protocol: 'HTTP/1.1', ...fields };
    countRequestBegun(stats, record);
    assert.equal(stats.requestsActive, 1);
    countRequestEnded(stats, record);
    assert.equal(stats.requestsActive, 0);
    assert.deepEqual(stats.counters, Object.assign(new HttpCounters(), { downstream_rq_total: 1, ...counted }));
    assert.deepEqual(stats.codes.byStatus, record.status === 0 ? [] : [[record.status, 1]]);
  });
}
