import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authenticate, mayWrite } from './authenticate.ts';

const TOKENS = [{ token: 'a-token', name: 'ann', role: 'admin' }, { token: 'v-token', name: 'vi', role: 'view' }, { token: '', name: 'nobody', role: 'admin' }] as const;

const HEADERS: readonly (readonly [string | undefined, string | undefined])[] = [
  ['Bearer a-token', 'ann'],
  ['bearer v-token', 'vi'],
  ['Bearer a-toke', undefined],
  ['Bearer a-token2', undefined],
  ['Bearer ', undefined],
  ['Basic a-token', undefined],
  ['a-token', undefined],
  ['Bearer a-token v-token', undefined],
  [undefined, undefined],
];

for (const [header, name] of HEADERS) {
  test(`Authorization "${header ?? ''}" is ${name ?? 'nobody'}`, () => assert.equal(authenticate(TOKENS, header)?.name, name));
}

test('view writes nothing, edit writes in namespaces, admin writes everything', () => {
  assert.deepEqual((['view', 'edit', 'admin'] as const).map((role) => [mayWrite(role, false), mayWrite(role, true)]), [[false, false], [true, false], [true, true]]);
});
