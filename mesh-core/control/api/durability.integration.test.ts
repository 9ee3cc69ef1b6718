import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { kindByApiVersion } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { KubeError } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { createKubeClient } from '#mesh-core/wire/kubernetes/http-kube-client.ts';
import { openObjectStore } from '../store/object-store.ts';
import { ADMIN_TOKEN } from './api-server-harness.ts';

const SERVER = `
  import { selfSignedTls } from ${JSON.stringify(import.meta.resolve('./api-server-harness.ts'))};
  import { startApiServer } from ${JSON.stringify(import.meta.resolve('./api-server.ts'))};
  import { openObjectStore } from ${JSON.stringify(import.meta.resolve('../store/object-store.ts'))};
  import { silentLogger } from ${JSON.stringify(new URL('../../runtime/logger.ts', import.meta.url).href)};
  const tls = await selfSignedTls();
  const store = openObjectStore({ file: process.argv[1] });
  const server = await startApiServer({ store, tls, port: 0, host: '127.0.0.1', tokens: [{ token: ${JSON.stringify(ADMIN_TOKEN)}, name: 'ann', role: 'admin' }], validate: () => ({ errors: [], warnings: [] }), issueToken: async () => '', log: silentLogger });
  console.log(JSON.stringify({ url: server.url, cert: tls.cert }));
`;

test('every write that was answered with 2xx is there after kill -9, whole, and the version has not gone back', { timeout: 60_000 }, async (t) => {
  const directory = mkdtempSync(path.join(tmpdir(), 'binnacle-kill-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const file = path.join(directory, 'mesh.db');
  const kind = kindByApiVersion('v1', 'ConfigMap');
  assert.ok(kind);
  const acknowledged = new Map<string, string>();
  let highest = 0;
  for (let round = 0; round < 3; round += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', SERVER, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    t.after(() => child.kill('SIGKILL'));
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const { url, cert } = JSON.parse(line) as { url: string; cert: string };
    const client = createKubeClient({ server: url, token: ADMIN_TOKEN, caPem: cert });
    let dead = false;
    const write = async (writer: number): Promise<void> => {
      for (let count = 0; !dead; count += 1) {
        const name = `r${round}-w${writer}-${count}`;
        try {
          const { object } = await client.create<KubeObject>({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: { value: 'x'.repeat(500) } });
          acknowledged.set(name, object.metadata.uid ?? '');
          highest = Math.max(highest, Number(object.metadata.resourceVersion));
        } catch (error) {
          assert.ok(!(error instanceof KubeError), String(error));
          return;
        }
      }
    };
    const writers = [write(0), write(1), write(2), write(3)];
    const target = acknowledged.size + 100;
    while (acknowledged.size < target) await new Promise((resolve) => setTimeout(resolve, 1));
    child.kill('SIGKILL');
    await once(child, 'exit');
    dead = true;
    await Promise.all(writers);
  }
  const store = openObjectStore({ file });
  t.after(() => store.close());
  const lost = [...acknowledged].filter(([name, uid]) => {
    const object = store.get(kind, name, 'default');
    return object?.metadata.uid !== uid || object.data?.['value']?.length !== 500;
  });
  assert.deepEqual(lost, []);
  assert.ok(acknowledged.size >= 300);
  assert.ok(store.snapshotVersion >= highest);
});
