import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { CoreV1Api, KubeConfig, makeInformer, type V1ConfigMap } from '@kubernetes/client-node';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { startControlProcess, temporaryDirectory, until, type ControlProcess } from '../control-harness.ts';

const CONFIG_MAP = servedKind('ConfigMap');

function aMap(name: string, value: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: { value } };
}

async function change(control: ControlProcess, name: string, value: string): Promise<void> {
  await control.kube.patch(CONFIG_MAP, name, 'default', 'merge', { data: { value } });
}

test("the informer of Kubernetes' JavaScript client sees every change once, across a restart of the control plane", async (t) => {
  const dataDir = temporaryDirectory(t);
  const first = await startControlProcess(t, dataDir);
  await first.kube.create(aMap('a', '1'));
  await first.kube.create(aMap('b', '1'));

  const config = new KubeConfig();
  config.loadFromFile(path.join(dataDir, 'kubeconfig'));
  const core = config.makeApiClient(CoreV1Api);
  const informer = makeInformer<V1ConfigMap>(config, '/api/v1/namespaces/default/configmaps', () => core.listNamespacedConfigMap({ namespace: 'default' }));
  const seen: string[] = [];
  for (const verb of ['add', 'update', 'delete'] as const) informer.on(verb, (map) => seen.push(`${verb} ${map.metadata?.name ?? ''}=${map.data?.['value'] ?? ''}`));
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;
  // As the client's own documentation has it: it gives up on an error, and is started again.
  const again = (): void => {
    if (!stopped) retry = setTimeout(() => void informer.start().catch(again), 50);
  };
  informer.on('error', again);
  t.after(async () => {
    stopped = true;
    clearTimeout(retry);
    await informer.stop();
  });
  const expected: string[] = [];
  const sees = async (...events: readonly string[]): Promise<void> => {
    expected.push(...events);
    await until(() => seen.length >= expected.length || undefined, events.join(', '), () => seen.join(', '));
    // Events of different objects may come in either order after a new list; those of one object may not.
    assert.deepEqual(seen.toSorted(), expected.toSorted());
  };

  await informer.start();
  await sees('add a=1', 'add b=1');
  await change(first, 'a', '2');
  await sees('update a=2');
  await first.kube.create(aMap('c', '1'));
  await sees('add c=1');

  await first.end('SIGTERM');
  const second = await startControlProcess(t, dataDir);
  // Some of it before the informer is back, some after.
  await second.kube.delete(CONFIG_MAP, 'b', 'default');
  await change(second, 'c', '2');
  await second.kube.create(aMap('d', '1'));
  await sees('delete b=1', 'update c=2', 'add d=1');
  await change(second, 'd', '2');
  await sees('update d=2');

  await second.end('SIGKILL');
  const third = await startControlProcess(t, dataDir);
  await change(third, 'a', '3');
  await sees('update a=3');
  assert.deepEqual(informer.list('default').map((map) => map.metadata?.name ?? '').toSorted(), ['a', 'c', 'd']);
});
