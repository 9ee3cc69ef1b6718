import assert from 'node:assert/strict';
import test from 'node:test';
import type { KubeObject } from '../resources/kube-object.ts';
import { aSnapshot } from '../resources/references/a-snapshot.ts';
import { registryOf } from './service-registry.ts';

const service = (name: string, spec: object): KubeObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' }, spec: { ports: [{ name: 'http', port: 80 }], ...spec } }) as KubeObject;
const alias = (name: string, to: string): KubeObject => service(name, { type: 'ExternalName', externalName: `${to}.shop.svc.cluster.local` });

const CASES: readonly (readonly [rule: string, objects: readonly KubeObject[], aliases: readonly string[] | undefined])[] = [
  ['no alias', [], []],
  ['an alias of it', [alias('old', 'web')], ['old.shop.svc.cluster.local']],
  ['an alias of an alias', [alias('old', 'web'), alias('older', 'old')], ['old.shop.svc.cluster.local', 'older.shop.svc.cluster.local']],
  ['a ring of aliases, which leads nowhere', [alias('a', 'b'), alias('b', 'a')], []],
];
for (const [rule, objects, aliases] of CASES) {
  test(`ExternalName Services: ${rule}`, () => {
    const web = registryOf(aSnapshot(service('web', { clusterIP: '10.0.0.1' }), ...objects)).services.find(({ hostname }) => hostname === 'web.shop.svc.cluster.local');
    assert.deepEqual(web?.aliases, aliases);
  });
}
