import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStaleMarker } from '#server/timeseries/stale-marker.ts';
import type { Sample } from '#server/timeseries/storage.ts';
import { parseExposition } from './exposition/parse-exposition.ts';
import { TargetSeries, withTargetLabels } from './target-series.ts';

function texts(samples: readonly Sample[]): string[] {
  return samples.map(({ labels, timestamp, value }) => `${labels['__name__']}${labels['x'] ?? ''}@${timestamp}=${isStaleMarker(value) ? 'stale' : value}`);
}
function take(series: TargetSeries, text: string, time: number): string[] {
  const page = series.take(parseExposition(text), time);
  page.commit();
  return texts(page.samples);
}

test('a series that is no longer on the page gets a staleness marker, once', () => {
  const series = new TargetSeries({ job: 'j' });
  assert.deepEqual(take(series, 'a 1\nb 2\n', 1000), ['a@1000=1', 'b@1000=2']);
  assert.deepEqual(take(series, 'a 1\n', 2000), ['a@2000=1', 'b@2000=stale']);
  assert.deepEqual(take(series, 'a 1\n', 3000), ['a@3000=1']);
  assert.deepEqual(texts(series.staleMarkers(4000)), ['a@4000=stale']);
});

test('a page that could not be stored does not count as the known one', () => {
  const series = new TargetSeries({});
  take(series, 'a 1\n', 1000);
  series.take(parseExposition('b 1\n'), 2000);
  assert.deepEqual(texts(series.staleMarkers(3000)), ['a@3000=stale']);
});

test('a stated timestamp is honored and makes no staleness marker', () => {
  const series = new TargetSeries({});
  assert.deepEqual(take(series, 'a 1 500\nb 2\n', 1000), ['a@500=1', 'b@1000=2']);
  assert.deepEqual(take(series, '\n', 2000), ['b@2000=stale']);
});

test('a timestamp far in the future is left out, because it would block its series', () => {
  const page = new TargetSeries({}).take(parseExposition('a 1 99999999999999\nb 2 601000\n'), 1000);
  assert.deepEqual([texts(page.samples), page.fromTheFuture], [['b@601000=2'], 1]);
});

test('the same labels in another order are the same series', () => {
  const series = new TargetSeries({});
  take(series, 'a{x="1",y="2"} 1\n', 1000);
  assert.deepEqual(take(series, 'a{y="2",x="1"} 2\n', 2000), ['a1@2000=2']);
});

test("the target's labels win and the page's are kept as exported ones", () => {
  assert.deepEqual(withTargetLabels({ __name__: 'm', job: 'own', code: '200' }, { job: 'target', pod: 'p' }), { __name__: 'm', job: 'target', pod: 'p', exported_job: 'own', code: '200' });
});
