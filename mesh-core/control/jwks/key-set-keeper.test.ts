import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { RequestAuthentication } from '#mesh-core/domain/resources/security.ts';
import type { FetchedKeys } from '#mesh-core/domain/translate/request-authentication.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { ManualClock } from '#mesh-core/testing/manual-clock.ts';
import { fetchKeySet } from './fetch-key-set.ts';
import { KeySetKeeper } from './key-set-keeper.ts';

function from(...jwksUris: string[]): RequestAuthentication[] {
  return [{ apiVersion: 'security.istio.io/v1', kind: 'RequestAuthentication', metadata: { name: 'a', namespace: 'shop' }, spec: { jwtRules: [...jwksUris.map((jwksUri) => ({ issuer: 'i', jwksUri })), { issuer: 'inline', jwks: '{"keys":[]}' }] } }];
}
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('keys are fetched once per place, refreshed every twenty minutes, kept over failures, and forgotten with their rule', async () => {
  const clock = new ManualClock();
  const calls: string[] = [];
  let answer: () => string = () => 'one';
  const seen: FetchedKeys[] = [];
  const keeper = new KeySetKeeper({ clock, log: silentLogger, onChange: (keys) => seen.push(keys), fetchKeySet: ({ jwksUri = '' }) => {
    calls.push(jwksUri);
    return Promise.resolve().then(answer);
  } });
  keeper.follow(from('http://a', 'http://a'));
  keeper.follow(from('http://a'));
  await settled();
  assert.deepEqual([calls, [...(seen.at(-1) ?? [])]], [['http://a'], [['http://a', 'one']]]);
  answer = () => {
    throw new Error('away');
  };
  clock.advance(20 * 60_000);
  await settled();
  clock.advance(1000);
  await settled();
  assert.deepEqual([calls.length, seen.length], [3, 1]);
  answer = () => 'two';
  clock.advance(2000);
  await settled();
  assert.deepEqual([...(seen.at(-1) ?? [])], [['http://a', 'two']]);
  keeper.follow([]);
  clock.advance(60 * 60_000);
  await settled();
  assert.equal(calls.length, 4);
  keeper.close();
});

test('a key set comes from its place or by discovery; anything else is refused with the reason', async () => {
  const server = createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    if (request.url === '/keys') response.end('{"keys":[]}');
    else if (request.url === '/.well-known/openid-configuration') response.end(JSON.stringify({ jwks_uri: `http://127.0.0.1:${port}/keys` }));
    else if (request.url === '/page') response.end('<html>');
    else if (request.url === '/long') response.end('x'.repeat(2_000_000));
    else if (request.url !== '/silent') response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    assert.equal(await fetchKeySet({ jwksUri: `${base}/keys` }, 1000), '{"keys":[]}');
    assert.equal(await fetchKeySet({ issuer: `${base}/` }, 1000), '{"keys":[]}');
    await assert.rejects(fetchKeySet({ jwksUri: `${base}/page` }, 1000), /did not answer with a JSON Web Key Set/);
    await assert.rejects(fetchKeySet({ jwksUri: `${base}/long` }, 1000), /longer than/);
    await assert.rejects(fetchKeySet({ jwksUri: `${base}/none` }, 1000), /answered 404/);
    await assert.rejects(fetchKeySet({ jwksUri: 'file:///etc/passwd' }, 1000), /not an http or https URL/);
    await assert.rejects(fetchKeySet({ jwksUri: `${base}/silent` }, 50), /did not answer/);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
