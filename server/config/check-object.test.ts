import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkObject, validationState } from './check-object.ts';
import { parseManifest } from './parse-manifest.ts';

const issuesOf = (yaml: string): ReturnType<typeof checkObject> => {
  const parsed = parseManifest(yaml);
  assert.ok(parsed.ok);
  return checkObject(parsed.documents[0]?.value);
};

test('tells the first hundred findings, and how many more there are', () => {
  const started = performance.now();
  const issues = issuesOf(`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: default}\n${Array.from({ length: 15_000 }, (_, i) => `k${i}: v\n`).join('')}`);
  assert.equal(issues.length, 101);
  assert.deepEqual([issues[0]?.path, issues[0]?.refuses], ['k0', true]);
  assert.equal(issues.at(-1)?.message, 'and 14900 more');
  assert.ok(performance.now() - started < 10_000);
});

test('what the webhook would refuse has the code of Istio, with its page', () => {
  const [issue] = issuesOf('apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a, namespace: default}\nspec: {host: ""}\n');
  assert.deepEqual([issue?.code, issue?.docs, issue?.refuses], ['IST0106', 'https://istio.io/latest/docs/reference/config/analysis/ist0106/', true]);
});

test('what is accepted but not obeyed is said of the object', () => {
  const issues = issuesOf('apiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: {name: a, namespace: default}\nspec: {url: "oci://x/y:1"}\n');
  assert.deepEqual(issues.map(({ severity, code, path }) => [severity, code, path]), [['warning', 'not-supported', 'spec']]);
  assert.equal(validationState(issues), 'warning');
});

test('an expression or template of a rule that cannot be parsed is warned of', () => {
  const issues = issuesOf(`apiVersion: monitoring.coreos.com/v1
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
  assert.deepEqual(
    issues.map(({ severity, path }) => [severity, path]),
    [
      ['warning', 'spec.groups[0].rules[0].expr'],
      ['warning', 'spec.groups[0].rules[1].annotations.summary'],
    ],
  );
  assert.match(issues[1]?.message ?? '', /^annotation "summary": template: __alert_B:1: function "nofunc" not defined$/);
});
