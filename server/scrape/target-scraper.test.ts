import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { testAppender } from '#server/timeseries/testing/test-appender.ts';
import { isStaleMarker } from '#server/timeseries/stale-marker.ts';
import type { MetricMetadata, Sample } from '#server/timeseries/storage.ts';
import { scrapeJob } from './scrape-job.ts';
import type { ScrapeTarget } from './scrape-target.ts';
import { TargetScraper } from './target-scraper.ts';

const target: ScrapeTarget = { key: 'k', pool: 'p', url: 'http://127.0.0.1:1/metrics', labels: { job: 'j' }, discoveredLabels: {} };

/** A scraper whose page and disk are told by the test. */
function setUp(own: ScrapeTarget = target) {
  const state = { page: 'a 1\n', diskFull: false };
  const appends: (readonly Sample[])[] = [];
  const told: [string, MetricMetadata][] = [];
  const scraper = new TargetScraper(own, {
    appender: testAppender(
      (samples) => {
        if (state.diskFull) throw new Error('no space left on device');
        appends.push(samples);
      },
      (name, metadata) => void told.push([name, metadata]),
    ),
    fetcher: { fetch: async () => ({ body: Buffer.from(state.page), release: () => undefined, contentType: 'text/plain' }), close: () => undefined },
    clock: systemClock,
    log: silentLogger,
    job: scrapeJob({ name: 'p', intervalMs: 1000 }),
  });
  const last = (): string[] => (appends.at(-1) ?? []).map(({ labels, value }) => `${labels['__name__']}=${isStaleMarker(value) ? 'stale' : value}`).filter((text) => !text.startsWith('scrape_duration'));
  return { state, appends, told, scraper, last };
}

test('a scrape is stored in one go: its samples, the ends of what vanished, and how it went', async () => {
  const { state, appends, scraper, last } = setUp();
  await scraper.scrape(1000);
  assert.deepEqual(last(), ['a=1', 'up=1', 'scrape_samples_scraped=1', 'scrape_samples_post_metric_relabeling=1', 'scrape_series_added=1']);
  state.page = 'b 2\n';
  await scraper.scrape(2000);
  assert.deepEqual(last(), ['b=2', 'a=stale', 'up=1', 'scrape_samples_scraped=1', 'scrape_samples_post_metric_relabeling=1', 'scrape_series_added=1']);
  assert.equal(appends.length, 2);
});

test('samples that could not be stored make the target down with the reason, and are ended later all the same', async () => {
  const { state, scraper, last } = setUp();
  await scraper.scrape(1000);
  state.diskFull = true;
  state.page = 'b 1\n';
  await scraper.scrape(2000);
  assert.deepEqual([scraper.status().health, scraper.status().lastError], ['down', 'no space left on device']);
  state.diskFull = false;
  await scraper.scrape(3000);
  assert.deepEqual(last().slice(0, 3), ['b=1', 'a=stale', 'up=1']);
  assert.equal(scraper.status().health, 'up');
});

test('a failed scrape ends every series once and reports up 0', async () => {
  const { state, scraper, last } = setUp();
  await scraper.scrape(1000);
  state.page = '<html>';
  await scraper.scrape(2000);
  assert.deepEqual(last().slice(0, 2), ['a=stale', 'up=0']);
  await scraper.scrape(3000);
  assert.deepEqual(last()[0], 'up=0');
});

test('a target that is gone ends its reports too, after its last sample', async () => {
  const { scraper, appends, last } = setUp();
  const ahead = Date.now() + 60_000;
  await scraper.scrape(ahead);
  await scraper.end();
  assert.deepEqual(last(), ['a=stale', 'up=stale', 'scrape_samples_scraped=stale', 'scrape_samples_post_metric_relabeling=stale', 'scrape_series_added=stale']);
  assert.ok(appends.at(-1)?.every(({ timestamp }) => timestamp > ahead));
});

test('what a target says about its metrics is told on once, not with every scrape', async () => {
  const { state, told, scraper } = setUp();
  state.page = '# TYPE a gauge\n# HELP a one\na 1\n';
  await scraper.scrape(1000);
  await scraper.scrape(2000);
  state.page = '# TYPE a gauge\n# HELP a two\na 1\n';
  await scraper.scrape(3000);
  assert.deepEqual(told.map(([name, { type, help }]) => `${name} ${type} ${help}`), ['a gauge one', 'a gauge two']);
});

test('a target whose annotations make no sense is down without being asked', async () => {
  const { scraper, last } = setUp({ ...target, problem: 'the annotation prometheus.io/port is "x", not a port' });
  await scraper.scrape(1000);
  assert.equal(scraper.status().lastError, 'the annotation prometheus.io/port is "x", not a port');
  assert.equal(last()[0], 'up=0');
});
