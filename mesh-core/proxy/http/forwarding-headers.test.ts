import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { HttpConnectionManager } from '#mesh-core/domain/envoy/resources.ts';
import { anExchange } from '../testing/an-exchange.ts';
import { setForwardingHeaders } from './forwarding-headers.ts';

const OWN = 'spiffe://cluster.local/ns/shop/sa/web';
const PEER = 'spiffe://cluster.local/ns/shop/sa/caller';
const manager = (settings: Partial<HttpConnectionManager>): HttpConnectionManager => ({ '@type': TYPE_URLS.hcm, statPrefix: 'x', httpFilters: [], ...settings });
const meshPeer = { tls: true, spiffeId: PEER, certificateHash: 'ff' };

test('an edge listener writes the address of the client, behind what the client claims', () => {
  const exchange = anExchange({ headers: { 'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'https' } });
  setForwardingHeaders(exchange, manager({ useRemoteAddress: true }), OWN);
  assert.equal(exchange.line.headers['x-forwarded-for'], '1.2.3.4,127.0.0.1');
  assert.equal(exchange.line.headers['x-forwarded-proto'], 'http');
  assert.equal(exchange.record.forwardedFor, '1.2.3.4,127.0.0.1');
});
test('an edge listener lets nobody outside speak as the mesh', () => {
  const forged = { 'x-envoy-retry-on': '5xx', 'x-envoy-upstream-rq-timeout-ms': '1', 'x-envoy-internal': 'true', 'x-envoy-original-path': '/admin', 'x-envoy-peer-metadata': 'x', 'x-envoy-decorator-operation': 'x', 'x-envoy-external-address': '10.0.0.1', 'x-request-id': 'forged', 'x-forwarded-client-cert': 'URI=x' };
  const exchange = anExchange({ headers: { ...forged, 'x-kept': '1' } });
  setForwardingHeaders(exchange, manager({ useRemoteAddress: true }), OWN);
  const { 'x-request-id': requestId, ...rest } = exchange.line.headers;
  assert.match(String(requestId), /^[0-9a-f-]{36}$/);
  assert.equal(exchange.record.requestId, requestId);
  assert.deepEqual(Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)), { 'x-kept': '1', 'x-envoy-external-address': '127.0.0.1', 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' });
});
test('an inner listener leaves what the proxies of the mesh say to each other', () => {
  const exchange = anExchange({ headers: { 'x-envoy-retry-on': '5xx', 'x-request-id': 'known' } });
  setForwardingHeaders(exchange, manager({}), OWN);
  assert.equal(exchange.line.headers['x-envoy-retry-on'], '5xx');
  assert.equal(exchange.line.headers['x-request-id'], 'known');
});
test('an inner listener leaves what the edge wrote', () => {
  const exchange = anExchange({ headers: { 'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'https' } });
  setForwardingHeaders(exchange, manager({}), OWN);
  assert.equal(exchange.line.headers['x-forwarded-for'], '1.2.3.4');
  assert.equal(exchange.line.headers['x-forwarded-proto'], 'https');
});
test('an identity header from plain text is removed', () => {
  const exchange = anExchange({ headers: { 'x-forwarded-client-cert': 'URI=spiffe://cluster.local/ns/shop/sa/admin' } });
  setForwardingHeaders(exchange, manager({ forwardClientCertDetails: 'APPEND_FORWARD' }), OWN);
  assert.equal(exchange.line.headers['x-forwarded-client-cert'], undefined);
});
test('the identity of a mesh peer is appended to those before it', () => {
  const exchange = anExchange({ headers: { 'x-forwarded-client-cert': 'By=a' }, downstream: meshPeer });
  setForwardingHeaders(exchange, manager({ forwardClientCertDetails: 'APPEND_FORWARD' }), OWN);
  assert.equal(exchange.line.headers['x-forwarded-client-cert'], `By=a,By=${OWN};Hash=ff;Subject="";URI=${PEER}`);
});
test('without a setting the identity header never gets through', () => {
  const exchange = anExchange({ headers: { 'x-forwarded-client-cert': 'By=a' }, downstream: meshPeer });
  setForwardingHeaders(exchange, manager({}), OWN);
  assert.equal(exchange.line.headers['x-forwarded-client-cert'], undefined);
});
