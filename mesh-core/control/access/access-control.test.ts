import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { openObjectStore } from '../store/object-store.ts';
import { AccessControl } from './access-control.ts';
import { answerReview, type ReviewContext } from './access-reviews.ts';
import type { AuditEvent } from './audit-event.ts';
import { AuditLog } from './audit-log.ts';
import { grantProblem } from './check-grant.ts';
import { impersonationOf } from './impersonate.ts';
import { refusalText, requestedAccess } from './requested-access.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';
const role = (name: string, rules: object[], more: object = {}): KubeObject => ({ apiVersion: RBAC, kind: 'ClusterRole', metadata: { name, ...more }, rules }) as KubeObject;
const bind = (name: string, roleName: string, user: string, namespace?: string): KubeObject => ({ apiVersion: RBAC, kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding', metadata: { name, ...(namespace === undefined ? {} : { namespace }) }, roleRef: { kind: 'ClusterRole', name: roleName }, subjects: [{ kind: 'User', name: user }] }) as KubeObject;

test('a method and a path are a verb on a resource', () => {
  const target = { group: '', resource: 'configmaps', namespace: 'shop' };
  const verbs = (['GET', 'POST', 'DELETE'] as const).map((method) => requestedAccess(method, false, target).verb);
  assert.deepEqual(verbs, ['list', 'create', 'deletecollection']);
  assert.deepEqual((['GET', 'PUT', 'PATCH', 'DELETE'] as const).map((method) => requestedAccess(method, false, { ...target, name: 'a' }).verb), ['get', 'update', 'patch', 'delete']);
  assert.equal(requestedAccess('GET', true, target).verb, 'watch');
  assert.deepEqual(requestedAccess('GET', false, { path: '/version' }), { verb: 'get', path: '/version' });
  assert.equal(refusalText('ann', requestedAccess('GET', false, { ...target, name: 'a' }), ''), 'User "ann" cannot get resource "configmaps" in API group "" in the namespace "shop"');
  assert.equal(refusalText('ann', requestedAccess('POST', false, { group: '', resource: 'namespaces' }), ''), 'User "ann" cannot create resource "namespaces" in API group "" at the cluster scope');
  assert.equal(refusalText('ann', { verb: 'get', path: '/metrics' }, ''), 'User "ann" cannot get path "/metrics"');
});

test('to act as somebody else takes a permission for each name that is taken', () => {
  const caller = { name: 'admin', groups: ['system:masters'] };
  assert.equal(impersonationOf({}, caller), undefined);
  assert.equal(impersonationOf({ 'impersonate-group': 'devs' }, caller), 'no-user');
  const as = impersonationOf({ 'impersonate-user': 'ann', 'impersonate-group': 'devs, ops' }, caller);
  assert.ok(as !== undefined && as !== 'no-user');
  assert.deepEqual(as.user, { name: 'ann', groups: ['devs', 'ops', 'system:authenticated'], impersonator: caller });
  assert.deepEqual(as.needs.map((need) => ('resource' in need ? `${need.verb} ${need.resource} ${need.name ?? ''}` : '')), ['impersonate users ann', 'impersonate groups devs', 'impersonate groups ops']);
  const account = impersonationOf({ 'impersonate-user': 'system:serviceaccount:shop:web' }, caller);
  assert.ok(account !== undefined && account !== 'no-user');
  assert.deepEqual(account.user.groups, ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated']);
  assert.deepEqual(account.needs, [{ verb: 'impersonate', group: '', resource: 'serviceaccounts', namespace: 'shop', name: 'web' }]);
});

test('built-in roles are there from the start, aggregation follows new roles, and a withdrawn binding allows nothing', () => {
  const store = openObjectStore({ file: ':memory:' });
  const access = new AccessControl(store, silentLogger);
  const view = { verb: 'list', group: 'networking.istio.io', resource: 'virtualservices', namespace: 'default' };
  assert.equal(access.decide({ name: 'ann', groups: [] }, view).allowed, false);
  store.create(servedKind('RoleBinding'), bind('b', 'view', 'ann', 'default'));
  assert.equal(access.decide({ name: 'ann', groups: [] }, view).allowed, true);
  assert.equal(access.decide({ name: 'ann', groups: [] }, { ...view, namespace: 'istio-system' }).allowed, false);
  const widgets = { verb: 'get', group: 'example.org', resource: 'widgets', namespace: 'default' };
  assert.equal(access.decide({ name: 'ann', groups: [] }, widgets).allowed, false);
  store.create(servedKind('ClusterRole'), role('widgets', [{ verbs: ['get'], apiGroups: ['example.org'], resources: ['widgets'] }], { labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } }));
  assert.equal(access.decide({ name: 'ann', groups: [] }, widgets).allowed, true, 'view gathers it');
  store.delete(servedKind('RoleBinding'), 'b', 'default');
  assert.equal(access.decide({ name: 'ann', groups: [] }, widgets).allowed, false);
  access.close();
  store.close();
});

test('nobody gives away what they do not hold', () => {
  const store = openObjectStore({ file: ':memory:' });
  const access = new AccessControl(store, silentLogger);
  store.create(servedKind('RoleBinding'), bind('b', 'admin', 'ann', 'default'));
  const ann = { name: 'ann', groups: ['system:authenticated'] };
  const problem = (object: KubeObject, previous?: KubeObject): string | undefined => grantProblem(access.rules(), ann, object, previous);
  assert.equal(problem(bind('c', 'edit', 'bob', 'default')), undefined, 'admin holds all of edit');
  assert.match(problem(bind('c', 'cluster-admin', 'bob', 'default')) ?? '', /^user "ann" \(groups=\["system:authenticated"\]\) is attempting to grant RBAC permissions not currently held:\n\{APIGroups:\["\*"\], Resources:\["\*"\], Verbs:\["\*"\]\}\n\{NonResourceURLs/);
  assert.match(problem(bind('c', 'view', 'bob')) ?? '', /not currently held/, 'of the whole cluster');
  assert.equal(problem(bind('c', 'gone', 'bob', 'default')), 'clusterrole.rbac.authorization.k8s.io "gone" not found');
  const stored = bind('c', 'cluster-admin', 'bob', 'default');
  assert.equal(problem({ ...stored, metadata: { ...stored.metadata, labels: { a: 'b' } } }, stored), undefined, 'a label gives nothing away');
  assert.match(problem({ ...role('r', []), aggregationRule: { clusterRoleSelectors: [] } } as KubeObject) ?? '', /not currently held/, 'gathering roles gives all of them');
  store.create(servedKind('ClusterRole'), role('binder', [{ verbs: ['bind'], apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], resourceNames: ['cluster-admin'] }]));
  store.create(servedKind('ClusterRoleBinding'), bind('binders', 'binder', 'ann'));
  assert.equal(problem(bind('c', 'cluster-admin', 'bob', 'default')), undefined, 'who may bind a role needs not hold it');
  access.close();
  store.close();
});

test('questions about access are answered in their own form', () => {
  const store = openObjectStore({ file: ':memory:' });
  const access = new AccessControl(store, silentLogger);
  store.create(servedKind('RoleBinding'), bind('b', 'view', 'ann', 'default'));
  const context: ReviewContext = { user: { name: 'ann', groups: ['system:authenticated'] }, rules: () => access.rules(), decide: (who, what) => access.decide(who, what), namespace: undefined };
  const status = (kind: Parameters<typeof answerReview>[0], spec: object): unknown => {
    const answer = answerReview(kind, { kind, spec }, context);
    return answer.ok ? answer.body['status'] : answer.message;
  };
  const attributes = (verb: string, namespace: string): object => ({ resourceAttributes: { verb, group: '', resource: 'configmaps', namespace } });
  assert.deepEqual(status('SelfSubjectAccessReview', attributes('get', 'default')), { allowed: true, reason: 'RBAC: allowed by RoleBinding "b/default" of ClusterRole "view" to User "ann"' });
  assert.deepEqual(status('SelfSubjectAccessReview', attributes('delete', 'default')), { allowed: false });
  assert.deepEqual(status('SubjectAccessReview', { ...attributes('get', 'default'), user: 'bob' }), { allowed: false });
  assert.equal(status('SubjectAccessReview', attributes('get', 'default')), 'at least one of spec.user and spec.groups must be specified');
  assert.equal(status('SelfSubjectAccessReview', {}), 'exactly one of spec.resourceAttributes and spec.nonResourceAttributes must be specified');
  assert.deepEqual(status('SelfSubjectReview', {}), { userInfo: { username: 'ann', groups: ['system:authenticated'] } });
  const rules = status('SelfSubjectRulesReview', { namespace: 'default' }) as { resourceRules: { verbs: string[]; resources: string[] }[] };
  assert.ok(rules.resourceRules.some(({ verbs, resources }) => verbs.includes('list') && resources.includes('virtualservices')));
  access.close();
  store.close();
});

test('the audit keeps its files within bounds and tells of events it could not write', () => {
  const folder = mkdtempSync(join(tmpdir(), 'binnacle-audit-'));
  try {
    const file = join(folder, 'audit.log');
    const event: AuditEvent = { kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'Metadata', auditID: 'x', stage: 'ResponseComplete', requestURI: '/', verb: 'get', user: { username: 'ann', groups: [] }, sourceIPs: [], userAgent: '', responseStatus: { code: 200 }, requestReceivedTimestamp: '', stageTimestamp: '', annotations: {} };
    const audit = new AuditLog(file, silentLogger, 1000);
    for (let i = 0; i < 20; i++) audit.write({ ...event, auditID: String(i) });
    audit.close();
    assert.ok(existsSync(`${file}.3`) && !existsSync(`${file}.4`));
    assert.match(readFileSync(file, 'utf8'), /"auditID":"19"/);
    const broken = new AuditLog(join(file, 'not-a-folder'), silentLogger);
    broken.write(event);
    broken.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
