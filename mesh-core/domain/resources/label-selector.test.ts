import assert from 'node:assert/strict';
import { test } from 'node:test';

import { matchesLabels, parseLabelSelector, satisfiesRequirements, selectsWorkload } from './label-selector.ts';

const labels = { app: 'catalog', version: 'v2', replicas: '3', 'app.kubernetes.io/name': 'catalog', empty: '' };

test('a selector string picks the objects whose labels satisfy every condition', () => {
  const cases: readonly [string, boolean][] = [
    ['', true],
    ['app=catalog', true],
    ['app == catalog , version=v2', true],
    ['app=cart', false],
    ['app!=cart', true],
    ['missing!=x', true],
    ['version in (v1, v2)', true],
    ['version notin (v1,v2)', false],
    ['missing notin (v1)', true],
    ['app', true],
    ['!app', false],
    ['!missing', true],
    ['app.kubernetes.io/name=catalog', true],
    ['empty=', true],
    ['missing=', false],
    ['replicas>2', true],
    ['replicas<3', false],
    ['app>2', false],
    ['constructor', false],
  ];
  for (const [selector, want] of cases) {
    const parsed = parseLabelSelector(selector);
    assert.ok(parsed.ok, selector);
    assert.equal(satisfiesRequirements(parsed.requirements, labels), want, selector);
  }
});

test('a mistake in a selector string is told with its place', () => {
  const cases: readonly [string, string, number][] = [
    ['app=a b', "','", 6],
    ['=a', 'label name', 0],
    ['app in v1', "'('", 7],
    ['app in (v1', "')'", 10],
    ['app like x', 'one of', 4],
    ['app>x', 'whole number', 5],
    ['app=a,', 'label name', 6],
  ];
  for (const [selector, message, offset] of cases) {
    const parsed = parseLabelSelector(selector);
    assert.ok(!parsed.ok, selector);
    assert.match(parsed.message, new RegExp(message.replace('(', '\\(').replace(')', '\\)')), selector);
    assert.equal(parsed.offset, offset, selector);
  }
});

test('an empty label map selects every object of a policy but no workload of a service', () => {
  assert.equal(matchesLabels({}, labels), true);
  assert.equal(matchesLabels(undefined, undefined), true);
  assert.equal(selectsWorkload({}, labels), false);
  assert.equal(selectsWorkload({ app: 'catalog' }, labels), true);
  assert.equal(matchesLabels({ app: 'catalog' }, undefined), false);
  assert.equal(matchesLabels({ toString: 'x' }, labels), false);
});
