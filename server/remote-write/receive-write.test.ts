import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { compress } from 'snappyjs';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { histogramTestExpression } from '#server/histogram/format-histogram.ts';
import { isStaleMarker } from '#server/timeseries/stale-marker.ts';
import { STALE_NAN, type Appender, type AppendResult, type Exemplar, type Labels, type MetricMetadata, type SampleBatch } from '#server/timeseries/storage.ts';
import { bytesField, doubleField, intField, message, packedDoubles, packedSints, packedUints, sintField, type ProtobufField } from '#server/wire/testing/protobuf-writer.ts';
import { receiveWrite, type WriteOutcome } from './receive-write.ts';
import { SeriesRefs } from './series-refs.ts';
import { WriteRefusal } from './write-refusal.ts';

const NOW = 1_795_000_000_000;
const V1 = 'application/x-protobuf';
const V2 = 'application/x-protobuf;proto=io.prometheus.write.v2.Request';

/** Keeps what it is given, or refuses samples as a test wants. */
class KeepingStore implements Appender {
  epoch = 1;
  readonly series: Labels[] = [];
  readonly stored: string[] = [];
  readonly exemplars: { readonly series: Labels; readonly exemplar: Exemplar }[] = [];
  readonly metadata = new Map<string, MetricMetadata>();
  refuse: Partial<AppendResult> = {};
  maxSeries = Infinity;
  failure: Error | undefined;

  ref(labels: Labels): number {
    const known = this.series.findIndex((one) => JSON.stringify(one) === JSON.stringify(labels));
    if (known >= 0) return known + 1;
    return this.series.length >= this.maxSeries ? 0 : this.series.push(labels);
  }
  async appendBatch(batch: SampleBatch): Promise<AppendResult> {
    if (this.failure !== undefined) throw this.failure;
    let seriesLimit = 0;
    for (let i = 0; i < batch.count; i++) {
      const ref = batch.refs[i] ?? 0;
      if (ref === 0) {
        seriesLimit++;
        continue;
      }
      const histogram = batch.histograms?.get(i);
      const value = batch.values[i] ?? 0;
      const start = batch.startTimestamps?.get(i);
      this.stored.push(`${this.series[ref - 1]?.['__name__']} ${histogram === undefined ? (isStaleMarker(value) ? 'stale' : value) : histogramTestExpression(histogram)} @${(batch.timestamps[i] ?? 0) - NOW}${start === undefined ? '' : ` since ${start - NOW}`}`);
    }
    for (const { ref, exemplar } of batch.exemplars ?? []) this.exemplars.push({ series: this.series[ref - 1] ?? {}, exemplar });
    return { appended: batch.count - seriesLimit, duplicate: 0, outOfOrder: 0, tooOld: 0, seriesLimit, ...this.refuse };
  }
  append(): Promise<AppendResult> {
    throw new Error('not used');
  }
  setMetadata(name: string, metadata: MetricMetadata): void {
    this.metadata.set(name, metadata);
  }
}

function aReceiver() {
  const store = new KeepingStore();
  const refs = new SeriesRefs(store);
  const receive = (contentType: string, bytes: Uint8Array, contentEncoding = 'snappy'): Promise<WriteOutcome> =>
    receiveWrite({ body: compress(bytes), contentType, contentEncoding }, { appender: store, refs, clock: { now: () => NOW }, log: silentLogger });
  return { store, receive };
}

function label(name: string, value: string | Uint8Array): ProtobufField {
  return bytesField(1, message(bytesField(1, name), bytesField(2, value)));
}
function sample(value: number, time: number, start?: number): ProtobufField {
  return bytesField(2, message(doubleField(1, value), intField(2, NOW + time), ...(start === undefined ? [] : [intField(3, NOW + start)])));
}
function seriesV1(...fields: readonly ProtobufField[]): ProtobufField {
  return bytesField(1, message(...fields));
}
const WHOLE_HISTOGRAM = [
  intField(1, 12), doubleField(3, 18.4), sintField(4, 1), doubleField(5, 0.001), intField(6, 2), bytesField(8, message(sintField(1, 0), intField(2, 1))), packedSints(9, [3]),
  bytesField(11, message(sintField(1, -1), intField(2, 3))), packedSints(12, [3, -2, 2]), intField(14, 3),
] as const;
const CUSTOM_HISTOGRAM = [doubleField(2, 3.5), doubleField(3, 7), sintField(4, -53), bytesField(11, message(intField(2, 2))), packedDoubles(13, [1.5, 2]), packedDoubles(16, [1, 2])] as const;

test('1.0: floats, histograms, exemplars, metadata and the end of series are stored', async () => {
  const { store, receive } = aReceiver();
  const exemplar = bytesField(3, message(label('trace_id', 'abc'), doubleField(2, 0.5), intField(3, NOW - 5)));
  const outcome = await receive(
    V1,
    message(
      seriesV1(label('__name__', 'up'), label('job', 'é'), sample(1, -1000), sample(STALE_NAN, 0), exemplar),
      seriesV1(bytesField(4, message(...WHOLE_HISTOGRAM, intField(15, NOW))), label('__name__', 'took')),
      seriesV1(label('__name__', 'sized'), bytesField(4, message(...CUSTOM_HISTOGRAM, intField(15, NOW)))),
      seriesV1(label('__name__', 'gone'), bytesField(4, message(doubleField(3, STALE_NAN), intField(15, NOW)))),
      bytesField(3, message(intField(1, 1), bytesField(2, 'up'), bytesField(4, 'is it there'), bytesField(5, 'bool'))),
    ),
  );
  assert.deepEqual(outcome, { version: '1.0', samples: 2, histograms: 3, exemplars: 1, problems: undefined });
  assert.deepEqual(store.stored, [
    'up 1 @-1000',
    'up stale @0',
    'took {{schema:1 count:12 sum:18.4 z_bucket:2 z_bucket_w:0.001 counter_reset_hint:gauge offset:-1 buckets:[3 1 3] n_buckets:[3]}} @0',
    'sized {{schema:-53 count:3.5 sum:7 custom_values:[1 2] buckets:[1.5 2]}} @0',
    'gone stale @0',
  ]);
  assert.deepEqual(store.series[0], { __name__: 'up', job: 'é' });
  assert.deepEqual(store.exemplars, [{ series: { __name__: 'up', job: 'é' }, exemplar: { labels: { trace_id: 'abc' }, value: 0.5, timestamp: NOW - 5 } }]);
  assert.deepEqual(store.metadata.get('up'), { type: 'counter', help: 'is it there', unit: 'bool' });
});

const SYMBOLS = ['', '__name__', 'took_bucket', 'le', '+Inf', 'how long', 'seconds', 'trace_id', 'abc', 'took'] as const;
function requestV2(...series: readonly Uint8Array[]): Uint8Array {
  return message(...series.map((one) => bytesField(5, one)), ...SYMBOLS.map((symbol) => bytesField(4, symbol)));
}

test('2.0: symbols name labels, metadata and exemplars; samples have start times', async () => {
  const { store, receive } = aReceiver();
  const metadata = bytesField(5, message(intField(1, 3), intField(3, 5), intField(4, 6)));
  const exemplar = bytesField(4, message(packedUints(1, [7, 8]), doubleField(2, 0.5), intField(3, NOW)));
  const outcome = await receive(
    V2,
    requestV2(
      message(packedUints(1, [1, 2, 3, 4]), sample(7, 0, -9000), sample(8, 1), exemplar, metadata),
      message(bytesField(3, message(...WHOLE_HISTOGRAM, intField(15, NOW), intField(17, NOW - 60))), packedUints(1, [1, 9])),
    ),
  );
  assert.deepEqual(outcome, { version: '2.0', samples: 2, histograms: 1, exemplars: 1, problems: undefined });
  assert.deepEqual(store.stored.map((line) => line.replace(/\{\{.*\}\}/, 'H')), ['took_bucket 7 @0 since -9000', 'took_bucket 8 @1', 'took H @0 since -60']);
  assert.deepEqual(store.series[0], { __name__: 'took_bucket', le: '+Inf' });
  assert.deepEqual(store.metadata.get('took'), { type: 'histogram', help: 'how long', unit: 'seconds' });
  assert.deepEqual(store.exemplars[0]?.exemplar, { labels: { trace_id: 'abc' }, value: 0.5, timestamp: NOW });
});

test('what cannot be stored is told, the rest is stored', async () => {
  const name = label('__name__', 'good');
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    [V1, message(seriesV1(label('job', 'x'), sample(1, 0)), seriesV1(name, sample(1, 0))), /there is no metric name \(__name__\): \{job="x"\}/],
    [V1, message(seriesV1(label('__name__', 'a'), label('x', '1'), label('x', '2'), sample(1, 0)), seriesV1(name, sample(1, 0))), /the label x is there twice/],
    [V1, message(seriesV1(label('__name__', 'a'), label('x', Uint8Array.of(0xff)), sample(1, 0)), seriesV1(name, sample(1, 0))), /a label value \(of x\) is not UTF-8/],
    [V1, message(seriesV1(name, sample(1, 0), sample(2, 11 * 60_000))), /timestamp is too far in the future, for \{__name__="good"\}/],
    [V1, message(seriesV1(name, sample(1, 0), bytesField(4, message(intField(1, 5), intField(15, NOW))))), /0 observations found in buckets, but the Count field is 5.*for \{__name__="good"\}/],
    [V1, message(seriesV1(name, sample(1, 0), bytesField(4, message(sintField(4, 99), intField(15, NOW))))), /invalid schema/],
    [V2, message(bytesField(4, ''), bytesField(4, '__name__'), bytesField(4, 'good'), bytesField(5, message(packedUints(1, [1, 2, 3]), sample(1, 0))), bytesField(5, message(packedUints(1, [1, 2]), sample(1, 0)))), /label references come in pairs, but there are 3/],
    [V2, message(bytesField(4, ''), bytesField(4, '__name__'), bytesField(4, 'good'), bytesField(5, message(packedUints(1, [1, 9]), sample(1, 0))), bytesField(5, message(packedUints(1, [1, 2]), sample(1, 0)))), /a label refers to symbol 9, of 3/],
    [V2, message(bytesField(4, ''), bytesField(4, '__name__'), bytesField(4, 'good'), bytesField(5, message(packedUints(1, [1, 2]))), bytesField(5, message(packedUints(1, [1, 2]), sample(1, 0)))), /at least one sample or histogram: good/],
  ];
  for (const [contentType, bytes, problem] of cases) {
    const { store, receive } = aReceiver();
    const outcome = await receive(contentType, bytes);
    assert.match(outcome.problems ?? '', problem);
    assert.deepEqual([outcome.samples, store.stored], [1, ['good 1 @0']]);
  }
});

test('many problems are told in one line', async () => {
  const { receive } = aReceiver();
  const outcome = await receive(V1, message(...Array.from({ length: 8 }, () => seriesV1(label('job', 'x'), sample(1, 0)))));
  assert.match(outcome.problems ?? '', /^(there is no metric name [^;]*; ){5}and 3 more$/);
});

test('what the store leaves out is told in words', async () => {
  const { store, receive } = aReceiver();
  store.refuse = { appended: 0, outOfOrder: 2, duplicate: 1, tooOld: 1 };
  const outcome = await receive(V1, message(seriesV1(label('__name__', 'a'), sample(1, 0))));
  assert.equal(outcome.problems, 'out of order sample (2 samples); duplicate sample for timestamp (1 sample); too old sample (1 sample)');
  const full = aReceiver();
  full.store.maxSeries = 0;
  assert.match((await full.receive(V1, message(seriesV1(label('__name__', 'a'), sample(1, 0))))).problems ?? '', /as many series as it may \(1 sample\)/);
});

test('a store that cannot write is an error of its own, so that the sender comes again', async () => {
  const { store, receive } = aReceiver();
  store.failure = new Error('disk full');
  await assert.rejects(receive(V1, message(seriesV1(label('__name__', 'a'), sample(1, 0)))), /disk full/);
});

test('series are known again by their bytes, also after the store dropped some', async () => {
  const { store, receive } = aReceiver();
  const request = message(seriesV1(label('__name__', 'a'), label('x', 'y'), sample(1, 0)));
  await receive(V1, request);
  await receive(V1, request);
  assert.equal(store.series.length, 1);
  store.series.length = 0;
  store.epoch++;
  await receive(V1, request);
  assert.deepEqual(store.series, [{ __name__: 'a', x: 'y' }]);
  // The same labels with other boundaries between texts are another series.
  await receive(V2, message(bytesField(4, ''), bytesField(4, '__name__'), bytesField(4, 'a1;x'), bytesField(4, 'a'), bytesField(4, 'x'), bytesField(5, message(packedUints(1, [1, 2]), sample(1, 0))), bytesField(5, message(packedUints(1, [1, 3, 4, 3]), sample(1, 0)))));
  assert.deepEqual(store.series.slice(1), [{ __name__: 'a1;x' }, { __name__: 'a', x: 'a' }]);
});

test('what cannot be read is refused with the status that says why', async () => {
  const { store, receive } = aReceiver();
  const body = message(seriesV1(label('__name__', 'a'), sample(1, 0)));
  const refused = (attempt: Promise<unknown>, status: number, text: RegExp): Promise<void> => assert.rejects(attempt, (error: unknown) => error instanceof WriteRefusal && error.status === status && text.test(error.message));
  await refused(receive('text/plain', body), 415, /send application\/x-protobuf, not text\/plain/);
  await refused(receive('application/x-protobuf;proto=io.prometheus.write.v3.Request', body), 415, /v3\.Request are not taken; send prometheus\.WriteRequest or io\.prometheus\.write\.v2\.Request/);
  await refused(receive(V1, body, 'gzip'), 415, /the encoding gzip is not taken/);
  await refused(receive(V1, Uint8Array.of(0x0a, 5, 1)), 400, /not what its Content-Type says: 5 bytes are announced, 1 are left/);
  const services = { appender: store, refs: new SeriesRefs(store), clock: { now: () => NOW }, log: silentLogger };
  await refused(receiveWrite({ body: Buffer.from('garbage'), contentType: V1, contentEncoding: 'snappy' }, services), 400, /not Snappy/);
  await refused(receiveWrite({ body: Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f), contentType: V1, contentEncoding: 'snappy' }, services), 413, /4294967295 bytes/);
  assert.deepEqual([store.series, store.stored], [[], []]);
  assert.equal((await receive('', body, '')).samples, 1);
  assert.equal((await receive('application/x-protobuf; proto="prometheus.WriteRequest"', body)).version, '1.0');
});

test('an empty request is taken', async () => {
  const { receive } = aReceiver();
  assert.deepEqual(await receive(V2, message()), { version: '2.0', samples: 0, histograms: 0, exemplars: 0, problems: undefined });
});

test('whatever the bytes are, a request is taken or refused in words', async () => {
  const valid = requestV2(message(packedUints(1, [1, 9]), sample(1, 0), bytesField(3, message(...WHOLE_HISTOGRAM, intField(15, NOW)))));
  const validV1 = message(seriesV1(label('__name__', 'a'), sample(1, 0), bytesField(4, message(...CUSTOM_HISTOGRAM, intField(15, NOW)))));
  const damaged = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> =>
    fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }).map((changes) => {
      const copy = bytes.slice();
      for (const [at, byte] of changes) copy[at] = byte;
      return copy;
    });
  const { store } = aReceiver();
  const services = { appender: store, refs: new SeriesRefs(store), clock: { now: () => NOW }, log: silentLogger };
  await fc.assert(
    fc.asyncProperty(fc.oneof(damaged(valid), damaged(validV1), fc.uint8Array({ maxLength: 100 })), fc.boolean(), fc.boolean(), async (bytes, v2, packed) => {
      try {
        await receiveWrite({ body: packed ? compress(bytes) : bytes, contentType: v2 ? V2 : V1, contentEncoding: 'snappy' }, services);
      } catch (error) {
        assert.ok(error instanceof WriteRefusal, String(error));
      }
    }),
    { numRuns: 20_000, interruptAfterTimeLimit: 1500, markInterruptAsFailure: false },
  );
});
