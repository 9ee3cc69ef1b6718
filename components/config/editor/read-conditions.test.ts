import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConditions } from './read-conditions.ts';

const condition = (type: string, status: string): object => ({ type, status, reason: 'Why', message: 'because', lastTransitionTime: '2026-01-01T00:00:00Z' });
const told = (status: unknown): readonly string[] => readConditions(status).flatMap(({ of, conditions }) => conditions.map(({ type, holds, bad }) => `${of === '' ? '' : `${of}: `}${type} ${holds}${bad ? ' !' : ''}`));

test('conditions of the object come first, then those of its listeners, parents and ancestors', () => {
  assert.deepEqual(told({ conditions: [condition('Accepted', 'True')], listeners: [{ name: 'http', conditions: [condition('Programmed', 'False')] }] }), ['Accepted True', 'Listener http: Programmed False !']);
  assert.deepEqual(told({ parents: [{ parentRef: { namespace: 'edge', name: 'gw', sectionName: 'http' }, conditions: [condition('ResolvedRefs', 'Unknown')] }] }), ['Parent edge/gw, http: ResolvedRefs Unknown']);
  assert.deepEqual(told({ ancestors: [{ ancestorRef: { name: 'gw' }, conditions: [condition('Accepted', 'True')] }] }), ['For gw: Accepted True']);
});

test('a part that is not supported, and a condition that is bad when it holds, stand out', () => {
  assert.deepEqual(told({ conditions: [condition('Supported', 'False'), condition('Conflicted', 'True'), condition('Conflicted', 'False')] }), ['Supported False !', 'Conflicted True !', 'Conflicted False']);
});

test('a status of another shape says nothing', () => {
  for (const status of [undefined, null, 7, 'x', [], { conditions: 'x' }, { conditions: [null, 7, { type: 'A' }] }, { parents: [{}] }]) assert.deepEqual(readConditions(status), []);
});
