import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_SNAPSHOT, type MeshSnapshot } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import type { ServerContext } from '#server/server-context.ts';
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
const ctx = { config: { list: () => entries, snapshot: () => snapshot } } as unknown as Pick<ServerContext, 'config'>;
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
test('a caller is a namespace and a workload', () => {
  assert.equal(SimulateBody.safeParse({ from: 'ui-v1', host: 'inventory' }).success, false);
});
