import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyJsonPatch } from './json-patch.ts';

const APPLIES: readonly { readonly rule: string; readonly document: unknown; readonly patch: unknown; readonly result: unknown }[] = [
  { rule: 'add puts a member into an object', document: { foo: 'bar' }, patch: [{ op: 'add', path: '/baz', value: 'qux' }], result: { foo: 'bar', baz: 'qux' } },
  { rule: 'add inserts before the item at the index', document: { foo: ['bar', 'baz'] }, patch: [{ op: 'add', path: '/foo/1', value: 'qux' }], result: { foo: ['bar', 'qux', 'baz'] } },
  { rule: 'add at - appends', document: { foo: ['bar'] }, patch: [{ op: 'add', path: '/foo/-', value: ['abc', 'def'] }], result: { foo: ['bar', ['abc', 'def']] } },
  { rule: 'add at the length appends', document: [1], patch: [{ op: 'add', path: '/1', value: 2 }], result: [1, 2] },
  { rule: 'add replaces a member that exists', document: { a: 1 }, patch: [{ op: 'add', path: '/a', value: 2 }], result: { a: 2 } },
  { rule: 'add of the root replaces the document', document: { a: 1 }, patch: [{ op: 'add', path: '', value: [1] }], result: [1] },
  { rule: 'remove takes a member out', document: { baz: 'qux', foo: 'bar' }, patch: [{ op: 'remove', path: '/baz' }], result: { foo: 'bar' } },
  { rule: 'remove closes the gap in an array', document: { foo: ['bar', 'qux', 'baz'] }, patch: [{ op: 'remove', path: '/foo/1' }], result: { foo: ['bar', 'baz'] } },
  { rule: 'replace changes a value in a list of objects', document: { r: [{ w: 90 }, { w: 10 }] }, patch: [{ op: 'replace', path: '/r/0/w', value: 80 }], result: { r: [{ w: 80 }, { w: 10 }] } },
  { rule: 'move carries a value over', document: { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } }, patch: [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }], result: { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } } },
  { rule: 'move within an array counts after the removal', document: { foo: ['all', 'grass', 'cows', 'eat'] }, patch: [{ op: 'move', from: '/foo/1', path: '/foo/3' }], result: { foo: ['all', 'cows', 'eat', 'grass'] } },
  { rule: 'move onto itself changes nothing', document: { a: 1 }, patch: [{ op: 'move', from: '/a', path: '/a' }], result: { a: 1 } },
  { rule: 'copy leaves the source', document: { a: [1] }, patch: [{ op: 'copy', from: '/a', path: '/b' }], result: { a: [1], b: [1] } },
  { rule: 'test lets an equal value pass, whatever the order of its keys', document: { a: { x: 1, y: 2 } }, patch: [{ op: 'test', path: '/a', value: { y: 2, x: 1 } }], result: { a: { x: 1, y: 2 } } },
  { rule: '~1 and ~0 stand for / and ~', document: { 'a/b': 1, '~c': 2 }, patch: [{ op: 'remove', path: '/a~1b' }, { op: 'replace', path: '/~0c', value: 3 }], result: { '~c': 3 } },
  { rule: 'an empty key is a key', document: { '': 1 }, patch: [{ op: 'replace', path: '/', value: 2 }], result: { '': 2 } },
  { rule: 'an unknown member of an operation is ignored', document: { a: 1 }, patch: [{ op: 'add', path: '/b', value: 2, xyz: 3 }], result: { a: 1, b: 2 } },
  { rule: 'null is a value', document: { a: 1 }, patch: [{ op: 'replace', path: '/a', value: null }, { op: 'test', path: '/a', value: null }], result: { a: null } },
];

for (const { rule, document, patch, result } of APPLIES) {
  test(`JSON patch: ${rule}`, () => {
    const before = structuredClone(document);
    assert.deepEqual(applyJsonPatch(document, patch), { ok: true, value: result });
    assert.deepEqual(document, before, 'the document itself must not change');
  });
}

const REFUSED: readonly { readonly rule: string; readonly document: unknown; readonly patch: unknown; readonly reason: 'malformed' | 'failed'; readonly index: number }[] = [
  { rule: 'a patch that is no array', document: {}, patch: { op: 'add' }, reason: 'malformed', index: -1 },
  { rule: 'an operation that is no object', document: {}, patch: [1], reason: 'malformed', index: 0 },
  { rule: 'an unknown operation', document: {}, patch: [{ op: 'spam', path: '/a' }], reason: 'malformed', index: 0 },
  { rule: 'a path that is no pointer', document: {}, patch: [{ op: 'remove', path: 'a' }], reason: 'malformed', index: 0 },
  { rule: 'a bad escape', document: {}, patch: [{ op: 'remove', path: '/~2' }], reason: 'malformed', index: 0 },
  { rule: 'an add without a value', document: {}, patch: [{ op: 'add', path: '/a' }], reason: 'malformed', index: 0 },
  { rule: 'a move without from', document: {}, patch: [{ op: 'move', path: '/a' }], reason: 'malformed', index: 0 },
  { rule: 'an add below a parent that is missing', document: { foo: 'bar' }, patch: [{ op: 'add', path: '/baz/bat', value: 'qux' }], reason: 'failed', index: 0 },
  { rule: 'an add below a text', document: { a: 'b' }, patch: [{ op: 'add', path: '/a/c', value: 1 }], reason: 'failed', index: 0 },
  { rule: 'an index past the end', document: { a: [1] }, patch: [{ op: 'add', path: '/a/2', value: 1 }], reason: 'failed', index: 0 },
  { rule: 'an index with a leading zero', document: { a: [1, 2] }, patch: [{ op: 'replace', path: '/a/01', value: 1 }], reason: 'failed', index: 0 },
  { rule: 'a remove of what is missing', document: { a: 1 }, patch: [{ op: 'remove', path: '/b' }], reason: 'failed', index: 0 },
  { rule: 'a remove at -', document: { a: [1] }, patch: [{ op: 'remove', path: '/a/-' }], reason: 'failed', index: 0 },
  { rule: 'a remove of the root', document: { a: 1 }, patch: [{ op: 'remove', path: '' }], reason: 'failed', index: 0 },
  { rule: 'a replace of what is missing', document: { a: 1 }, patch: [{ op: 'replace', path: '/b', value: 1 }], reason: 'failed', index: 0 },
  { rule: 'a move into itself', document: { a: { b: 1 } }, patch: [{ op: 'move', from: '/a', path: '/a/c' }], reason: 'failed', index: 0 },
  { rule: 'a test of another value', document: { baz: 'qux' }, patch: [{ op: 'test', path: '/baz', value: 'bar' }], reason: 'failed', index: 0 },
  { rule: 'a test that takes a number for a text', document: { a: 10 }, patch: [{ op: 'test', path: '/a', value: '10' }], reason: 'failed', index: 0 },
  { rule: 'a test of what is inherited and not there', document: {}, patch: [{ op: 'test', path: '/constructor', value: 1 }], reason: 'failed', index: 0 },
  { rule: 'the second operation, after a good first', document: { a: 1 }, patch: [{ op: 'replace', path: '/a', value: 2 }, { op: 'test', path: '/a', value: 1 }], reason: 'failed', index: 1 },
];

for (const { rule, document, patch, reason, index } of REFUSED) {
  test(`JSON patch refuses ${rule}`, () => {
    const before = structuredClone(document);
    const result = applyJsonPatch(document, patch);
    assert.equal(result.ok, false);
    assert.deepEqual({ reason: result.reason, index: result.index }, { reason, index });
    assert.notEqual(result.message, '');
    assert.deepEqual(document, before, 'the document itself must not change');
  });
}

test('JSON patch stops copies of copies before they fill the memory', () => {
  const doubling = Array.from({ length: 60 }, () => ({ op: 'copy', from: '/a', path: '/a/-' }));
  const result = applyJsonPatch({ a: [1] }, doubling);
  assert.equal(result.ok, false);
  assert.match(result.message, /copies too much/);
});

test('JSON patch treats __proto__ as an ordinary key', () => {
  const patch: unknown = JSON.parse('[{"op":"add","path":"/__proto__","value":{"polluted":true}}]');
  const result = applyJsonPatch({}, patch);
  assert.equal(result.ok && JSON.stringify(result.value), '{"__proto__":{"polluted":true}}');
  assert.equal(Reflect.get({}, 'polluted'), undefined);
});
