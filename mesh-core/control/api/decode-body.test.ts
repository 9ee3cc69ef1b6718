import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KubeError } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { decodeBody } from './decode-body.ts';

const ACCEPTED = ['application/json', 'application/yaml'];
const decode = (text: string | Buffer, type?: string): unknown => decodeBody(Buffer.from(text), type, ACCEPTED);

test('JSON and YAML bodies decode to the same value', () => {
  assert.deepEqual(decode('{"a":[1,"x",null]}', 'application/json; charset=utf-8'), { a: [1, 'x', null] });
  assert.deepEqual(decode('a:\n- 1\n- x\n- null\n', 'application/yaml'), { a: [1, 'x', null] });
  assert.deepEqual(decode('{"a":1}'), { a: 1 });
});

const REFUSED: readonly (readonly [string, string | Buffer, string | undefined, number, RegExp])[] = [
  ['broken JSON', '{"a":', 'application/json', 400, /not valid JSON/],
  ['broken YAML, with its place', 'a: [1\nb: }', 'application/yaml', 400, /not valid YAML: .*line 2/],
  ['a key given twice in YAML', 'a: 1\na: 2\n', 'application/yaml', 400, /not valid YAML: .*unique/],
  ['several YAML documents', 'a: 1\n---\nb: 2\n', 'application/yaml', 400, /multiple documents/],
  ['a YAML alias bomb', `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefghij'.split('').map((name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefghi'[index] ?? 'a'}`).join(',')}]`).join('\n')}\n`, 'application/yaml', 400, /not valid YAML/],
  ['an empty body', ' ', 'application/json', 400, /no body/],
  ['another media type', 'a=1', 'application/x-www-form-urlencoded', 415, /accepted media types/],
  ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'application/json', 400, /UTF-8/],
  ['JSON nested 100,000 deep', '['.repeat(100_000) + ']'.repeat(100_000), 'application/json', 400, /nests deeper|not valid/],
  ['YAML nested 100,000 deep', '['.repeat(100_000), 'application/yaml', 400, /nests deeper|not valid/],
];

for (const [what, text, type, code, message] of REFUSED) {
  test(`a body is refused: ${what}`, () => {
    assert.throws(() => decode(text, type), (error) => error instanceof KubeError && error.status.code === code && message.test(error.message));
  });
}

test('a YAML mapping with a key twice is refused with its place, also deep inside', () => {
  const body = Buffer.from('kind: ConfigMap\ndata:\n  a: 1\n  b: 2\n  a: 3\n');
  assert.throws(() => decodeBody(body, 'application/yaml', ['application/yaml']), /unique at line 5, column 3/);
});
test('a YAML mapping of very many keys is read', () => {
  const body = Buffer.from(`data:\n${Array.from({ length: 40_000 }, (_, i) => `  k${i}: v`).join('\n')}\n`);
  // Safe because the text was just made so.
  const { data } = decodeBody(body, 'application/yaml', ['application/yaml']) as { data: object };
  assert.equal(Object.keys(data).length, 40_000);
});
