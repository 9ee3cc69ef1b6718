import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { isStaleMarker } from '#server/timeseries/stale-marker.ts';
import { testAppender } from '#server/timeseries/testing/test-appender.ts';
import { openScrapeConfigSource } from './scrape-config-source.ts';
import { startScrapeManager } from './scrape-manager.ts';

const directory = mkdtempSync(join(tmpdir(), 'binnacle-scrape-config-'));
after(() => rmSync(directory, { recursive: true, force: true }));

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`it did not come to pass: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('a configuration that is wrong to begin with stops the start with its place', () => {
  const file = join(directory, 'wrong.yml');
  writeFileSync(file, 'scrape_configs:\n  - job_name: a\n    frobnicate: 1\n');
  assert.throws(() => openScrapeConfigSource(file, { clock: systemClock, log: silentLogger }), /wrong\.yml cannot be used: line 3: scrape_configs\[0\]\.frobnicate: this field is not known here/);
  assert.throws(() => openScrapeConfigSource(join(directory, 'none.yml'), { clock: systemClock, log: silentLogger }), /the file is not there/);
});

test('jobs are scraped as the files say, changes are taken up, and a bad change keeps the last good one', async () => {
  const asked: { url: string; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', authorization: request.headers.authorization });
    if (request.url === '/moved') response.writeHead(302, { location: '/metrics' }).end();
    else response.setHeader('content-type', 'application/openmetrics-text; version=1.0.0; charset=utf-8').end('# TYPE a counter\na_total{job="own"} 1\nnoise 2\n# EOF\n');
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  mkdirSync(join(directory, 'sd'), { recursive: true });
  const file = join(directory, 'scrape.yml');
  const config = (extra: string): string => `
global: { scrape_interval: 300ms }
scrape_configs:
  - job_name: static
    metrics_path: /moved
    honor_labels: true
    extra_scrape_metrics: true
    authorization: { credentials_file: secret }
    static_configs: [{ targets: ['${address}'], labels: { env: test } }]
    metric_relabel_configs: [{ source_labels: [__name__], regex: noise, action: drop }]
${extra}
  - job_name: files
    target_limit: 1
    file_sd_configs: [{ files: ['sd/*.json'] }]
    relabel_configs: [{ source_labels: [kind], regex: hidden, action: drop }]
`;
  writeFileSync(join(directory, 'secret'), 'open sesame\n');
  writeFileSync(file, config(''));
  writeFileSync(join(directory, 'sd/one.json'), JSON.stringify([{ targets: [address], labels: { kind: 'seen' } }, { targets: ['h:1'], labels: { kind: 'hidden' } }]));
  const values = new Map<string, number>();
  const source = openScrapeConfigSource(file, { clock: systemClock, log: silentLogger });
  const manager = startScrapeManager({
    sources: [source],
    appender: testAppender((samples) => {
      for (const { labels, value } of samples) values.set(`${labels['__name__']} ${labels['job']} ${labels['env'] ?? ''}`.trim(), value);
    }),
    clock: systemClock,
    log: silentLogger,
    tellMs: 300,
  });
  const health = (): string[] => manager.targets().map(({ scrapePool, health: state }) => `${scrapePool} ${state}`);
  try {
    await until('both up', () => health().join() === 'files up,static up');
    assert.deepEqual(manager.pools(), ['files', 'static']);
    assert.deepEqual([values.get('a_total own test'), values.get('up static test'), values.get('scrape_sample_limit static test')], [1, 1, 0]);
    assert.ok(![...values.keys()].some((key) => key.startsWith('noise static')), 'noise is dropped');
    assert.ok(values.has('noise files'));
    assert.ok(asked.some(({ url, authorization }) => url === '/metrics' && authorization === 'Bearer open sesame'), 'the redirect is followed with the credentials');
    assert.deepEqual(manager.dropped().map(({ scrapePool, discoveredLabels }) => [scrapePool, discoveredLabels['__address__'], discoveredLabels['__meta_filepath']]), [['files', 'h:1', join(directory, 'sd/one.json')]]);

    writeFileSync(join(directory, 'sd/two.json'), JSON.stringify([{ targets: [`localhost:${address.split(':')[1]}`] }]));
    await until('over the limit', () => manager.targets().filter(({ lastError }) => /target_limit exceeded \(number of targets: 2, limit: 1\)/.test(lastError)).length === 2);
    writeFileSync(join(directory, 'sd/two.json'), '[{"targets":');
    await until('told', () => manager.problems().some((problem) => /two\.json: .*Its last good targets stay/.test(problem)));
    assert.equal(manager.targets().length, 3);
    rmSync(join(directory, 'sd/two.json'));
    await until('within the limit again', () => health().join() === 'files up,static up' && manager.problems().length === 0);

    writeFileSync(file, 'scrape_configs: [{ job_name: static, nonsense: 1 }]\n');
    source.reload();
    assert.match(manager.problems().join(), /scrape\.yml: line 1: scrape_configs\[0\]\.nonsense: this field is not known here; take it out\. The last good configuration stays\./);
    await until('they stay', () => health().join() === 'files up,static up');

    // Another setting of a job goes over to it without a gap: series that are still there get no marker.
    values.clear();
    writeFileSync(file, config('    honor_timestamps: false\n'));
    source.reload();
    assert.deepEqual(manager.problems(), []);
    await until('scraped anew', () => values.has('scrape_series_added static test'));
    assert.ok(![...values.values()].some(isStaleMarker));

    writeFileSync(file, 'scrape_configs: []\n');
    source.reload();
    await until('all ended', () => manager.targets().length === 0 && isStaleMarker(values.get('up static test') ?? 0) && isStaleMarker(values.get('a_total own test') ?? 0));
  } finally {
    await manager.close();
    server.closeAllConnections();
    server.close();
  }
});
