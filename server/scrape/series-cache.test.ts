import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsKey } from '#server/timeseries/labels.ts';
import { isStaleMarker } from '#server/timeseries/stale-marker.ts';
import type { Appender, Labels } from '#server/timeseries/storage.ts';
import type { BatchBuilder } from './batch-builder.ts';
import { labelsProblem } from './check-labels.ts';
import { parseOpenMetrics } from './exposition/parse-openmetrics.ts';
import { parseText } from './exposition/parse-text.ts';
import { sampleLabels } from './sample-labels.ts';
import { SeriesCache, type SeriesCacheOptions } from './series-cache.ts';

/** An appender that knows series by their labels, and can drop them all. */
function fakeStore() {
  const refs = new Map<string, number>();
  const labels: Labels[] = [{}];
  let epoch = 1;
  let asked = 0;
  const none = { appended: 0, duplicate: 0, outOfOrder: 0, tooOld: 0, seriesLimit: 0 };
  const appender: Appender = {
    get epoch() {
      return epoch;
    },
    ref(of) {
      asked++;
      const key = labelsKey(of);
      const ref = refs.get(key) ?? labels.push(of) - 1;
      refs.set(key, ref);
      return ref;
    },
    appendBatch: async () => none,
    append: async () => none,
    setMetadata: () => undefined,
  };
  const forget = (): void => {
    refs.clear();
    epoch++;
  };
  return { appender, labels, forget, asked: () => asked };
}

const NO_LIMITS = { labelLimit: 0, labelNameLengthLimit: 0, labelValueLengthLimit: 0 };
function setUp(own: Partial<SeriesCacheOptions> = {}) {
  const store = fakeStore();
  const rules = { targetLabels: {}, honorLabels: false, metricRelabel: [] };
  const cache = new SeriesCache({ appender: store.appender, labelsFor: (labels) => sampleLabels(labels, rules), problemOf: (labels) => labelsProblem(labels, NO_LIMITS, 'utf8'), honorTimestamps: true, trackTimestampsStaleness: false, sampleLimit: 0, ...own });
  const texts = (batch: BatchBuilder): string[] => {
    const { count, refs, timestamps, values } = batch.build();
    return Array.from({ length: count }, (_, i) => {
      const { __name__: name, ...rest } = store.labels[refs[i] ?? 0] ?? {};
      return `${name}${Object.values(rest).join('')}@${timestamps[i]}=${isStaleMarker(values[i] ?? 0) ? 'stale' : values[i]}`;
    });
  };
  const take = (page: string, time: number): string[] => {
    const taken = cache.take(parseText(page, { hints: cache }), time);
    if (taken.kind === 'refused') return [taken.reason];
    taken.commit();
    return texts(taken.batch);
  };
  const end = (time: number): string[] => {
    const { batch, commit } = cache.endAll(time);
    commit();
    return texts(batch);
  };
  return { store, cache, take, end, texts };
}

test('a series that is no longer on the page gets a staleness marker, once', () => {
  const { take, end } = setUp();
  assert.deepEqual(take('a 1\nb 2\nc 3\n', 1000), ['a@1000=1', 'b@1000=2', 'c@1000=3']);
  assert.deepEqual(take('a 1\nc 2\n', 2000), ['a@2000=1', 'c@2000=2', 'b@2000=stale']);
  assert.deepEqual(take('c 1\na 1\n', 3000), ['c@3000=1', 'a@3000=1']);
  assert.deepEqual(end(4000), ['c@4000=stale', 'a@4000=stale']);
  assert.deepEqual(end(5000), []);
});

test('after a failed scrape the series are known, but new to nobody, and end again', () => {
  const { cache, take, end } = setUp();
  take('a 1\n', 1000);
  end(2000);
  const again = cache.take(parseText('a 2\nb 1\n', { hints: cache }), 3000);
  assert.ok(again.kind === 'taken');
  assert.equal(again.added, 1);
  again.commit();
  assert.deepEqual(end(4000), ['a@4000=stale', 'b@4000=stale']);
});

test('a page that could not be stored does not count as the known one', () => {
  const { cache, take, end } = setUp();
  take('a 1\n', 1000);
  const failed = cache.take(parseText('b 1\n', { hints: cache }), 2000);
  assert.ok(failed.kind === 'taken');
  failed.abort();
  assert.deepEqual(end(3000), ['a@3000=stale']);
  const next = cache.take(parseText('b 1\n', { hints: cache }), 4000);
  assert.equal(next.kind === 'taken' && next.added, 1);
});

test('a page with a fault is refused, with the samples it had so far, and leaves nothing', () => {
  const { cache, take } = setUp();
  const page = parseText('a 1\nb 1\nc x\n', { hints: cache });
  assert.deepEqual(cache.take(page, 1000), { kind: 'refused', reason: 'line 3: expected a number after "c", found "x"', scraped: 2, kept: 2 });
  assert.deepEqual(take('\n', 2000), []);
});

test('a stated timestamp is honored and makes no staleness marker, unless it is to be tracked', () => {
  const { take } = setUp();
  assert.deepEqual(take('a 1 500\nb 2\n', 1000), ['a@500=1', 'b@1000=2']);
  assert.deepEqual(take('\n', 2000), ['b@2000=stale']);
  const tracked = setUp({ trackTimestampsStaleness: true });
  tracked.take('a 1 500\n', 1000);
  assert.deepEqual(tracked.take('\n', 2000), ['a@2000=stale']);
  assert.deepEqual(setUp({ honorTimestamps: false }).take('a 1 500\n', 1000), ['a@1000=1']);
});

test('a timestamp far in the future is left out, because it would block its series', () => {
  const { cache, texts } = setUp();
  const taken = cache.take(parseText('a 1 99999999999999\nb 2 601000\n'), 1000);
  assert.ok(taken.kind === 'taken');
  assert.deepEqual([texts(taken.batch), taken.fromTheFuture, taken.added], [['b@601000=2'], 1, 1]);
});

test('a series that stands twice on a page is taken once; with times of its own, each time', () => {
  const { cache, texts, take } = setUp();
  const taken = cache.take(parseText('a 1\na 2\nb 1 100\nb 2 200\n'), 1000);
  assert.ok(taken.kind === 'taken');
  assert.deepEqual([texts(taken.batch), taken.duplicates, taken.kept, taken.scraped], [['a@1000=1', 'b@100=1', 'b@200=2'], 1, 4, 4]);
  taken.commit();
  assert.deepEqual(take('a 3\na 4\n', 2000), ['a@2000=3']);
});

test('the same labels in another order are the same series', () => {
  const { take } = setUp();
  take('a{x="1",y="2"} 1\n', 1000);
  assert.deepEqual(take('a{y="2",x="1"} 2\n', 2000), ['a12@2000=2']);
});

test('bounds of histograms have one spelling', () => {
  const { take } = setUp();
  assert.deepEqual(take('# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="2.50"} 1\nh_bucket{le="1000000"} 1\nh_bucket{le="+inf"} 1\n# TYPE g gauge\ng{le="1"} 1\n', 1), ['h_bucket1.0@1=1', 'h_bucket2.5@1=1', 'h_bucket1e+06@1=1', 'h_bucket+Inf@1=1', 'g1@1=1']);
});

test('more samples than the limit after relabelling refuse the page', () => {
  const { cache } = setUp({ sampleLimit: 2, labelsFor: (labels) => (labels['__name__'] === 'drop' ? undefined : labels) });
  assert.equal(cache.take(parseText('a 1\ndrop 1\nb 1\n'), 1).kind, 'taken');
  assert.deepEqual(cache.take(parseText('a 1\ndrop 1\nb 1\nc 1\n', { hints: cache }), 2), { kind: 'refused', reason: 'sample limit exceeded: 3 samples after relabelling, limit 2', scraped: 4, kept: 3 });
});

test('a series without a name or with a label twice refuses the page and names the series', () => {
  const { cache } = setUp({ labelsFor: ({ __name__: _, ...rest }) => rest });
  assert.match(JSON.stringify(cache.take(parseText('a{x="1"} 1\n'), 1)), /missing metric name/);
  assert.match(JSON.stringify(setUp().cache.take(parseText('a{x="1",x="2"} 1\n'), 1)), /the label x is there twice: a\{x/);
});

test('refs are asked for once; when the store dropped series, again for those that have no new samples', () => {
  const { store, take, end } = setUp();
  take('a 1\nb 1\n', 1000);
  take('a 1\nb 1\n', 2000);
  assert.equal(store.asked(), 2);
  store.forget();
  assert.deepEqual(take('a 1\n', 3000), ['a@3000=1', 'b@3000=stale']);
  assert.equal(store.asked(), 2);
  end(4000);
  store.forget();
  assert.deepEqual(take('a 1\n', 5000), ['a@5000=1']);
  assert.equal(store.asked(), 3);
});

test('after a batch that was refused all refs are asked for again', () => {
  const { store, cache, take } = setUp();
  take('a 1\nb 1\n', 1000);
  const taken = cache.take(parseText('a 1\nb 1\n', { hints: cache }), 2000);
  assert.ok(taken.kind === 'taken');
  taken.abort();
  take('a 1\nb 1\n', 3000);
  assert.equal(store.asked(), 4);
});

test('exemplars go to their series, at their own time or that of the sample; too long ones do not', () => {
  const { cache, store } = setUp();
  const long = 'x'.repeat(130);
  const taken = cache.take(parseOpenMetrics(`a_total 1 # {t="1"} 0.5 2\nb_total 2 # {t="2"} 1\nc_total 3 # {t="${long}"} 1\n# EOF\n`), 1000);
  assert.ok(taken.kind === 'taken');
  assert.deepEqual(
    taken.batch.build().exemplars?.map(({ ref, exemplar }) => [store.labels[ref]?.['__name__'], exemplar]),
    [['a_total', { labels: { t: '1' }, value: 0.5, timestamp: 2000 }], ['b_total', { labels: { t: '2' }, value: 1, timestamp: 1000 }]],
  );
});

test('the memory of what is known follows a target whose series change all the time', () => {
  const { cache, take } = setUp();
  for (let round = 0; round < 50; round++) take(Array.from({ length: 100 }, (_, i) => `m{i="${round * 90 + i}"} 1\n`).join(''), round * 1000);
  assert.equal(cache.texts.length, 100);
  assert.equal(cache.indexOf('m{i="0"}'), undefined);
  assert.equal(cache.indexOf(`m{i="${49 * 90}"}`), 0);
});
