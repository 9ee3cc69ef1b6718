import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { ManualClock } from '#mesh-core/testing/manual-clock.ts';
import type { ConfigCache, ConfigChange } from '#server/config/config-cache.ts';
import { isStaleMarker } from '#server/timeseries/stale-marker.ts';
import type { Appender, AppendResult, Sample } from '#server/timeseries/storage.ts';
import { startRuleManager, type RuleManager } from './rule-manager.ts';
import { createRuleMetrics } from './rule-metrics.ts';

const INTERVAL = 10_000;
const TAKEN: AppendResult = { appended: 0, duplicate: 0, outOfOrder: 0, tooOld: 0, seriesLimit: 0 };

/** A manager over objects that the test puts and drops; every expression gives one series of value 1. */
class Bench {
  readonly clock = new ManualClock();
  readonly written: Sample[] = [];
  readonly #objects = new Map<string, KubeObject>();
  readonly #listeners = new Set<(change: ConfigChange) => void>();
  readonly manager: RuleManager;

  constructor(...objects: readonly KubeObject[]) {
    for (const object of objects) this.#objects.set(object.metadata.name, object);
    const config = {
      // Safe: the test asks for kinds of what it put in.
      list: ((kind: string) => [...this.#objects.values()].filter((object) => object.kind === kind)) as ConfigCache['list'],
      onChange: (listener: (change: ConfigChange) => void) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      synced: Promise.resolve(),
    };
    const appender: Appender = { epoch: 0, ref: () => 0, appendBatch: async () => TAKEN, setMetadata: () => undefined, append: async (samples) => (this.written.push(...samples), TAKEN) };
    const metrics = { query: async (_: string, options?: { readonly time?: number }) => ({ value: { resultType: 'vector' as const, result: [{ metric: {}, value: [options?.time ?? 0, 1] as const }] }, warnings: [], infos: [] }) };
    this.manager = startRuleManager({ config, metrics, appender, clock: this.clock, log: silentLogger, ruleMetrics: createRuleMetrics(new Registry()), externalUrl: () => '', defaultIntervalMs: INTERVAL });
  }

  async put(object: KubeObject): Promise<void> {
    const previous = this.#objects.get(object.metadata.name);
    this.#objects.set(object.metadata.name, object);
    await this.#tell({ type: previous === undefined ? 'ADDED' : 'MODIFIED', object, previous });
  }

  async drop(object: KubeObject): Promise<void> {
    this.#objects.delete(object.metadata.name);
    await this.#tell({ type: 'DELETED', object, previous: object });
  }

  /** Moves time on interval by interval, so that each evaluation ends before the next. */
  async pass(intervals: number): Promise<void> {
    await settle();
    for (let i = 0; i < intervals; i++) {
      this.clock.advance(INTERVAL);
      await settle();
    }
  }

  /** Metrics written since the last look; `!` marks the end of a series. */
  names(): string[] {
    return this.written.splice(0).map(({ labels, value }) => `${labels['__name__'] ?? ''}${isStaleMarker(value) ? '!' : ''}`);
  }

  async #tell(change: ConfigChange): Promise<void> {
    for (const listener of this.#listeners) listener(change);
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await turn();
}

const rules = (name: string, ...records: readonly string[]): KubeObject => ({ apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', metadata: { name, namespace: 'shop' }, spec: { groups: [{ name: 'g', rules: records.map((record) => ({ record, expr: '1' })) }] } });

test('groups are evaluated at evenly spaced moments, once an interval', async () => {
  const bench = new Bench(rules('a', 'one', 'two'));
  await bench.pass(3);
  const times = bench.written.filter(({ labels }) => labels['__name__'] === 'one').map(({ timestamp }) => timestamp);
  assert.equal(times.length, 3);
  assert.deepEqual(times.map((time, i) => time - (times[0] ?? 0) - i * INTERVAL), [0, 0, 0]);
  assert.deepEqual(bench.names(), ['one', 'two', 'one', 'two', 'one', 'two']);
  await bench.manager.close();
});

test('rules follow the objects: new ones run, removed ones of a group end at once, removed groups after two intervals', async () => {
  const bench = new Bench(rules('a', 'one', 'two'));
  await bench.pass(1);
  assert.deepEqual(bench.names(), ['one', 'two']);
  await bench.put(rules('a', 'one'));
  await bench.pass(1);
  assert.deepEqual(bench.names(), ['one', 'two!']);
  await bench.put(rules('b', 'three'));
  await bench.drop(rules('a'));
  assert.deepEqual((await bench.manager.groups()).map(({ file }) => file), ['prometheusrules/shop/b']);
  await bench.pass(1);
  assert.deepEqual(bench.names(), ['three']);
  await bench.pass(1);
  assert.deepEqual(bench.names().toSorted(), ['one!', 'three']);
  await bench.manager.close();
});

test('after the end nothing is evaluated and nothing marked: the rules are still there', async () => {
  const bench = new Bench(rules('a', 'one'));
  await bench.pass(1);
  bench.names();
  await bench.manager.close();
  await bench.pass(5);
  assert.deepEqual(bench.names(), []);
});
