import assert from 'node:assert/strict';
import { test } from 'node:test';

import { fc } from '#mesh-core/testing/property.ts';

import { analyze } from './analysis/analyze.ts';
import { apiVersionOf, KINDS } from './kinds.ts';
import type { KindInfo } from './kinds.ts';
import type { KubeObject } from './kube-object.ts';
import type { Schema } from './schema/schema.ts';
import { schemaOf } from './schema/schema-of.ts';
import { validateKindRules, validateObject } from './validate-object.ts';
import { validateSchema } from './validate-schema.ts';

const TEXTS = ['', '*', 'a', 'a.b', '*.b', 'ns/a', '~/*', './*', 'unix://', '10.0.0.1', '10.0.0.0/8', '::1', '1s', '-1s', 'x', '%', '{**}', '[', 'mesh', 'oci://a', '{"keys":[{}]}', 'tcp'];
const TIME_LIMIT = { interruptAfterTimeLimit: 1500, numRuns: 2000 };

/** Values of the right types, but with any field absent, any limit broken, and a null here and there. */
function valueOf(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  switch (schema.kind) {
    case 'object':
      return fc.record(Object.fromEntries(Object.entries(schema.fields).map(([name, field]) => [name, valueOf(field, depth + 1)])), { requiredKeys: [] });
    case 'array':
      return fc.array(orNull(valueOf(schema.items, depth + 1)), { maxLength: depth > 4 ? 1 : 2 });
    case 'map':
      return fc.dictionary(fc.constantFrom(...TEXTS), orNull(valueOf(schema.values, depth + 1)), { maxKeys: 2 });
    case 'enum':
      return fc.constantFrom(...Object.keys(schema.values));
    case 'string':
    case 'duration':
      return fc.oneof(fc.constantFrom(...TEXTS), fc.string({ maxLength: 8 }));
    case 'int':
      return fc.constantFrom(0, 1, -1, 80, 65_536, 600);
    case 'number':
      return fc.constantFrom(0, 0.5, 100, -1);
    case 'bool':
      return fc.boolean();
    case 'int-or-string':
      return fc.constantFrom(80, 'http');
    case 'any':
      return fc.constantFrom({}, { name: 'envoy.lua' }, { a: [1] });
  }
}

function orNull(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 15, arbitrary: values }, { weight: 1, arbitrary: fc.constant(null) });
}

const metadata = fc.record({ name: fc.constantFrom('a', 'b', 'c.d'), namespace: fc.constantFrom('x', 'y', 'istio-system'), labels: fc.constantFrom({}, { app: 'a' }), annotations: fc.constantFrom({}, { 'istio.io/dry-run': 'maybe' }, { 'internal.istio.io/gateway-semantics': 'gateway' }) }, { requiredKeys: ['name'] });
const objectOf = (kinds: readonly KindInfo[]): fc.Arbitrary<KubeObject> => fc.oneof(
  ...kinds.flatMap((info) => {
    const schema = schemaOf(info.id);
    if (schema === undefined) return [];
    const { apiVersion: _a, kind: _k, metadata: _m, ...fields } = schema.fields;
    const body = fc.record(Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, valueOf(field)])), { requiredKeys: [] });
    // Safe: what is absent or null is what the test is about.
    return [fc.tuple(metadata, body).map(([meta, rest]) => ({ apiVersion: apiVersionOf(info), kind: info.kind, metadata: meta, ...rest }) as KubeObject)];
  }),
);
const object = objectOf(KINDS);
/** With a spec of any type. */
const misshapen: fc.Arbitrary<KubeObject> = fc.tuple(object, fc.jsonValue()).map(([value, spec]) => ({ ...value, spec }));

test('the rules of Istio\'s kinds stand any object whose fields have the right types', () => {
  fc.assert(fc.property(objectOf(KINDS.filter(({ group }) => group.endsWith('istio.io'))), (value) => assert.ok(validateKindRules(value).errors.every(({ message }) => message !== ''))), TIME_LIMIT);
});

test('validation stands any value, and finds no more than the schema where types are wrong', () => {
  fc.assert(
    fc.property(fc.oneof(object, misshapen, fc.jsonValue()), (value) => {
      const schemaErrors = validateSchema(value);
      const { errors } = validateObject(value);
      assert.deepEqual(errors.slice(0, schemaErrors.length), schemaErrors);
    }),
    TIME_LIMIT,
  );
});

test('analysis stands any configuration, and gives the same messages in the same order again', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof({ weight: 9, arbitrary: object }, { weight: 1, arbitrary: misshapen }), { maxLength: 8 }), (objects) => {
      const messages = analyze(objects, { now: 0, workloadEntriesAsPods: true });
      assert.deepEqual(analyze(objects, { now: 0, workloadEntriesAsPods: true }), messages);
      assert.ok(messages.every(({ code, docs }) => /^IST\d{4}$/.test(code) && docs.includes(code.toLowerCase())));
    }),
    TIME_LIMIT,
  );
});
