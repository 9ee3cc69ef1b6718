import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import type { RuleGroupSpec } from '#mesh-core/domain/resources/prometheus-rule.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { ManualClock } from '#mesh-core/testing/manual-clock.ts';
import { formatLabels } from '#server/promql/format-labels.ts';
import type { VectorElement } from '#server/promql/metrics-backend.ts';
import { isStaleMarker } from '#server/timeseries/stale-marker.ts';
import type { Appender, AppendResult, Sample } from '#server/timeseries/storage.ts';
import { defineGroup } from './define-group.ts';
import { createRuleMetrics } from './rule-metrics.ts';
import { RunningGroup, type GroupSettings } from './running-group.ts';

const MINUTE = 60_000;
const TAKEN: AppendResult = { appended: 0, duplicate: 0, outOfOrder: 0, tooOld: 0, seriesLimit: 0 };
const FILE = { file: 'f', source: { kind: 'PrometheusRule', namespace: 'shop', name: 'rules' }, defaultIntervalMs: MINUTE } as const;

/** Groups over answers that the test sets; what they write is listed as `time series = value`. */
class Bench {
  readonly clock = new ManualClock();
  readonly registry = new Registry();
  readonly answers = new Map<string, readonly (readonly [labels: Record<string, string>, value: number])[] | Error>();
  readonly asked: string[] = [];
  result = TAKEN;
  #written: string[] = [];
  readonly settings: GroupSettings;

  constructor() {
    const appender: Appender = {
      epoch: 0,
      ref: () => 0,
      appendBatch: async () => TAKEN,
      setMetadata: () => undefined,
      append: async (samples) => {
        this.#written.push(...samples.map(describe));
        return this.result;
      },
    };
    this.settings = {
      appender,
      clock: this.clock,
      log: silentLogger,
      metrics: createRuleMetrics(this.registry),
      externalLabels: {},
      externalUrl: () => 'http://console',
      forGraceMs: 10 * MINUTE,
      outageToleranceMs: 60 * MINUTE,
      query: async (promql, at): Promise<readonly VectorElement[]> => {
        this.asked.push(`${at} ${promql}`);
        const answer = this.answers.get(promql) ?? [];
        if (answer instanceof Error) throw answer;
        return answer.map(([metric, value]) => ({ metric, value: [at / 1000, value] }));
      },
    };
  }

  group(spec: RuleGroupSpec, restore = false): RunningGroup {
    return new RunningGroup(defineGroup(spec, FILE), this.settings, restore);
  }

  /** What was written since the last look. */
  written(): string[] {
    const out = this.#written;
    this.#written = [];
    return out;
  }

  async metric(name: string): Promise<number> {
    const metric = await this.registry.getSingleMetric(`prometheus_${name}`)?.get();
    return metric?.values.reduce((sum, { value }) => sum + value, 0) ?? NaN;
  }
}

function describe({ labels, timestamp, value }: Sample): string {
  return `${timestamp} ${formatLabels(labels)} = ${isStaleMarker(value) ? 'stale' : value}`;
}

test('a recording rule writes its series under its name and labels, and ends those that vanish', async () => {
  const bench = new Bench();
  const group = bench.group({ name: 'g', query_offset: '10s', labels: { team: 'a', tier: 'x' }, rules: [{ record: 'job:up:sum', expr: 'sum by (job) (up)', labels: { tier: 'y' } }] });
  bench.answers.set('sum by (job) (up)', [[{ job: 'a' }, 2], [{ job: 'b' }, 1]]);
  await group.evaluate(60_000);
  assert.deepEqual(bench.asked, ['50000 sum by (job) (up)']);
  assert.deepEqual(bench.written(), ['50000 {__name__="job:up:sum", job="a", team="a", tier="y"} = 2', '50000 {__name__="job:up:sum", job="b", team="a", tier="y"} = 1']);
  bench.answers.set('sum by (job) (up)', [[{ job: 'a' }, 3]]);
  await group.evaluate(120_000);
  assert.deepEqual(bench.written(), ['110000 {__name__="job:up:sum", job="a", team="a", tier="y"} = 3', '110000 {__name__="job:up:sum", job="b", team="a", tier="y"} = stale']);
  await group.evaluate(180_000);
  assert.deepEqual(bench.written(), ['170000 {__name__="job:up:sum", job="a", team="a", tier="y"} = 3']);
});

test('an alerting rule writes ALERTS and ALERTS_FOR_STATE, and ends the state it leaves', async () => {
  const bench = new Bench();
  const group = bench.group({ name: 'g', rules: [{ alert: 'Down', expr: 'up == 0', for: '1m', labels: { severity: 'page' }, annotations: { summary: '{{ $labels.job }}: {{ query "x" | first | value }}' } }] });
  bench.answers.set('up == 0', [[{ __name__: 'up', job: 'a' }, 0]]);
  bench.answers.set('x', [[{}, 7]]);
  await group.evaluate(60_000);
  assert.deepEqual(bench.written(), ['60000 {__name__="ALERTS", alertname="Down", alertstate="pending", job="a", severity="page"} = 1', '60000 {__name__="ALERTS_FOR_STATE", alertname="Down", job="a", severity="page"} = 60']);
  await group.evaluate(120_000);
  assert.deepEqual(bench.written(), [
    '120000 {__name__="ALERTS", alertname="Down", alertstate="firing", job="a", severity="page"} = 1',
    '120000 {__name__="ALERTS_FOR_STATE", alertname="Down", job="a", severity="page"} = 60',
    '120000 {__name__="ALERTS", alertname="Down", alertstate="pending", job="a", severity="page"} = stale',
  ]);
  const [rule] = group.status().rules;
  assert.ok(rule?.kind === 'alerting');
  assert.deepEqual([rule.state, rule.health, rule.alerts[0]?.annotations], ['firing', 'ok', { summary: 'a: 7' }]);
  bench.answers.set('up == 0', []);
  await group.evaluate(180_000);
  assert.deepEqual(bench.written(), ['180000 {__name__="ALERTS", alertname="Down", alertstate="firing", job="a", severity="page"} = stale', '180000 {__name__="ALERTS_FOR_STATE", alertname="Down", job="a", severity="page"} = stale']);
});

const FAILURES: readonly (readonly [what: string, spec: RuleGroupSpec, rows: readonly Record<string, string>[], error: RegExp])[] = [
  ['PromQL that cannot be parsed', { name: 'g', rules: [{ record: 'a', expr: 'sum(' }] }, [], /^could not parse expression: 1:\d+: parse error/],
  ['a template that cannot be parsed', { name: 'g', rules: [{ alert: 'a', expr: 'x', annotations: { b: '{{ nofunc }}' } }] }, [], /^annotation "b": template: __alert_a:1: function "nofunc" not defined$/],
  ['a label set twice', { name: 'g', rules: [{ record: 'a', expr: 'x', labels: { l: 'same' } }] }, [{ l: '1' }, { l: '2' }], /same labelset after applying rule labels/],
  ['an alert twice', { name: 'g', rules: [{ alert: 'a', expr: 'x', labels: { l: 'same' } }] }, [{ l: '1' }, { l: '2' }], /same labelset after applying alert labels/],
  ['too many series', { name: 'g', limit: 1, rules: [{ record: 'a', expr: 'x' }] }, [{ l: '1' }, { l: '2' }], /^exceeded limit of 1 with 2 series$/],
  ['too many alerts', { name: 'g', limit: 1, rules: [{ alert: 'a', expr: 'x' }] }, [{ l: '1' }, { l: '2' }], /^exceeded limit of 1 with 2 alerts$/],
];

test('a rule that fails says why, writes nothing and leaves the next alone', async () => {
  for (const [what, spec, rows, error] of FAILURES) {
    const bench = new Bench();
    bench.answers.set('x', rows.map((labels) => [labels, 1]));
    bench.answers.set('1', [[{}, 1]]);
    const group = bench.group({ ...spec, rules: [...(spec.rules ?? []), { record: 'next', expr: '1' }] });
    await group.evaluate(60_000);
    const [failed, next] = group.status().rules;
    assert.deepEqual([failed?.health, next?.health], ['err', 'ok'], what);
    assert.match(failed?.lastError ?? '', error, what);
    assert.deepEqual(bench.written(), ['60000 {__name__="next"} = 1'], what);
    assert.deepEqual([await bench.metric('rule_evaluations_total'), await bench.metric('rule_evaluation_failures_total')], [2, 1], what);
  }
});

test('samples that the store drops make the rule unhealthy', async () => {
  const bench = new Bench();
  bench.answers.set('1', [[{}, 1]]);
  bench.result = { ...TAKEN, outOfOrder: 1 };
  const group = bench.group({ name: 'g', rules: [{ record: 'a', expr: '1' }] });
  await group.evaluate(60_000);
  assert.equal(group.status().rules[0]?.lastError, 'out of order sample: 1 dropped');
});

test('turns that were missed are counted', async () => {
  const bench = new Bench();
  const group = bench.group({ name: 'g', rules: [] });
  for (const time of [60_000, 120_000, 300_000]) await group.evaluate(time);
  assert.deepEqual([await bench.metric('rule_group_iterations_total'), await bench.metric('rule_group_iterations_missed_total')], [5, 2]);
});

test('a changed group goes on where the old one was, and ends the series of rules that went', async () => {
  const bench = new Bench();
  bench.answers.set('x', [[{ job: 'a' }, 1]]);
  const before = bench.group({ name: 'g', rules: [{ alert: 'A', expr: 'x', for: '5m' }, { record: 'gone', expr: 'x' }] });
  await before.evaluate(60_000);
  const after = bench.group({ name: 'g', interval: '30s', rules: [{ alert: 'A', expr: 'x', for: '10m' }] });
  after.takeOver(before);
  bench.written();
  await after.evaluate(120_000);
  const [rule] = after.status().rules;
  assert.equal(rule?.kind === 'alerting' ? rule.alerts[0]?.activeAt : undefined, 60_000);
  assert.ok(bench.written().includes('120000 {__name__="gone", job="a"} = stale'));
  await after.markStale(180_000);
  assert.deepEqual(bench.written(), ['180000 {__name__="ALERTS", alertname="A", alertstate="pending", job="a"} = stale', '180000 {__name__="ALERTS_FOR_STATE", alertname="A", job="a"} = stale']);
});

test('after a start, alerts are written from the third evaluation on, with the start they had', async () => {
  const bench = new Bench();
  const selector = '{__name__="ALERTS_FOR_STATE", alertname="A"}';
  bench.answers.set('x', [[{ job: 'a' }, 1]]);
  bench.answers.set(selector, [[{ __name__: 'ALERTS_FOR_STATE', alertname: 'A', job: 'a', severity: 'page-a' }, 1000]]);
  bench.answers.set(`timestamp(${selector})`, [[{ alertname: 'A', job: 'a', severity: 'page-a' }, 1600]]);
  const group = bench.group({ name: 'g', rules: [{ alert: 'A', expr: 'x', for: '30m', labels: { severity: 'page-{{ $labels.job }}' } }] }, true);
  bench.clock.advance(2_000_000 - bench.clock.now());
  await group.evaluate(1_940_000);
  await group.evaluate(2_000_000);
  assert.deepEqual(bench.written(), []);
  const [rule] = group.status().rules;
  // 10 of 30 minutes were waited out when it stopped; the 400 s away do not count.
  assert.equal(rule?.kind === 'alerting' ? rule.alerts[0]?.activeAt : undefined, 1_400_000);
  await group.evaluate(2_060_000);
  assert.equal(bench.written().at(-1), '2060000 {__name__="ALERTS_FOR_STATE", alertname="A", job="a", severity="page-a"} = 1400');
});
