import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { CONSOLE_KINDS } from '#mesh-core/domain/resources/kinds.ts';
import { validateObject } from '#mesh-core/domain/resources/validate-object.ts';
import { templateOf, WRITABLE_KINDS } from './templates.ts';

test('every kind of the console can be begun from a template, but events, which the mesh writes', () => {
  assert.deepEqual(WRITABLE_KINDS.map(({ kind }) => kind).toSorted(), CONSOLE_KINDS.map(({ id }) => id).filter((id) => id !== 'Event').toSorted());
});

for (const { kind } of WRITABLE_KINDS) {
  test(`the template of ${kind} is valid`, () => {
    const { errors, warnings } = validateObject(parse(templateOf(kind, 'shop')));
    assert.deepEqual(errors, []);
    // Istio warns of every EnvoyFilter.
    assert.equal(warnings.length, kind === 'EnvoyFilter' ? 1 : 0);
  });
}
