import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { mayReadSecrets } from './may-read-secrets.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
const role = (name: string, rule: object, namespace?: string) => ({ apiVersion: RBAC, kind: namespace === undefined ? 'ClusterRole' : 'Role', metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch'], ...rule }] });
const binding = (to: object, of: { kind: string; name: string }, namespace?: string) => ({ apiVersion: RBAC, kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding', metadata: { name: 'b', ...(namespace === undefined ? {} : { namespace }) }, subjects: [to], roleRef: of });
const gw = { kind: 'ServiceAccount', name: 'gw', namespace: 'edge' };
const reader = { kind: 'Role', name: 'reader' };

test('an account reads secrets when a role that lists them is bound to it', () => {
  const cases: [string, boolean, KubeObject[]][] = [
    ['nothing bound', false, []],
    ['role and binding', true, [role('reader', {}, 'edge'), binding(gw, reader, 'edge')]],
    ['by its user name', true, [role('reader', {}, 'edge'), binding({ kind: 'User', name: 'system:serviceaccount:edge:gw' }, reader, 'edge')]],
    ['all accounts of the namespace', true, [role('reader', {}, 'edge'), binding({ kind: 'Group', name: 'system:serviceaccounts:edge' }, reader, 'edge')]],
    ['a cluster role bound here', true, [role('reader', { verbs: ['*'], apiGroups: ['*'] }), binding(gw, { kind: 'ClusterRole', name: 'reader' }, 'edge')]],
    ['a cluster role bound everywhere', true, [role('reader', {}), binding(gw, { kind: 'ClusterRole', name: 'reader' })]],
    ['bound in another namespace', false, [role('reader', {}, 'shop'), binding(gw, reader, 'shop')]],
    ['another account', false, [role('reader', {}, 'edge'), binding({ ...gw, name: 'other' }, reader, 'edge')]],
    ['only get', false, [role('reader', { verbs: ['get'] }, 'edge'), binding(gw, reader, 'edge')]],
    ['only some by name', false, [role('reader', { resourceNames: ['web'] }, 'edge'), binding(gw, reader, 'edge')]],
    ['other resources', false, [role('reader', { resources: ['configmaps'] }, 'edge'), binding(gw, reader, 'edge')]],
    ['a role that is not there', false, [binding(gw, reader, 'edge')]],
  ];
  for (const [what, expected, objects] of cases) {
    const store = {
      list: ({ kind }: KindInfo) => objects.filter((object) => object.kind === kind),
      get: ({ kind }: KindInfo, name: string, namespace?: string) => objects.find((object) => object.kind === kind && object.metadata.name === name && object.metadata.namespace === namespace),
    };
    assert.equal(mayReadSecrets(store, { trustDomain: 'cluster.local', namespace: 'edge', serviceAccount: 'gw' }), expected, what);
  }
});
