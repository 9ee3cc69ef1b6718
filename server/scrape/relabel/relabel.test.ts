import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Labels } from '#server/timeseries/storage.ts';
import { compileRelabelRule, type RelabelConfig } from './relabel-rule.ts';
import { relabel } from './relabel.ts';

function apply(labels: Labels, ...configs: RelabelConfig[]): Labels | undefined {
  return relabel(labels, configs.map((config) => {
    const compiled = compileRelabelRule(config);
    assert.ok(compiled.kind === 'rule', compiled.kind === 'invalid' ? compiled.reason : '');
    return compiled.rule;
  }));
}

const abc = { a: 'foo', b: 'bar', c: 'baz' };
const CASES: readonly [what: string, configs: RelabelConfig[], expected: Labels | undefined][] = [
  ['replaces with what was captured', [{ sourceLabels: ['a'], regex: 'f(.*)', targetLabel: 'd', replacement: 'ch${1}-ch$1' }], { ...abc, d: 'choo-choo' }],
  ['joins its sources', [{ sourceLabels: ['a', 'b'], regex: 'foo;(.*)', targetLabel: 'd', replacement: '$1' }], { ...abc, d: 'bar' }],
  ['joins with its separator', [{ sourceLabels: ['a', 'missing', 'b'], separator: '-', targetLabel: 'd' }], { ...abc, d: 'foo--bar' }],
  ['is anchored', [{ sourceLabels: ['a'], regex: 'o', targetLabel: 'd', replacement: 'x' }], abc],
  ['takes the longest name of a variable', [{ sourceLabels: ['a'], regex: '(f)(.*)', targetLabel: 'd', replacement: '[$1x]$2$$' }], { ...abc, d: '[]oo$' }],
  ['knows captures by name', [{ sourceLabels: ['a'], regex: '(?P<first>.).*', targetLabel: 'x_$first', replacement: '${first}!' }], { ...abc, x_f: 'f!' }],
  ['deletes a label by replacing it with nothing', [{ sourceLabels: ['a'], regex: 'f.*', targetLabel: 'b', replacement: '' }], { a: 'foo', c: 'baz' }],
  ['sets a label without sources', [{ targetLabel: 'd', replacement: 'set' }], { ...abc, d: 'set' }],
  ['does nothing without a match', [{ sourceLabels: ['a'], regex: 'x', targetLabel: 'd', replacement: 'set' }], abc],
  ['drops what matches', [{ action: 'drop', sourceLabels: ['a'], regex: 'f|foo' }], undefined],
  ['keeps what does not match a drop', [{ action: 'drop', sourceLabels: ['a'], regex: 'fo' }], abc],
  ['keeps what matches', [{ action: 'keep', sourceLabels: ['missing'], regex: '' }], abc],
  ['drops what does not match a keep', [{ action: 'keep', sourceLabels: ['a'], regex: 'no' }, { targetLabel: 'd', replacement: 'never' }], undefined],
  ['drops what is equal', [{ targetLabel: 'd', replacement: 'foo' }, { action: 'dropequal', sourceLabels: ['a'], targetLabel: 'd' }], undefined],
  ['keeps what is equal only', [{ action: 'keepequal', sourceLabels: ['a'], targetLabel: 'b' }], undefined],
  ['maps label names', [{ action: 'labelmap', regex: '(a|b)', replacement: 'meta_$1' }], { ...abc, meta_a: 'foo', meta_b: 'bar' }],
  ['drops labels by name', [{ action: 'labeldrop', regex: 'a|b.*' }], { c: 'baz' }],
  ['keeps labels by name', [{ action: 'labelkeep', regex: 'a|b.*' }], { a: 'foo', b: 'bar' }],
  ['makes small letters', [{ targetLabel: 'a', replacement: 'ÄbC' }, { action: 'lowercase', sourceLabels: ['a'], targetLabel: 'd' }], { ...abc, a: 'ÄbC', d: 'äbc' }],
  ['makes capitals', [{ action: 'uppercase', sourceLabels: ['a'], targetLabel: 'a' }], { ...abc, a: 'FOO' }],
  // md5("bar") ends in 8 bytes that are 922 modulo 1000.
  ['hashes to a remainder', [{ action: 'hashmod', sourceLabels: ['b'], targetLabel: 'd', modulus: 1000 }], { ...abc, d: '922' }],
];
for (const [what, configs, expected] of CASES) test(`a rule ${what}`, () => assert.deepEqual(apply(abc, ...configs), expected));

const WRONG: readonly [config: RelabelConfig, reason: RegExp][] = [
  [{ action: 'hashmod', targetLabel: 'd' }, /requires non-zero modulus/],
  [{ sourceLabels: ['a'] }, /replace action requires 'target_label' value/],
  [{ action: 'lowercase', targetLabel: 'd', replacement: 'x' }, /'replacement' can not be set for lowercase action/],
  [{ action: 'dropequal', targetLabel: 'd', regex: 'x' }, /requires only 'source_labels'/],
  [{ action: 'labeldrop', sourceLabels: ['a'], regex: 'x' }, /labeldrop action requires only 'regex'/],
  [{ action: 'keep', regex: '(' }, /the regex "\(" is not valid/],
];
for (const [config, reason] of WRONG) {
  test(`the rule ${JSON.stringify(config)} is refused with the reason`, () => {
    const compiled = compileRelabelRule(config);
    assert.match(compiled.kind === 'invalid' ? compiled.reason : '', reason);
  });
}
