import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuthorizationPolicy, AuthorizationPolicySpec, AuthorizationRule } from '#mesh-core/domain/resources/security.ts';
import { authorizationProblems, newAuthorization, readAuthorization, writeAuthorization, type AuthorizationForm, type Callers } from './authorization-model.ts';
import { describeAuthorization } from './describe-authorization.ts';

const aPolicy = (spec: AuthorizationPolicySpec): AuthorizationPolicy => ({ apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy', metadata: { name: 'inventory', namespace: 'shop', resourceVersion: '3' }, spec });
const read = (policy: AuthorizationPolicy): AuthorizationForm => {
  const result = readAuthorization(policy);
  return result.kind === 'editable' ? result.form : assert.fail(result.reason);
};
const CATALOG = 'cluster.local/ns/shop/sa/catalog';
const inventory = aPolicy({ selector: { matchLabels: { app: 'inventory' } }, action: 'ALLOW', rules: [{ from: [{ source: { principals: [CATALOG] } }], to: [{ operation: { methods: ['GET'] } }] }] });

const callers: readonly (readonly [AuthorizationRule['from'], Callers])[] = [
  [undefined, { kind: 'anyone', principals: [], namespaces: [] }],
  [[{ source: { principals: ['*'] } }], { kind: 'authenticated', principals: [], namespaces: [] }],
  [[{ source: { notPrincipals: ['*'] } }], { kind: 'unauthenticated', principals: [], namespaces: [] }],
  [[{ source: { principals: ['a', 'b'] } }, { source: { namespaces: ['shop'] } }], { kind: 'listed', principals: ['a', 'b'], namespaces: ['shop'] }],
];
for (const [from, want] of callers) {
  test(`callers ${want.kind} are read and written back the same`, () => {
    const policy = aPolicy({ action: 'DENY', rules: [from === undefined ? {} : { from }] });
    const form = read(policy);
    assert.deepEqual(form.rules.map((rule) => rule.kind === 'rule' && rule.callers), [want]);
    assert.deepEqual(writeAuthorization(undefined, form).spec, policy.spec);
  });
}

test('an untouched policy is written back exactly as it was, also where the form would word it otherwise', () => {
  const odd = aPolicy({ selector: { matchLabels: { app: 'inventory' } }, rules: [{ from: [{ source: { namespaces: ['a'] } }, { source: { principals: ['p'] } }], to: [{ operation: {} }] }] });
  assert.deepEqual(writeAuthorization(odd, read(odd)), odd);
});

test('rules with conditions the form has no words for stay, whatever happens around them', () => {
  const foreign: AuthorizationRule = { from: [{ source: { principals: [CATALOG], namespaces: ['shop'] } }], when: [{ key: 'request.headers[x]', values: ['1'] }] };
  const policy = aPolicy({ action: 'ALLOW', rules: [foreign, { to: [{ operation: { hosts: ['h'] } }] }, { from: [{ source: { ipBlocks: ['10.0.0.0/8'] } }] }] });
  const form = read(policy);
  assert.deepEqual(form.rules.map((rule) => (rule.kind === 'foreign' ? rule.fields : [])), [['when', 'from'], ['hosts'], ['from']]);
  const written = writeAuthorization(policy, { ...form, action: 'DENY', rules: [...form.rules.slice(0, 1), { kind: 'rule', id: 'n', origin: null, callers: { kind: 'listed', principals: [CATALOG], namespaces: [] }, methods: ['PUT'], paths: ['/a*'] }] });
  assert.deepEqual(written.spec?.rules, [foreign, { from: [{ source: { principals: [CATALOG] } }], to: [{ operation: { methods: ['PUT'], paths: ['/a*'] } }] }]);
  assert.equal(written.spec?.action, 'DENY');
  assert.equal(written.metadata.resourceVersion, '3');
});

test('AUDIT, CUSTOM and targetRefs are left to the YAML editor', () => {
  for (const spec of [{ action: 'AUDIT' }, { action: 'CUSTOM', provider: { name: 'x' } }, { targetRefs: [{ kind: 'Gateway', name: 'g' }] }] satisfies AuthorizationPolicySpec[]) assert.equal(readAuthorization(aPolicy(spec)).kind, 'too-complex');
});

const sentences: readonly (readonly [AuthorizationPolicySpec, readonly string[]])[] = [
  [inventory.spec ?? {}, ['Allows shop/catalog to GET inventory.', 'Every other request to inventory is refused with 403, unless another ALLOW policy permits it.']],
  [{ selector: { matchLabels: { app: 'inventory', version: 'v1' } }, action: 'DENY', rules: [{ from: [{ source: { namespaces: ['test'] } }], to: [{ operation: { methods: ['PUT', 'POST'], paths: ['/admin*', '/x'] } }] }] }, ['Forbids everything in namespace test to PUT or POST paths under /admin or /x of inventory v1.', 'It is asked before any ALLOW policy. Other requests to inventory v1 are not touched by it.']],
  [{}, ['Allows nobody: every request to every workload in shop is refused, unless another ALLOW policy permits it.']],
  [{ action: 'ALLOW', rules: [{}] }, ['Allows anybody to use every workload in shop.', 'Nothing is left to refuse.']],
  [{ action: 'DENY' }, ['Denies nothing: it has no rules.']],
];
for (const [spec, want] of sentences) test(`in words: ${want[0] ?? ''}`, () => assert.deepEqual(describeAuthorization(read(aPolicy(spec))), want));

test('a form without a name, callers or with a path that is none cannot be written', () => {
  const form = newAuthorization('shop');
  assert.deepEqual(authorizationProblems(form).map(({ field }) => field), ['name', 'callers']);
  assert.deepEqual(authorizationProblems({ ...form, name: 'ok', rules: [{ kind: 'rule', id: 'r', origin: null, callers: { kind: 'anyone', principals: [], namespaces: [] }, methods: [], paths: ['items'] }] }).map(({ field }) => field), ['paths']);
});

test('a new policy begins with the app that is called and the identity that calls it', () => {
  const form = newAuthorization('shop', { app: 'inventory', principal: 'cluster.local/ns/shop/sa/cart' });
  assert.deepEqual(writeAuthorization(undefined, { ...form, name: 'cart-only' }).spec, {
    selector: { matchLabels: { app: 'inventory' } },
    action: 'ALLOW',
    rules: [{ from: [{ source: { principals: ['cluster.local/ns/shop/sa/cart'] } }] }],
  });
  assert.deepEqual(authorizationProblems(form).map(({ field }) => field), ['name']);
});
