import assert from 'node:assert/strict';
import { test } from 'node:test';
import { removeHopByHop } from './hop-by-hop.ts';

test('fields of one connection do not travel on', () => {
  const headers = { connection: 'keep-alive', 'keep-alive': 'timeout=5', te: 'gzip', 'transfer-encoding': 'chunked', upgrade: 'h2c', 'proxy-authorization': 'x', host: 'web', accept: '*/*' };
  removeHopByHop(headers);
  assert.deepEqual(headers, { host: 'web', accept: '*/*' });
});
test('what Connection names goes with it, whatever its case', () => {
  const headers = { connection: 'close, X-Secret , x-other', 'x-secret': '1', 'x-other': '2', 'x-kept': '3' };
  removeHopByHop(headers);
  assert.deepEqual(headers, { 'x-kept': '3' });
});
