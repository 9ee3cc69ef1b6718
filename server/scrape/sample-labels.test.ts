import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleLabels } from './sample-labels.ts';

const target = { job: 'target', pod: 'p' };

test("the target's labels win and the page's are kept as exported ones", () => {
  assert.deepEqual(sampleLabels({ __name__: 'm', job: 'own', code: '200' }, { targetLabels: target, honorLabels: false, metricRelabel: [] }), { __name__: 'm', job: 'target', pod: 'p', exported_job: 'own', code: '200' });
  assert.deepEqual(sampleLabels({ __name__: 'm', job: 'own', exported_job: 'x' }, { targetLabels: target, honorLabels: false, metricRelabel: [] }), { __name__: 'm', job: 'target', pod: 'p', exported_exported_job: 'own', exported_job: 'x' });
  assert.deepEqual(sampleLabels({ a: '1', exported_a: '2' }, { targetLabels: { a: 't', exported_a: 'u' }, honorLabels: false, metricRelabel: [] }), { a: 't', exported_a: 'u', exported_exported_a: '1', exported_exported_exported_a: '2' });
});

test("with honor_labels the page's win", () => {
  assert.deepEqual(sampleLabels({ __name__: 'm', job: 'own' }, { targetLabels: target, honorLabels: true, metricRelabel: [] }), { __name__: 'm', job: 'own', pod: 'p' });
});
