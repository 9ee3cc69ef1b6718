import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateObject } from './validate-object.ts';

function errorsOf(spec: unknown): string[] {
  return validateObject({ apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', metadata: { name: 'rules', namespace: 'shop' }, spec }).errors.map(({ path, message }) => `${path}: ${message}`);
}
const group = (...rules: readonly object[]): object => ({ groups: [{ name: 'g', rules }] });

const CASES: readonly (readonly [what: string, spec: unknown, errors: readonly string[]])[] = [
  ['both kinds of rules', group({ record: 'a:b', expr: 'sum(up)', labels: { x: 'y' } }, { alert: 'A', expr: 'up == 0', for: '1m30s', keep_firing_for: '5m', annotations: { summary: '{{ $value }}' } }), []],
  ['a number for expression', group({ record: 'one', expr: 1 }), []],
  ['all fields of a group', { groups: [{ name: 'g', interval: '30s', query_offset: '0', limit: 5, labels: { team: 'a' }, rules: [] }] }, []],
  ['no spec', undefined, ['spec: Required value']],
  ['record and alert', group({ record: 'a', alert: 'b', expr: '1' }), ["spec.groups[0].rules[0]: only one of 'record' and 'alert' must be set"]],
  ['neither', group({ expr: '1' }), ["spec.groups[0].rules[0]: one of 'record' or 'alert' must be set"]],
  ['no expression', group({ record: 'a' }), ['spec.groups[0].rules[0].expr: Required value']],
  ['an empty expression', group({ record: 'a', expr: '' }), ["spec.groups[0].rules[0].expr: field 'expr' must be set in rule"]],
  [
    'fields of alerts in a recording rule',
    group({ record: 'a', expr: '1', for: '1m', keep_firing_for: '1s', annotations: { a: 'b' } }),
    [
      "spec.groups[0].rules[0].annotations: invalid field 'annotations' in recording rule",
      "spec.groups[0].rules[0].for: invalid field 'for' in recording rule",
      "spec.groups[0].rules[0].keep_firing_for: invalid field 'keep_firing_for' in recording rule",
    ],
  ],
  ['a for of nothing in a recording rule', group({ record: 'a', expr: '1', for: '0s' }), []],
  ['braces in a name', group({ record: 'a{b="c"}', expr: '1' }), ['spec.groups[0].rules[0].record: braces present in the recording rule name; should it be in expr?: a{b="c"}']],
  ['a label that holds the name', group({ record: 'a', expr: '1', labels: { __name__: 'b' } }), ['spec.groups[0].rules[0].labels.__name__: invalid label name: __name__']],
  ['a wrong duration', group({ alert: 'a', expr: '1', for: '1.5m' }), [String.raw`spec.groups[0].rules[0].for: Invalid value: "1.5m": spec.groups[0].rules[0].for in body should match '^(?:0|(?=\d)(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?)$'`]],
  ['an unknown field', group({ alert: 'a', expr: '1', annotation: {} }), ['spec.groups[0].rules[0].annotation: unknown field "spec.groups[0].rules[0].annotation"']],
  ['two groups of one name', { groups: [{ name: 'g' }, { name: 'g' }] }, ['spec.groups[1].name: groupname: "g" is repeated in the same file']],
  ['a group without a name', { groups: [{ name: '' }] }, ['spec.groups[0].name: Invalid value: "": spec.groups[0].name in body should be at least 1 chars long']],
];

test('rules are admitted and refused as Prometheus does, with the place', () => {
  for (const [what, spec, errors] of CASES) assert.deepEqual(errorsOf(spec), errors, what);
});
