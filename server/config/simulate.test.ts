import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_SNAPSHOT, type MeshSnapshot } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import type { ServerContext } from '#server/server-context.ts';
import { ServerError } from '#server/server-error.ts';
import { simulate, SimulateBody } from './simulate.ts';

const entry = (name: string, version: string) => ({ apiVersion: 'networking.istio.io/v1', kind: 'WorkloadEntry', metadata: { name, namespace: 'shop', annotations: { 'istio.io/autoRegistrationGroup': `${name}-${version}` } }, spec: { address: '127.0.0.1', ports: { http: 9001 }, serviceAccount: name, labels: { app: name, version, 'security.istio.io/tlsMode': 'istio' } } });
const entries = [entry('ui', 'v1'), entry('inventory', 'v1')];
const snapshot: MeshSnapshot = {
  ...EMPTY_SNAPSHOT,
  services: [{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'inventory', namespace: 'shop' }, spec: { selector: { app: 'inventory' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] } }],
  workloadEntries: entries,
  authorizationPolicies: [{ apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy', metadata: { name: 'get-only', namespace: 'shop' }, spec: { selector: { matchLabels: { app: 'inventory' } }, action: 'ALLOW', rules: [{ to: [{ operation: { methods: ['GET'] } }] }] } }],
};
// Only what the verb reads.
const ctx = { config: { list: () => entries, get: (_kind: string, _namespace: string, name: string) => snapshot.authorizationPolicies.find(({ metadata }) => metadata.name === name), snapshot: () => snapshot } } as unknown as Pick<ServerContext, 'config'>;
const verdictOf = (method: string): string | undefined => {
  const { outcome } = simulate(ctx, SimulateBody.parse({ from: 'shop/ui-v1', host: 'inventory', method }));
  return outcome.kind === 'forwarded' ? outcome.destinations[0]?.workloads[0]?.authorization.verdict : outcome.kind;
};

test('a request is followed to the verdict of the policies at its destination', () => {
  assert.deepEqual([verdictOf('GET'), verdictOf('POST')], ['permit', 'deny']);
});
test('a caller that is not registered is told', () => {
  assert.throws(() => simulate(ctx, SimulateBody.parse({ from: 'shop/nobody', host: 'inventory' })), /No instance of "nobody"/);
});
test('a change that is not written is tried beside the configuration of now', () => {
  const yaml = JSON.stringify({ ...snapshot.authorizationPolicies[0], spec: { selector: { matchLabels: { app: 'inventory' } }, action: 'DENY', rules: [{ to: [{ operation: { methods: ['GET'] } }] }] } });
  const { outcomes, changed } = simulate(ctx, SimulateBody.parse({ from: 'shop/ui-v1', host: 'inventory', yaml }));
  assert.deepEqual([outcomes.map(({ by }) => by), changed?.outcomes.map(({ status }) => status), changed?.objects.map(({ kind, name, isNew }) => [kind, name, isNew])], [['app'], [403], [['AuthorizationPolicy', 'get-only', false]]]);
  assert.equal(snapshot.authorizationPolicies[0]?.spec?.action, 'ALLOW');
});
test('a change with errors is refused with their places', () => {
  const yaml = 'apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: x, namespace: shop}\nspec: {action: MAYBE}\n';
  assert.throws(() => simulate(ctx, SimulateBody.parse({ from: 'shop/ui-v1', host: 'inventory', yaml })), (error: unknown) => {
    assert.ok(error instanceof ServerError);
    assert.deepEqual([error.code, error.causes.map(({ field, line, column }) => [field, line, column])], ['invalid', [['spec.action', 4, 16]]]);
    return true;
  });
});
test('claims are sent as a token that counts as signed', () => {
  const tokens = { apiVersion: 'security.istio.io/v1', kind: 'RequestAuthentication', metadata: { name: 'ids', namespace: 'shop' }, spec: { jwtRules: [{ issuer: 'https://id.shop', jwks: '{"keys":[]}' }] } };
  const withTokens = { config: { list: () => entries, snapshot: () => ({ ...snapshot, requestAuthentications: [tokens] }) } } as unknown as Pick<ServerContext, 'config'>;
  const { outcome } = simulate(withTokens, SimulateBody.parse({ from: 'shop/ui-v1', host: 'inventory', claims: { iss: 'https://id.shop', group: 'a' } }));
  assert.equal(outcome.kind === 'forwarded' ? outcome.destinations[0]?.workloads[0]?.arrival?.token?.token : outcome.kind, 'accepted-if-signed');
});
test('a namespace alone stands for a program there without a sidecar', () => {
  const { caller, outcomes } = simulate(ctx, SimulateBody.parse({ from: 'shop/', host: 'inventory' }));
  assert.deepEqual([caller, outcomes.map(({ by, reached }) => [by, reached])], ['none', [['app', 'shop/inventory-v1']]]);
});
test('a caller is a namespace and a workload', () => {
  assert.equal(SimulateBody.safeParse({ from: 'ui-v1', host: 'inventory' }).success, false);
});
