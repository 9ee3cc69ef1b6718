import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { RuleGroupSpec } from '#mesh-core/domain/resources/prometheus-rule.ts';
import { KubeError } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { RunningConsole, until } from '#server/testing/running-console.ts';
import type { AlertsAnswer, AlertStatus, RuleStatus } from './schemas.ts';

let it: RunningConsole;
before(async () => {
  it = await RunningConsole.start();
});
after(async () => {
  await it?.stop();
});

const ruleObject = (name: string, groups: readonly RuleGroupSpec[]) => ({ apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', metadata: { name, namespace: 'default' }, spec: { groups } });

/** Applies rules as kubectl does, whether they are there or not. */
async function apply(name: string, groups: readonly RuleGroupSpec[]): Promise<void> {
  const answer = await it.ask('/api/config/apply', { method: 'POST', body: { yaml: JSON.stringify(ruleObject(name, groups)) } });
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
}

/** The labels of what a query gives now. */
async function labelsNow(promql: string): Promise<Record<string, string>[]> {
  const { body } = await it.ask(`/prometheus/api/v1/query?${new URLSearchParams({ query: promql })}`);
  return (body as { data: { result: { metric: Record<string, string> }[] } }).data.result.map(({ metric }) => metric);
}

async function shown(): Promise<AlertsAnswer> {
  return (await it.ask('/api/alerts')).body as AlertsAnswer;
}

async function ruleNamed(name: string): Promise<RuleStatus | undefined> {
  return (await shown()).groups.flatMap(({ rules }) => rules).find((rule) => rule.name === name);
}

async function alertsNamed(name: string): Promise<readonly AlertStatus[]> {
  const rule = await ruleNamed(name);
  return rule?.kind === 'alerting' ? rule.alerts : [];
}

/** A group that is evaluated every second; the alert holds while `level` is above 1. */
const group = (level: number): RuleGroupSpec => ({
  name: 'levels',
  interval: '1s',
  rules: [
    { record: 'test:level', expr: `vector(${level})` },
    { alert: 'LevelHigh', expr: 'test:level > 1', for: '2s', labels: { severity: 'page' }, annotations: { summary: 'The level is {{ $value }}' } },
  ],
});

test('ALERTS goes from pending over firing to nothing, and the API tells it as Prometheus does', async () => {
  await apply('levels', [group(5)]);
  await until('the alert to be pending', async () => (await labelsNow('ALERTS{alertname="LevelHigh"}')).some(({ alertstate }) => alertstate === 'pending'));
  await until('the alert to fire', async () => (await labelsNow('ALERTS{alertname="LevelHigh"}')).some(({ alertstate }) => alertstate === 'firing'));
  assert.deepEqual(await labelsNow('ALERTS{alertname="LevelHigh"}'), [{ __name__: 'ALERTS', alertname: 'LevelHigh', alertstate: 'firing', severity: 'page' }]);

  const { body: alerts } = await it.ask('/prometheus/api/v1/alerts');
  const [alert] = (alerts as { data: { alerts: Record<string, unknown>[] } }).data.alerts;
  assert.deepEqual({ ...alert, activeAt: 'then' }, { labels: { alertname: 'LevelHigh', severity: 'page' }, annotations: { summary: 'The level is 5' }, state: 'firing', activeAt: 'then', value: '5e+00' });
  const { body: rules } = await it.ask('/prometheus/api/v1/rules?type=alert&exclude_alerts=true');
  const [listed] = (rules as { data: { groups: { file: string; rules: Record<string, unknown>[] }[] } }).data.groups;
  assert.equal(listed?.file, 'prometheusrules/default/levels');
  const [rule] = listed?.rules ?? [];
  assert.deepEqual(
    [rule?.['type'], rule?.['name'], rule?.['state'], rule?.['health'], rule?.['query'], rule?.['duration'], rule?.['alerts']],
    ['alerting', 'LevelHigh', 'firing', 'ok', 'test:level > 1', 2, null],
  );

  await apply('levels', [group(0)]);
  await until('the alert to end', async () => (await labelsNow('ALERTS')).length === 0);
  assert.equal((await it.ask('/metrics', {})).status, 200);
});

test('the rules can be chosen and read in parts; wrong parameters are told in the words of Prometheus', async () => {
  await apply('pages', [{ name: 'one', rules: [{ record: 'p:one', expr: '1', labels: { team: 'a' } }] }, { name: 'two', rules: [{ record: 'p:two', expr: '2' }] }]);
  await until('both groups to run', async () => (await ruleNamed('p:two')) !== undefined);
  const ask = async (search: string): Promise<{ data: { groups: { name: string }[]; groupNextToken?: string }; error?: string }> => (await it.ask(`/prometheus/api/v1/rules?${search}`)).body as never;
  const mine = 'file[]=prometheusrules/default/pages';
  assert.deepEqual((await ask(mine)).data.groups.map(({ name }) => name), ['one', 'two']);
  assert.deepEqual((await ask(`${mine}&match[]={team="a"}`)).data.groups.map(({ name }) => name), ['one']);
  assert.deepEqual((await ask(`${mine}&rule_name[]=p:two`)).data.groups.map(({ name }) => name), ['two']);
  const first = await ask(`${mine}&group_limit=1`);
  assert.deepEqual(first.data.groups.map(({ name }) => name), ['one']);
  const second = await ask(`${mine}&group_limit=1&group_next_token=${first.data.groupNextToken}`);
  assert.deepEqual([second.data.groups.map(({ name }) => name), second.data.groupNextToken], [['two'], undefined]);
  assert.equal((await ask('type=x')).error, 'invalid parameter "type": not supported value "x"');
  assert.equal((await ask('group_limit=0')).error, 'invalid parameter "group_limit": group_limit needs to be greater than 0');
  assert.equal((await ask('group_limit=1&group_next_token=no')).error, `invalid parameter "group_next_token": invalid group_next_token 'no'. were rule groups changed?`);
});

test('kubectl is refused rules of a wrong form with the place; PromQL that cannot be parsed is the rule\'s state', async () => {
  const bad = ruleObject('bad', [{ name: 'g', rules: [{ record: 'a', alert: 'b', expr: '1' }] }]);
  await assert.rejects(it.kube().create(bad), (error: unknown) => error instanceof KubeError && error.status.code === 422 && /spec\.groups\[0\]\.rules\[0\]/.test(JSON.stringify(error.status)));
  await apply('broken', [{ name: 'g', interval: '1s', rules: [{ record: 'b:roken', expr: 'sum(' }] }]);
  await until('the rule to be told broken', async () => (await ruleNamed('b:roken'))?.health === 'err');
  assert.match((await ruleNamed('b:roken'))?.lastError ?? '', /^could not parse expression: 1:\d+: parse error/);
});

test('a ConfigMap with the label holds rule files; one that cannot be read is told', async () => {
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'files', namespace: 'default', labels: { 'binnacle.dev/rules': 'true' } }, data: { 'good.yaml': 'groups:\n- name: g\n  interval: 1s\n  rules:\n  - record: from:file\n    expr: vector(3)\n', 'bad.yaml': 'groups:\n- name: g\n  rulez: []\n' } };
  await it.kube().create(map);
  await until('the recorded series', async () => (await labelsNow('from:file')).length === 1);
  const [problem] = (await shown()).problems;
  assert.equal(problem?.file, 'configmaps/default/files/bad.yaml');
  assert.match(problem?.message ?? '', /^groups\[0\]\.rulez: unknown field/);
  await it.kube().delete(servedKind('ConfigMap'), 'files', 'default');
  await until('its series to end', async () => (await labelsNow('from:file')).length === 0);
});

test('the pending time of an alert goes on after a restart', { timeout: 120_000 }, async () => {
  await apply('pending', [{ name: 'pending', interval: '1s', rules: [{ alert: 'Waiting', expr: 'vector(1)', for: '30m' }] }]);
  await until('its start to be stored', async () => (await labelsNow('ALERTS_FOR_STATE{alertname="Waiting"}')).length === 1);
  const started = (await alertsNamed('Waiting'))[0]?.activeAt ?? NaN;
  // Long enough to tell the start that went on from one anew.
  await until('some time to pass', async () => Date.now() - started > 5000);
  const stopped = Date.now();
  await it.killServer();
  await it.startServer();
  await until('the alert to be known again', async () => (await alertsNamed('Waiting')).length === 1 && (await labelsNow('ALERTS_FOR_STATE{alertname="Waiting"} > 0')).length === 1);
  let waited = 0;
  await until('the start to be restored', async () => {
    waited = Date.now() - ((await alertsNamed('Waiting'))[0]?.activeAt ?? Infinity);
    return waited > stopped - started - 2000;
  });
  assert.ok(waited < Date.now() - started + 1000, `waited ${waited} ms`);
});
