import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { ManualClock } from '#mesh-core/testing/manual-clock.ts';
import { SecretStore } from './secret-store.ts';
import type { CertificateMaterial } from './workload-certificate.ts';

function aStore(t: TestContext) {
  const clock = new ManualClock();
  let rotated: (() => void) | undefined;
  // Safe because the store reads only these of the material.
  const current = { certChainPem: 'own', keyPem: 'own-key', rootPem: 'root' } as CertificateMaterial;
  const onRotate = (fn: (material: CertificateMaterial) => void): (() => void) => {
    rotated = () => fn(current);
    return () => {};
  };
  const certificate = { current, onRotate };
  const store = new SecretStore({ certificate, clock, log: silentLogger });
  const changes: string[] = [];
  store.onChange((name) => changes.push(name));
  t.after(() => store.close());
  return { clock, store, changes, rotate: () => rotated?.() };
}
const base64 = (text: string): { inlineBytes: string } => ({ inlineBytes: Buffer.from(text).toString('base64') });

test('the own certificate and the mesh roots are there from the start, and their rotation is told', (t) => {
  const { store, changes, rotate } = aStore(t);
  assert.deepEqual(store.secret('default'), { name: 'default', certificate: { certChainPem: 'own', keyPem: 'own-key' } });
  assert.deepEqual(store.secret('ROOTCA'), { name: 'ROOTCA', trustedCaPem: 'root' });
  rotate();
  assert.deepEqual(changes, ['default', 'ROOTCA']);
});

test('what SDS brings is held, replaced and taken away, each change told once', (t) => {
  const { store, changes } = aStore(t);
  assert.equal(store.secret('kubernetes://web'), undefined);
  store.put({ name: 'kubernetes://web', tlsCertificate: { certificateChain: base64('chain'), privateKey: base64('key') } });
  assert.deepEqual(store.secret('kubernetes://web'), { name: 'kubernetes://web', certificate: { certChainPem: 'chain', keyPem: 'key' } });
  store.put({ name: 'kubernetes://web-cacert', validationContext: { trustedCa: { inlineString: 'ca' }, crl: base64('crl') } });
  assert.deepEqual(store.secret('kubernetes://web-cacert'), { name: 'kubernetes://web-cacert', trustedCaPem: 'ca', crlPem: 'crl' });
  store.remove('kubernetes://web');
  store.remove('kubernetes://web');
  assert.equal(store.secret('kubernetes://web'), undefined);
  assert.deepEqual(changes, ['kubernetes://web', 'kubernetes://web-cacert', 'kubernetes://web']);
});

test('roots that the control plane sends take the place of those that came with the certificate', (t) => {
  const { store } = aStore(t);
  store.put({ name: 'ROOTCA', validationContext: { trustedCa: base64('old and new') } });
  assert.equal(store.secret('ROOTCA')?.trustedCaPem, 'old and new');
});

test('files are read when asked for, and again when they change; a pair of which one is missing stays what it was', (t) => {
  const { store, changes, clock } = aStore(t);
  const folder = mkdtempSync(join(tmpdir(), 'file-secrets-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [chain, key, ca] = ['chain.pem', 'key.pem', 'ca.pem'].map((name) => join(folder, name)) as [string, string, string];
  const name = `file-cert:${chain}~${key}`;
  assert.equal(store.secret(name), undefined);
  writeFileSync(chain, 'C1');
  clock.advance(2000);
  assert.deepEqual([store.secret(name), changes], [undefined, []]);
  writeFileSync(key, 'K1');
  clock.advance(2000);
  assert.deepEqual([store.secret(name)?.certificate, changes], [{ certChainPem: 'C1', keyPem: 'K1' }, [name]]);
  rmSync(key);
  writeFileSync(chain, 'C2');
  clock.advance(2000);
  assert.equal(store.secret(name)?.certificate?.certChainPem, 'C1');
  writeFileSync(ca, 'CA');
  assert.equal(store.secret(`file-root:${ca}`)?.trustedCaPem, 'CA');
  assert.match(store.secret('file-root:system')?.trustedCaPem ?? '', /BEGIN CERTIFICATE/);
});
