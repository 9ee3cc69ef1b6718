import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import { endToEndHeaders, removeHopByHop } from './hop-by-hop.ts';

const CASES: readonly { readonly name: string; readonly headers: MutableHeaders; readonly kept: MutableHeaders }[] = [
  {
    name: 'fields of one connection do not travel on',
    headers: { connection: 'keep-alive', 'keep-alive': 'timeout=5', te: 'gzip', 'transfer-encoding': 'chunked', upgrade: 'h2c', 'proxy-authorization': 'x', host: 'web', accept: '*/*' },
    kept: { host: 'web', accept: '*/*' },
  },
  { name: 'the wish for trailers does', headers: { te: 'gzip;q=0.5, Trailers', connection: 'te' }, kept: { te: 'trailers' } },
  { name: 'what Connection names goes with it, whatever its case', headers: { connection: 'X-Secret, close, x-other', 'x-secret': '1', 'x-other': '2', 'x-kept': '3' }, kept: { 'x-kept': '3' } },
];
const present = (headers: MutableHeaders): MutableHeaders => Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));

for (const { name, headers, kept } of CASES) {
  test(name, () => {
    assert.deepEqual(present(endToEndHeaders(headers, new Set())), kept);
    removeHopByHop(headers);
    assert.deepEqual(present(headers), kept);
  });
}
test('a copy leaves out what else is named', () => {
  const headers = { host: 'web', expect: '100-continue' };
  assert.deepEqual(endToEndHeaders(headers, new Set(['expect'])), { host: 'web' });
  assert.deepEqual(headers, { host: 'web', expect: '100-continue' });
});
