import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aggregatedRules } from './aggregate-roles.ts';
import { builtInClusterRoleBindings, builtInClusterRoles, reconciled } from './built-in-roles.ts';
import { decideAccess, ruleAllows, rulesFor } from './evaluate-access.ts';
import type { AccessRequest, AccessRules, ClusterRole, PolicyRule, RoleBinding } from './rbac-objects.ts';
import { joinVerbs, missingRules, ruleText } from './rules-cover.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
const rule = (verbs: string[], resources: string[], more: Partial<PolicyRule> = {}): PolicyRule => ({ verbs, apiGroups: [''], resources, ...more });
const binding = (kind: 'RoleBinding' | 'ClusterRoleBinding', name: string, to: string, subjects: RoleBinding['subjects'], namespace?: string): RoleBinding => {
  const [roleKind = '', roleName = ''] = to.split('/');
  return { apiVersion: RBAC, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, roleRef: { kind: roleKind, name: roleName }, ...(subjects === undefined ? {} : { subjects }) };
};

test('a rule allows what its verbs, groups, resources and names say', () => {
  const cases: readonly (readonly [string, PolicyRule, AccessRequest, boolean])[] = [
    ['verb and resource', rule(['get'], ['secrets']), { verb: 'get', group: '', resource: 'secrets' }, true],
    ['another verb', rule(['get'], ['secrets']), { verb: 'list', group: '', resource: 'secrets' }, false],
    ['all verbs', rule(['*'], ['secrets']), { verb: 'escalate', group: '', resource: 'secrets' }, true],
    ['another group', rule(['get'], ['gateways']), { verb: 'get', group: 'networking.istio.io', resource: 'gateways' }, false],
    ['all groups', rule(['get'], ['gateways'], { apiGroups: ['*'] }), { verb: 'get', group: 'networking.istio.io', resource: 'gateways' }, true],
    ['a resource is not its subresource', rule(['update'], ['namespaces']), { verb: 'update', group: '', resource: 'namespaces', subresource: 'status' }, false],
    ['a subresource by name', rule(['update'], ['namespaces/status']), { verb: 'update', group: '', resource: 'namespaces', subresource: 'status' }, true],
    ['a subresource of everything', rule(['update'], ['*/status']), { verb: 'update', group: '', resource: 'namespaces', subresource: 'status' }, true],
    ['everything has subresources', rule(['update'], ['*']), { verb: 'update', group: '', resource: 'namespaces', subresource: 'status' }, true],
    ['a name', rule(['get'], ['secrets'], { resourceNames: ['a'] }), { verb: 'get', group: '', resource: 'secrets', name: 'a' }, true],
    ['another name', rule(['get'], ['secrets'], { resourceNames: ['a'] }), { verb: 'get', group: '', resource: 'secrets', name: 'b' }, false],
    ['a list has no name', rule(['list'], ['secrets'], { resourceNames: ['a'] }), { verb: 'list', group: '', resource: 'secrets' }, false],
    ['a path', { verbs: ['get'], nonResourceURLs: ['/healthz'] }, { verb: 'get', path: '/healthz' }, true],
    ['a path prefix', { verbs: ['get'], nonResourceURLs: ['/api/*'] }, { verb: 'get', path: '/api/v1' }, true],
    ['a path beside it', { verbs: ['get'], nonResourceURLs: ['/api/*'] }, { verb: 'get', path: '/apis' }, false],
    ['a rule for paths allows no object', { verbs: ['*'], nonResourceURLs: ['*'] }, { verb: 'get', group: '', resource: 'secrets' }, false],
  ];
  for (const [name, given, request, expected] of cases) assert.equal(ruleAllows(given, request), expected, name);
});

test('bindings of a namespace reach no further, service accounts default to it, and the reason names the binding', () => {
  const rules: AccessRules = {
    roles: [{ apiVersion: RBAC, kind: 'Role', metadata: { name: 'reader', namespace: 'shop' }, rules: [rule(['get'], ['configmaps'])] }],
    clusterRoles: [{ apiVersion: RBAC, kind: 'ClusterRole', metadata: { name: 'view' }, rules: [rule(['list'], ['configmaps'])] }],
    roleBindings: [
      binding('RoleBinding', 'b', 'Role/reader', [{ kind: 'ServiceAccount', name: 'web' }], 'shop'),
      binding('RoleBinding', 'c', 'ClusterRole/view', [{ kind: 'Group', name: 'devs' }], 'shop'),
      binding('RoleBinding', 'd', 'Role/gone', [{ kind: 'User', name: 'ann' }], 'shop'),
    ],
    clusterRoleBindings: [],
  };
  const web = { name: 'system:serviceaccount:shop:web', groups: [] };
  assert.deepEqual(decideAccess(rules, web, { verb: 'get', group: '', resource: 'configmaps', namespace: 'shop' }), { allowed: true, reason: 'RBAC: allowed by RoleBinding "b/shop" of Role "reader" to ServiceAccount "web/shop"' });
  assert.equal(decideAccess(rules, web, { verb: 'get', group: '', resource: 'configmaps', namespace: 'other' }).allowed, false);
  assert.equal(decideAccess(rules, { name: 'bob', groups: ['devs'] }, { verb: 'list', group: '', resource: 'configmaps', namespace: 'shop' }).allowed, true);
  assert.equal(decideAccess(rules, { name: 'bob', groups: ['devs'] }, { verb: 'list', group: '', resource: 'configmaps' }).allowed, false);
  assert.deepEqual(decideAccess(rules, { name: 'ann', groups: [] }, { verb: 'get', group: '', resource: 'configmaps', namespace: 'shop' }), { allowed: false, reason: 'RBAC: role.rbac.authorization.k8s.io "gone" not found' });
});

test('what somebody lacks of the rules they want to give away is told rule by rule', () => {
  const held = [rule(['get', 'list'], ['configmaps', '*/status']), rule(['get'], ['secrets'], { resourceNames: ['a'] }), { verbs: ['get'], nonResourceURLs: ['/api/*'] }];
  assert.deepEqual(missingRules(held, [rule(['get'], ['configmaps', 'services/status'])]), []);
  assert.deepEqual(missingRules(held, [rule(['get'], ['secrets'], { resourceNames: ['a'] })]), []);
  assert.deepEqual(missingRules(held, [rule(['get'], ['secrets'])]), [rule(['get'], ['secrets'])], 'one name is not all names');
  assert.deepEqual(missingRules(held, [{ verbs: ['get'], nonResourceURLs: ['/api/v1', '/healthz'] }]), [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }]);
  const lacking = joinVerbs(missingRules(held, [rule(['get', 'delete', 'patch'], ['configmaps'])]));
  assert.deepEqual(lacking.map(ruleText), ['{APIGroups:[""], Resources:["configmaps"], Verbs:["delete" "patch"]}']);
  assert.deepEqual(missingRules([rule(['*'], ['*'], { apiGroups: ['*'] })], [rule(['get'], ['a/b'])]), []);
});

test('view, edit and admin grow from one to the next, and view reads no secrets', () => {
  const bare = builtInClusterRoles();
  // Aggregation is repeated until nothing changes, as its controller would.
  let roles = bare;
  for (let round = 0; round < 3; round++) roles = roles.map((role): ClusterRole => ({ ...role, rules: aggregatedRules(role, roles) ?? role.rules ?? [] }));
  const can = (roleName: string, verb: string, group: string, resource: string): boolean => {
    const rules: AccessRules = { roles: [], clusterRoles: roles, roleBindings: [binding('RoleBinding', 'b', `ClusterRole/${roleName}`, [{ kind: 'User', name: 'u' }], 'shop')], clusterRoleBindings: builtInClusterRoleBindings() };
    return decideAccess(rules, { name: 'u', groups: ['system:authenticated'] }, { verb, group, resource, namespace: 'shop' }).allowed;
  };
  const table: readonly (readonly [string, string, string, readonly boolean[]])[] = [
    ['get', 'networking.istio.io', 'virtualservices', [true, true, true]],
    ['patch', 'networking.istio.io', 'virtualservices', [false, true, true]],
    ['create', 'gateway.networking.k8s.io', 'httproutes', [false, true, true]],
    ['get', '', 'secrets', [false, true, true]],
    ['list', 'discovery.k8s.io', 'endpointslices', [true, true, true]],
    ['create', 'rbac.authorization.k8s.io', 'rolebindings', [false, false, true]],
    ['create', 'rbac.authorization.k8s.io', 'clusterroles', [false, false, false]],
    ['delete', '', 'namespaces', [false, false, false]],
    ['create', 'authorization.k8s.io', 'selfsubjectaccessreviews', [true, true, true]],
  ];
  for (const [verb, group, resource, expected] of table) assert.deepEqual(['view', 'edit', 'admin'].map((roleName) => can(roleName, verb, group, resource)), expected, `${verb} ${resource}`);
  const masters = rulesFor({ roles: [], clusterRoles: roles, roleBindings: [], clusterRoleBindings: builtInClusterRoleBindings() }, { name: 'x', groups: ['system:masters'] }, undefined);
  assert.equal(masters.applied.some(({ rule: held }) => ruleAllows(held, { verb: 'delete', group: '', resource: 'namespaces' })), true);
});

test('built-in roles get what they lack, keep what was added, and are left alone when told so', () => {
  const wanted = builtInClusterRoles().find(({ metadata }) => metadata.name === 'system:basic-user');
  assert.ok(wanted);
  assert.equal(reconciled(undefined, wanted), wanted);
  assert.equal(reconciled(wanted, wanted), undefined);
  const extra = rule(['get'], ['configmaps']);
  const changed: ClusterRole = { ...wanted, rules: [extra] };
  assert.deepEqual((reconciled(changed, wanted) as ClusterRole).rules, [extra, ...(wanted.rules ?? [])]);
  assert.equal(reconciled({ ...changed, metadata: { ...changed.metadata, annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } } }, wanted), undefined);
});
