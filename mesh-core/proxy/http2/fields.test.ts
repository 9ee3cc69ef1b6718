import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { readFields, writeFields } from './fields.ts';

test('pseudo-headers stand apart, repeated fields are joined, Set-Cookie is listed', () => {
  const block = readFields([':status', '200', 'accept', 'a', 'cookie', 'x=1', 'accept', 'b', 'cookie', 'y=2', 'set-cookie', 'p', 'set-cookie', 'q', 'constructor', 'c']);
  assert.deepEqual({ ...block?.pseudo }, { ':status': '200' });
  assert.deepEqual({ ...block?.headers }, { accept: 'a,b', cookie: 'x=1; y=2', 'set-cookie': ['p', 'q'], constructor: 'c' });
});
test('fields of an HTTP/1.1 connection are malformed, te: trailers is not', () => {
  for (const name of ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'http2-settings']) assert.equal(readFields([name, 'x']), undefined, name);
  assert.equal(readFields(['te', 'gzip']), undefined);
  assert.equal(readFields(['te', 'Trailers'])?.headers['te'], 'Trailers');
  assert.equal(readFields(['content-length', '1', 'content-length', '1']), undefined);
});
test('what is written has no field of a connection, and none that would split', () => {
  assert.deepEqual(writeFields({ host: 'web', connection: 'close', 'x-a': '1', 'x-b': undefined, 'set-cookie': ['p', 'q'] }, 'host'), { 'x-a': '1', 'set-cookie': ['p', 'q'] });
  assert.equal(writeFields({ 'x-a': 'a\r\nb' }), undefined);
  assert.equal(writeFields({ 'x a': '1' }), undefined);
});
test('what was written is read again', () => {
  const name = fc.stringMatching(/^x-[a-z0-9]{1,8}$/);
  const value = fc.stringMatching(/^[!-~]{0,12}$/);
  fc.assert(
    fc.property(fc.dictionary(name, value), (headers) => {
      const written = writeFields(headers);
      assert.deepEqual({ ...readFields(Object.entries(written ?? {}).flatMap(([n, v]) => [n, String(v)]))?.headers }, { ...headers });
    }),
    { interruptAfterTimeLimit: 500 },
  );
});
