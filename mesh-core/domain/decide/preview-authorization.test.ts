import assert from 'node:assert/strict';
import test from 'node:test';
import type { AuthorizationPolicy, AuthorizationPolicySpec } from '../resources/security.ts';
import { aSnapshot } from '../resources/references/a-snapshot.ts';
import { aWorkload } from '../translate/a-proxy.ts';
import { previewAuthorization } from './preview-authorization.ts';
import type { ObservedEdge } from './preview-authorization.ts';

const CATALOG = 'spiffe://cluster.local/ns/shop/sa/catalog';
const ROGUE = 'spiffe://cluster.local/ns/shop/sa/rogue';
const allowCatalog: AuthorizationPolicySpec = { selector: { matchLabels: { app: 'inventory' } }, rules: [{ from: [{ source: { principals: ['cluster.local/ns/shop/sa/catalog'] } }] }] };
const getOnly: AuthorizationPolicySpec = { ...allowCatalog, rules: [{ to: [{ operation: { methods: ['GET'] } }] }] };
const denyRogue: AuthorizationPolicySpec = { action: 'DENY', rules: [{ from: [{ source: { principals: ['cluster.local/ns/shop/sa/rogue'] } }], to: [{ operation: { paths: ['/admin*'] } }] }] };

interface Case {
  readonly rule: string;
  readonly now?: AuthorizationPolicySpec;
  readonly candidate: AuthorizationPolicySpec;
  readonly edge: Partial<ObservedEdge>;
  readonly verdicts: readonly [before: string, after: string];
  readonly reason: string;
}
const CASES: readonly Case[] = [
  { rule: 'a caller that is not allowed loses its way', candidate: allowCatalog, edge: { sourcePrincipal: ROGUE }, verdicts: ['permit', 'deny'], reason: 'no ALLOW rule matches it: shop/p' },
  { rule: 'a caller that is allowed keeps it', candidate: allowCatalog, edge: {}, verdicts: ['permit', 'permit'], reason: 'allowed by shop/p (rule 1)' },
  { rule: 'the candidate replaces the policy of its name', now: denyRogue, candidate: allowCatalog, edge: { sourcePrincipal: ROGUE, path: '/admin' }, verdicts: ['deny', 'deny'], reason: 'no ALLOW rule matches it: shop/p' },
  { rule: 'a method that metrics do not tell leaves it open', candidate: getOnly, edge: {}, verdicts: ['permit', 'depends'], reason: 'depends on the method: shop/p (rule 1)' },
  { rule: 'a method that is known decides', candidate: getOnly, edge: { method: 'POST' }, verdicts: ['permit', 'deny'], reason: 'no ALLOW rule matches it: shop/p' },
  { rule: 'a fact that no rule asks this caller for leaves nothing open', candidate: denyRogue, edge: {}, verdicts: ['permit', 'permit'], reason: 'no policy refuses it' },
  { rule: 'a denied path leaves the denied caller open', candidate: denyRogue, edge: { sourcePrincipal: ROGUE }, verdicts: ['permit', 'depends'], reason: 'depends on the path: shop/p (rule 1)' },
  { rule: 'a caller whom telemetry does not name is open', candidate: allowCatalog, edge: { sourcePrincipal: 'unknown' }, verdicts: ['permit', 'depends'], reason: "depends on the caller's identity: shop/p (rule 1)" },
  { rule: 'plain text has no identity', candidate: allowCatalog, edge: { sourcePrincipal: 'unknown', mutualTls: false }, verdicts: ['permit', 'deny'], reason: 'no ALLOW rule matches it: shop/p' },
  { rule: 'another workload is not touched', candidate: allowCatalog, edge: { sourcePrincipal: ROGUE, destinationWorkload: 'catalog-v1' }, verdicts: ['permit', 'permit'], reason: 'no policy refuses it' },
  { rule: 'a workload that has left is known by its service', candidate: allowCatalog, edge: { sourcePrincipal: ROGUE, destinationWorkload: 'inventory-v9', destinationService: 'inventory.shop.svc.cluster.local' }, verdicts: ['permit', 'deny'], reason: 'no ALLOW rule matches it: shop/p' },
  { rule: 'a workload of which nothing is known is open', candidate: allowCatalog, edge: { destinationWorkload: 'gone' }, verdicts: ['permit', 'depends'], reason: 'the labels of shop/gone are not known, so neither is whether shop/p selects it' },
];

for (const { rule, now, candidate, edge, verdicts, reason } of CASES) {
  test(rule, () => {
    const [preview] = previewAuthorization(snapshot(now), [policy(candidate)], [{ ...EDGE, ...edge }]);
    assert.deepEqual([preview?.before.verdict, preview?.after.verdict], verdicts);
    assert.equal(preview?.after.reason, reason);
  });
}

test('removing a policy gives back what it refused, and tells the rule that did', () => {
  const [preview] = previewAuthorization(snapshot(denyRogue), [policy(denyRogue)], [{ ...EDGE, sourcePrincipal: ROGUE, path: '/admin/x' }], { remove: true });
  assert.deepEqual(preview?.before.policy, { namespace: 'shop', name: 'p', rule: 0 });
  assert.deepEqual([preview.before.verdict, preview.after.verdict], ['deny', 'permit']);
});

test('adding a DENY policy never permits what was refused', () => {
  for (const now of [undefined, allowCatalog, getOnly, denyRogue]) {
    for (const sourcePrincipal of [CATALOG, ROGUE, 'unknown']) {
      for (const method of [undefined, 'GET', 'POST']) {
        const edge = { ...EDGE, sourcePrincipal, ...(method === undefined ? {} : { method }) };
        const [preview] = previewAuthorization(snapshot(now), [{ ...policy(denyRogue), metadata: { name: 'more', namespace: 'shop' } }], [edge]);
        assert.ok(preview?.before.verdict !== 'deny' || preview.after.verdict === 'deny');
      }
    }
  }
});

const EDGE: ObservedEdge = { sourcePrincipal: CATALOG, sourceNamespace: 'shop', destinationWorkload: 'inventory-v1', destinationNamespace: 'shop' };

function policy(spec: AuthorizationPolicySpec): AuthorizationPolicy {
  return { apiVersion: 'security.istio.io/v1', kind: 'AuthorizationPolicy', metadata: { name: 'p', namespace: 'shop' }, spec };
}

function snapshot(now: AuthorizationPolicySpec | undefined): ReturnType<typeof aSnapshot> {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'inventory', namespace: 'shop' }, spec: { selector: { app: 'inventory' }, ports: [{ name: 'http', port: 80 }] } };
  return aSnapshot(service, aWorkload('inventory', 'v1', 4001), aWorkload('catalog', 'v1', 4002), ...(now === undefined ? [] : [policy(now)]));
}
