import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRemoteMetricsBackend } from './remote-metrics-backend.ts';
import { createRemoteRulesBackend } from './remote-rules-backend.ts';

const DATA = {
  groups: [
    {
      name: 'node',
      file: '/etc/prometheus/rules.yml',
      interval: 30,
      limit: 0,
      evaluationTime: 0.002,
      lastEvaluation: '2026-11-21T14:00:00.123456789Z',
      rules: [
        { type: 'recording', name: 'job:up', query: 'sum(up)', health: 'ok', evaluationTime: 0.001, lastEvaluation: '0001-01-01T00:00:00Z' },
        {
          type: 'alerting',
          name: 'Down',
          query: 'up == 0',
          state: 'firing',
          duration: 60,
          keepFiringFor: 30,
          labels: { severity: 'page' },
          annotations: { summary: 'x' },
          health: 'err',
          lastError: 'boom',
          evaluationTime: 0.001,
          lastEvaluation: '2026-11-21T14:00:00Z',
          alerts: [
            { labels: { alertname: 'Down' }, annotations: {}, state: 'firing', activeAt: '2026-11-21T13:00:00Z', value: '1e+00' },
            { labels: { alertname: 'Gone' }, annotations: {}, state: 'inactive', activeAt: '2026-11-21T13:00:00Z', value: '0e+00' },
          ],
        },
      ],
    },
  ],
};

const rulesOf = (body: unknown) => createRemoteRulesBackend(createRemoteMetricsBackend({ url: 'http://metrics.example', fetch: async () => new Response(JSON.stringify(body)) }));

test('the rules of a remote Prometheus are shown as our own, to be looked at only', async () => {
  const rules = rulesOf({ status: 'success', data: DATA });
  assert.deepEqual([rules.evaluatedHere, rules.problems()], [false, []]);
  const recording = { kind: 'recording', name: 'job:up', query: 'sum(up)', labels: {}, health: 'ok', lastError: '', evaluationSeconds: 0.001 };
  const alert = { labels: { alertname: 'Down' }, annotations: {}, state: 'firing', activeAt: Date.parse('2026-11-21T13:00:00Z'), value: 1 };
  const last = Date.parse('2026-11-21T14:00:00Z');
  const alerting = { kind: 'alerting', name: 'Down', query: 'up == 0', labels: { severity: 'page' }, health: 'err', lastError: 'boom', evaluationSeconds: 0.001, lastEvaluation: last, state: 'firing', holdSeconds: 60, keepFiringSeconds: 30, annotations: { summary: 'x' }, alerts: [alert] };
  assert.deepEqual(await rules.groups(), [{ name: 'node', file: '/etc/prometheus/rules.yml', intervalSeconds: 30, limit: 0, evaluationSeconds: 0.002, lastEvaluation: last + 123, rules: [recording, alerting] }]);
});

test('a server without rules, such as a store of metrics alone, is told', async () => {
  await assert.rejects(rulesOf({ status: 'success', data: {} }).groups(), { name: 'QueryError', errorType: 'unavailable' });
});
