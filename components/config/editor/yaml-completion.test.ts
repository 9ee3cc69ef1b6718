import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeAt } from './yaml-completion.ts';

const NAMES = { host: ['catalog', 'cart'], hosts: ['catalog'], subset: ['v1', 'v2'] };
/** Labels offered where `|` is. */
const at = (text: string): readonly string[] => completeAt(text.replace('|', ''), text.indexOf('|'), NAMES)?.options.map(({ label }) => label) ?? [];
const VS = 'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: a\nspec:\n';

test('fields of the kind are offered, those already there are not', () => {
  const fields = at(`${VS}  hosts:\n  - catalog\n  |`);
  assert.ok(fields.includes('http') && fields.includes('gateways'));
  assert.ok(!fields.includes('hosts'));
});

test('the Gateway of the Gateway API has its own fields', () => {
  const fields = (apiVersion: string): readonly string[] => at(`apiVersion: ${apiVersion}\nkind: Gateway\nspec:\n  |`);
  assert.deepEqual(['servers', 'listeners'].map((field) => fields('networking.istio.io/v1').includes(field)), [true, false]);
  assert.deepEqual(['servers', 'listeners'].map((field) => fields('gateway.networking.k8s.io/v1').includes(field)), [false, true]);
});

test('a field of a list item is offered inside the item', () => {
  assert.ok(at(`${VS}  http:\n  - route:\n    - wei|`).includes('weight'));
});

test('names in the mesh are offered for values and for items of a list', () => {
  assert.deepEqual(at(`${VS}  http:\n  - route:\n    - destination:\n        host: c|`), ['catalog', 'cart']);
  assert.deepEqual(at(`${VS}  hosts:\n  - c|`), ['catalog']);
});

test('kinds and enum values are offered', () => {
  assert.ok(at('kind: |').includes('DestinationRule'));
  assert.ok(at('apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nspec:\n  mtls:\n    mode: |').includes('STRICT'));
});

test('each document of a text has its own kind', () => {
  const text = `${VS}  hosts: [a]\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nspec:\n  act|`;
  assert.ok(at(text).includes('action'));
  assert.ok(!at(text).includes('http'));
});

test('a field that holds fields ends with a colon only', () => {
  const options = completeAt(`${VS}  `, `${VS}  `.length, NAMES)?.options ?? [];
  assert.equal(options.find(({ label }) => label === 'http')?.apply, 'http:');
});
