import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import { KubeError } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { startControlProcess, temporaryDirectory, until } from './control-harness.ts';

const CONFIG_MAP = servedKind('ConfigMap');
const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0;

test('a disk that takes no more refuses writes with the reason; reads go on, and writes too once there is space', { skip: hasPrlimit ? false : 'there is no prlimit here to bound the size of files' }, async (t) => {
  const dataDir = temporaryDirectory(t);
  const { kube, child } = await startControlProcess(t, dataDir);
  const aMap = (name: string): Parameters<typeof kube.create>[0] => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: { value: 'x'.repeat(100_000) } });
  const limit = (bytes: string): void => assert.equal(spawnSync('prlimit', ['--pid', String(child.pid), `--fsize=${bytes}`]).status, 0);
  await kube.create(aMap('before'));
  limit(`${statSync(path.join(dataDir, 'control', 'mesh.db-wal')).size}:unlimited`);

  const refusal = await until(() => kube.create(aMap(`more-${Math.floor(performance.now())}`)).then(() => undefined, (error: unknown) => error), 'a write to be refused');
  assert.ok(refusal instanceof KubeError, String(refusal));
  assert.deepEqual([refusal.status.code, refusal.status.reason], [507, 'InsufficientStorage']);
  assert.match(refusal.message, /nothing was changed, and reads go on/);
  const { items, resourceVersion } = await kube.list(CONFIG_MAP, { namespace: 'default' });
  assert.ok(items.some(({ metadata }) => metadata.name === 'before'));

  limit('unlimited');
  const { object } = await kube.create(aMap('after'));
  assert.ok(Number(object.metadata.resourceVersion) > Number(resourceVersion));
});
