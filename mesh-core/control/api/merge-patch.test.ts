import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyMergePatch } from './merge-patch.ts';

/** The examples of RFC 7386, appendix A: target, patch, result. */
const RFC_EXAMPLES: readonly (readonly [string, string, string])[] = [
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', '{}'],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['["a","b"]', '["c","d"]', '["c","d"]'],
  ['{"a":"b"}', '["c"]', '["c"]'],
  ['{"a":"foo"}', 'null', 'null'],
  ['{"a":"foo"}', '"bar"', '"bar"'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
  ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
];

for (const [target, patch, result] of RFC_EXAMPLES) {
  test(`merge patch: ${target} with ${patch} gives ${result}`, () => {
    assert.equal(JSON.stringify(applyMergePatch(JSON.parse(target), JSON.parse(patch))), result);
  });
}

test('merge patch leaves target and patch as they were, and __proto__ an ordinary key', () => {
  const target = Object.freeze({ a: Object.freeze({ b: 1 }) });
  const patch: unknown = JSON.parse('{"a":{"c":2},"__proto__":{"polluted":true}}');
  assert.equal(JSON.stringify(applyMergePatch(target, patch)), '{"a":{"b":1,"c":2},"__proto__":{"polluted":true}}');
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});
