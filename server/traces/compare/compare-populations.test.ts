import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PathDictionary } from '#server/traces/core/path-dictionary.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import { columnsOf } from '#server/traces/testing/columns-of.ts';
import { shapedTrace } from '#server/traces/testing/shaped-trace.ts';
import { traceOf } from '#server/traces/testing/trace-of.ts';
import { comparePopulations, type PlaceDifference } from './compare-populations.ts';
import { CriticalPathCollector } from './critical-path-totals.ts';
import { PopulationBuilder } from './population.ts';

/** A payment whose call of the bank takes `bank` and whose own work goes from 0 to `total`, microseconds. */
function payment(i: number, { bank, total = 100 + bank, failed = false, version }: { readonly bank: number; readonly total?: number; readonly failed?: boolean; readonly version: string }): string {
  return `shop checkout 0+${total + 20} k=v\npayment  pay 10+${total} k=v version=${version} unique=${version}${i}${failed ? ' !' : ''}\nbank   charge 20+${bank} k=v`;
}

function compare(a: readonly string[], b: readonly string[]): ReturnType<typeof comparePopulations> {
  const paths = new PathDictionary();
  const [inA, inB] = [a, b].map((texts) => {
    const builder = new PopulationBuilder(paths, { spansSampled: 100 });
    for (const text of texts) builder.add(buildSegment(traceOf(text)));
    return builder.finish();
  });
  return comparePopulations(paths, inA!, inB!);
}
const placeOf = (places: readonly PlaceDifference[], name: string): PlaceDifference => places.find((p) => p.name === name) ?? assert.fail(name);

const V2 = Array.from({ length: 30 }, (_, i) => payment(i, { bank: 40 + (i % 10), version: 'v2' }));
const V3 = Array.from({ length: 30 }, (_, i) => payment(i, { bank: 70 + (i % 10), failed: i % 3 === 0, version: 'v3' }));

test('what is slower in one population is found, with how sure it is and what it costs', () => {
  const { a, b, duration, places, attributes } = compare(V2, V3);
  assert.deepEqual([a.traces, b.traces, a.spans, b.errors, a.p50 / 1000], [30, 30, 90, 10, 164]);
  assert.ok(duration.p < 1e-9 && duration.probabilityGreater === 1);
  const charge = placeOf(places, 'charge');
  assert.deepEqual([charge.depth, places[charge.parent]?.name, charge.a.meanDuration, charge.b.meanDuration, charge.difference.p50, charge.a.p95], [2, 'pay', 44_500, 74_500, 30_000, 49_000]);
  assert.ok(charge.duration.falseDiscovery < 0.001 && charge.failed.p === 1 && charge.present.p === 1);
  const pay = placeOf(places, 'pay');
  assert.deepEqual([pay.difference.self, pay.b.errors, pay.difference.errorsPerTrace], [0, 10, 10 / 30]);
  assert.ok(pay.failed.falseDiscovery < 0.05);
  assert.ok(Math.abs(charge.b.criticalShare - placeOf(compare(V3, V3).places, 'charge').a.criticalShare) < 1e-12 && charge.difference.criticalShare > 0.1);
  assert.equal(attributes[0]?.field, 'span.version');
  assert.ok(!attributes.some((d) => d.field === 'span.unique'));
});

test('a population differs from itself in nothing', () => {
  for (const place of compare(V2, V2).places) assert.deepEqual([Object.values(place.difference).filter((d) => d !== 0), place.duration.p > 0.9, place.failed.p, place.present.p], [[], true, 1, 1]);
});

test('calls that only some traces make are told by their presence', () => {
  const cached = Array.from({ length: 30 }, () => 'shop checkout 0+40 k=v\npayment  pay 10+20 k=v');
  const charge = placeOf(compare(V2, [...[0, 7, 14, 21, 28].map((i) => V2[i]!), ...cached]).places, 'charge');
  assert.deepEqual([charge.a.presence, charge.b.presence, charge.b.traces, charge.b.callsPerTrace], [1, 5 / 35, 5, 5 / 35]);
  assert.ok(charge.present.falseDiscovery < 0.001 && charge.duration.falseDiscovery > 0.1);
});

test('nothing to compare with is no certainty', () => {
  const { a, places } = compare([], V2.slice(0, 2));
  assert.deepEqual([a, placeOf(places, 'pay').duration.p, placeOf(places, 'pay').a.presence], [{ traces: 0, spans: 0, errors: 0, p50: 0, p95: 0, p99: 0 }, 1, 0]);
});

test('the critical paths of many traces add up by service, operation and place, the slow ones beside the usual', () => {
  const collector = new CriticalPathCollector();
  for (const text of [...V2.slice(0, 9), payment(9, { bank: 1000, version: 'v2' })]) collector.add(columnsOf(traceOf(text)));
  const { traces, services, operations, places, usualTraces, slowTraces, p99 } = collector.totals();
  assert.deepEqual([traces, usualTraces, slowTraces, p99], [10, 5, 1, 1_120_000]);
  assert.deepEqual(services.map((s) => s.service), ['bank', 'payment', 'shop']);
  const bank = services[0]!;
  assert.deepEqual([bank.mean, bank.usualMean, bank.slowMean, bank.slowShare, bank.inferred, bank.traces], [139_600, 42_000, 1_000_000, 1000 / 1120, 0, 10]);
  for (const cohort of ['share', 'usualShare', 'slowShare'] as const) assert.ok(Math.abs(services.reduce((sum, s) => sum + s[cohort], 0) - 1) < 1e-9);
  assert.deepEqual(operations[0], { ...bank, name: 'charge', kind: 'internal' });
  assert.deepEqual(places.map((p) => [p.name, p.parent, p.depth]), [['checkout', -1, 0], ['pay', 0, 1], ['charge', 1, 2]]);
});

test('places above one on the path are listed even when they are not on it themselves', () => {
  const collector = new CriticalPathCollector();
  collector.add(columnsOf(traceOf('a root 0+10\nb  all 0+10')));
  assert.deepEqual(collector.totals().places.map((p) => [p.service, p.share]), [['a', 0], ['b', 1]]);
  assert.deepEqual(new CriticalPathCollector().totals().places, []);
});

for (const shape of ['wide', 'deep'] as const) {
  test(`a population of one trace of 100,000 spans ${shape}`, () => {
    const paths = new PathDictionary();
    const builder = new PopulationBuilder(paths, { spansSampled: 500 });
    const collector = new CriticalPathCollector();
    const spans = shapedTrace(shape, 100_000);
    builder.add(buildSegment(spans));
    collector.add(columnsOf(spans));
    const population = builder.finish();
    const { places } = comparePopulations(paths, population, population);
    assert.deepEqual([places.reduce((sum, p) => sum + p.a.calls, 0) <= 100_000, population.sampledSpans, collector.totals().traces], [true, 500, 1]);
  });
}
