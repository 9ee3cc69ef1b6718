import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { MeshTrust } from './mesh-trust.ts';

function aFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'trust-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
const open = (folder: string): Promise<MeshTrust> => MeshTrust.open(folder, 'cluster.local', () => Date.now());
const state = (trust: MeshTrust): unknown[] => [trust.stage, trust.roots.length, trust.signer.root.pem];

test('a root is replaced in three steps, each of which a restart finds as it was', async (t) => {
  const folder = aFolder(t);
  const trust = await open(folder);
  const old = trust.signer.root.pem;
  assert.deepEqual(state(trust), ['stable', 1, old]);
  await trust.distribute();
  assert.deepEqual(state(trust), ['distributing', 2, old]);
  assert.deepEqual(state(await open(folder)), state(trust));
  const next = trust.rootPems[1] ?? '';
  await trust.sign();
  assert.deepEqual(state(trust), ['signing', 2, next]);
  assert.deepEqual((await open(folder)).rootPems, [next, old], 'the one that signs comes first');
  await trust.finish();
  assert.deepEqual(state(trust), ['stable', 1, next]);
  assert.deepEqual(state(await open(folder)), state(trust));
  assert.equal(existsSync(join(folder, 'old-key.pem')), false);
});

test('steps out of order do nothing', async (t) => {
  const trust = await open(aFolder(t));
  const before = state(trust);
  await trust.sign();
  await trust.finish();
  assert.deepEqual(state(trust), before);
  await trust.distribute();
  const distributing = trust.bundlePem;
  await trust.distribute();
  assert.equal(trust.bundlePem, distributing);
});

test('a crash at any rename of the switch is completed by the next start', async (t) => {
  for (const renames of [0, 1, 2]) {
    const folder = aFolder(t);
    const trust = await open(folder);
    await trust.distribute();
    const next = trust.rootPems[1] ?? '';
    for (const file of ['key', 'cert']) copyFileSync(join(folder, `root-${file}.pem`), join(folder, `old-${file}.pem`));
    for (const file of ['key', 'cross'].slice(0, renames)) renameSync(join(folder, `next-${file}.pem`), join(folder, `root-${file}.pem`));
    assert.deepEqual(state(await open(folder)), ['signing', 2, next], `after ${renames} renames`);
  }
});

test('the new root is vouched for by the old, for those who have not heard of it', async (t) => {
  const folder = aFolder(t);
  const trust = await open(folder);
  const old = new X509Certificate(trust.signer.root.pem);
  assert.equal(trust.signer.crossPem, undefined);
  await trust.distribute();
  await trust.sign();
  const cross = new X509Certificate(trust.signer.crossPem ?? '');
  assert.ok(cross.checkIssued(old) && cross.verify(old.publicKey) && cross.ca);
  assert.equal(cross.publicKey.equals(new X509Certificate(trust.signer.root.pem).publicKey), true);
  assert.equal(readFileSync(join(folder, 'root-cross.pem'), 'utf8'), trust.signer.crossPem);
});

test('there is one revocation list per root, and none while nothing is revoked', async (t) => {
  const trust = await open(aFolder(t));
  assert.equal(await trust.revocationLists([]), undefined);
  await trust.distribute();
  // Serial numbers with an odd number of digits, and with the highest bit set.
  const lists = (await trust.revocationLists([{ serialNumber: 'abc', at: 0 }, { serialNumber: 'ef01', at: 0 }])) ?? '';
  assert.equal(lists.match(/BEGIN X509 CRL/g)?.length, 2);
});
