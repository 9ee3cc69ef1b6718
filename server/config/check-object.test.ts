import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_SNAPSHOT } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import { checkObject } from './check-object.ts';
import { parseManifest } from './parse-manifest.ts';


test('tells the first hundred findings with their places, and how many more there are', () => {
  const parsed = parseManifest(`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n${Array.from({ length: 15_000 }, (_, i) => `k${i}: v\n`).join('')}`);
  assert.ok(parsed.ok);
  const [document] = parsed.documents;
  assert.ok(document);
  const started = performance.now();
  const issues = checkObject(document.value, EMPTY_SNAPSHOT, document);
  assert.equal(issues.length, 101);
  assert.deepEqual([issues[0]?.path, issues[0]?.line], ['k0', 4]);
  assert.equal(issues.at(-1)?.message, 'and 14900 more');
  assert.ok(performance.now() - started < 10_000);
});

test('an expression or template of a rule that cannot be parsed is warned of at its line', () => {
  const parsed = parseManifest(`apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: a, namespace: default}
spec:
  groups:
  - name: g
    rules:
    - record: a
      expr: sum(
    - alert: B
      expr: up == 0
      annotations:
        summary: '{{ nofunc }}'
`);
  assert.ok(parsed.ok);
  const [document] = parsed.documents;
  assert.ok(document);
  const issues = checkObject(document.value, EMPTY_SNAPSHOT, document);
  assert.deepEqual(
    issues.map(({ severity, path, line }) => [severity, path, line]),
    [
      ['warning', 'spec.groups[0].rules[0].expr', 9],
      ['warning', 'spec.groups[0].rules[1].annotations.summary', 13],
    ],
  );
  assert.match(issues[1]?.message ?? '', /^annotation "summary": template: __alert_B:1: function "nofunc" not defined$/);
});
