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
