import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertingRuleStatus, RecordingRuleStatus, RuleGroupStatus } from '#server/rules/schemas.ts';
import { countRules, filterRules, type RuleFilter } from './filter-rules.ts';

const common = { query: 'up', labels: {}, health: 'ok', lastError: '', evaluationSeconds: 0 } as const;
const alerting = (name: string, states: readonly ('pending' | 'firing')[]): AlertingRuleStatus => ({
  kind: 'alerting',
  ...common,
  name,
  state: states.includes('firing') ? 'firing' : (states[0] ?? 'inactive'),
  holdSeconds: 0,
  keepFiringSeconds: 0,
  annotations: {},
  alerts: states.map((state) => ({ labels: { app: `${name}-app` }, annotations: {}, value: 1, activeAt: 0, state })),
});
const recording: RecordingRuleStatus = { kind: 'recording', ...common, name: 'job:up', health: 'err', lastError: 'no' };
const group = (name: string, namespace: string, rules: RuleGroupStatus['rules']): RuleGroupStatus => ({ name, file: `prometheusrules/${namespace}/${name}`, source: { kind: 'PrometheusRule', namespace, name }, intervalSeconds: 15, limit: 0, evaluationSeconds: 0, rules });

const GROUPS = [group('calm', 'shop', [alerting('Quiet', []), recording]), group('loud', 'shop', [alerting('Both', ['pending', 'firing']), alerting('Waits', ['pending'])]), group('other', 'other', [alerting('Else', [])])];
const names = (state: RuleFilter, search = '', namespaces: readonly string[] = []): string[] => filterRules(GROUPS, { state, search, namespaces }).flatMap(({ rules }) => rules.map(({ rule }) => rule.name));

test('groups with firing alerts come first', () => assert.deepEqual(names('all'), ['Both', 'Waits', 'Quiet', 'job:up', 'Else']));

test('rules are chosen by the states of their alerts', () => {
  assert.deepEqual(names('firing'), ['Both']);
  assert.deepEqual(names('pending'), ['Both', 'Waits']);
  assert.deepEqual(names('inactive'), ['Quiet', 'Else']);
  assert.deepEqual(names('recording'), ['job:up']);
  assert.deepEqual(names('broken'), ['job:up']);
});

test('all words must be found, also in the labels of alerts', () => {
  assert.deepEqual(names('all', 'both-APP loud'), ['Both']);
  assert.deepEqual(names('all', 'both nowhere'), []);
});

test('namespaces narrow the list and the counts', () => {
  assert.deepEqual(names('all', '', ['other']), ['Else']);
  assert.deepEqual(countRules(GROUPS, ['shop']), { all: 4, firing: 1, pending: 2, inactive: 1, recording: 1, broken: 1 });
});
