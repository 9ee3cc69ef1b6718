import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePorts } from '#mesh-core/runtime/free-ports.ts';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { isInstalled } from '#server/prometheus-api/testing/running-prometheus.ts';
import { labelsKey } from '#server/timeseries/labels.ts';
import { isStaleMarker } from '#server/timeseries/stale-marker.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import { testAppender } from '#server/timeseries/testing/test-appender.ts';
import { parseFloatText } from './exposition/read-number.ts';
import { openScrapeConfigSource } from './scrape-config-source.ts';
import { startScrapeManager } from './scrape-manager.ts';

const TEXT = `# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{code="200",job="own",path="C:\\\\x \\"q\\" \\n☺"} 1027
requests_total { code = "500" , } 3.5e2
requests_total{code="404"exported_job="there"} .5
# TYPE lat histogram
lat_bucket{le="0.5"} 1
lat_bucket{le="+Inf"} 4
lat_sum 7.25
lat_count 4
inf +Inf
minus -12.75
noise{a="1"} 1
twice 1
twice 2
old{team="a"} 5
`;
const OPEN_METRICS = `# TYPE a counter
# UNIT a_seconds seconds
# HELP a_seconds Some.
# TYPE a_seconds counter
a_seconds_total{x="1"} 17.5 # {trace_id="abc"} 0.5
a_seconds_total{x="2"} 2
# TYPE build info
build_info{version="1.2",instance="mine"} 1
# TYPE s stateset
s{s="on"} 1
s{s="off"} 0
# EOF
`;
const config = (address: string): string => `
global: { scrape_interval: 1s, scrape_timeout: 1s }
scrape_configs:
  - job_name: plain
    static_configs: [{ targets: ['${address}'], labels: { env: test, version: target } }]
  - job_name: honored
    honor_labels: true
    static_configs: [{ targets: ['${address}'] }]
  - job_name: relabelled
    params: { format: [om] }
    static_configs: [{ targets: ['${address}', 'dropped:1'], labels: { team: Platform, __tmp: t } }]
    relabel_configs:
      - { source_labels: [__address__], regex: 'dropped.*', action: drop }
      - { source_labels: [team], target_label: team, action: lowercase }
      - { source_labels: [__address__, job], separator: '@', regex: '(.*):(\\d+)@(.*)', target_label: who, replacement: '$3-\${1}' }
      - { source_labels: [__address__], target_label: shard, modulus: 7, action: hashmod }
      - { regex: '__param_(.+)', replacement: 'asked_$1', action: labelmap }
  - job_name: metrics
    static_configs: [{ targets: ['${address}'] }]
    metric_relabel_configs:
      - { source_labels: [__name__], regex: 'noise|lat_.*', action: drop }
      - { source_labels: [code], regex: '(.).*', target_label: class, replacement: '\${1}xx' }
      - { regex: path, action: labeldrop }
      - { source_labels: [__name__, code], regex: 'requests_total;500', target_label: __name__, replacement: failures_total }
  - job_name: limited
    sample_limit: 3
    static_configs: [{ targets: ['${address}'] }]
  - job_name: long
    label_value_length_limit: 8
    static_configs: [{ targets: ['${address}'] }]
  - job_name: wrong
    metrics_path: /wrong
    static_configs: [{ targets: ['${address}'] }]
  - job_name: missing
    metrics_path: /missing
    static_configs: [{ targets: ['${address}'] }]
`;
/** How long a scrape took is nobody's to foresee. */
const UNSTEADY = new Set(['scrape_duration_seconds', 'scrape_series_added']);

test('the same configuration scrapes the same series with the same values as Debian’s Prometheus', { skip: isInstalled('prometheus') ? false : 'prometheus is not installed' }, async (context) => {
  const directory = mkdtempSync(join(tmpdir(), 'binnacle-beside-'));
  const target = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://t');
    if (url.pathname === '/missing') response.writeHead(404).end();
    else if (url.pathname === '/wrong') response.setHeader('content-type', 'text/plain').end('fine 1\nwrong one\n');
    else if (url.searchParams.get('format') === 'om') response.setHeader('content-type', 'application/openmetrics-text; version=1.0.0; charset=utf-8').end(OPEN_METRICS);
    else response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8').end(TEXT);
  });
  await new Promise<void>((resolve) => void target.listen(0, '127.0.0.1', resolve));
  const file = join(directory, 'prometheus.yml');
  writeFileSync(file, config(`127.0.0.1:${(target.address() as AddressInfo).port}`));
  const [port = 0] = await freePorts(1);
  const prometheus = spawn('prometheus', [`--config.file=${file}`, `--storage.tsdb.path=${join(directory, 'data')}`, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
  const ours = new Map<string, { readonly labels: Labels; readonly value: number }>();
  const manager = startScrapeManager({
    sources: [openScrapeConfigSource(file, { clock: systemClock, log: silentLogger })],
    appender: testAppender((samples) => {
      for (const { labels, value } of samples) {
        if (isStaleMarker(value)) ours.delete(labelsKey(labels));
        else ours.set(labelsKey(labels), { labels, value });
      }
    }),
    clock: systemClock,
    log: silentLogger,
    tellMs: 1000,
  });
  const theirs = async (): Promise<readonly { readonly metric: Labels; readonly value: readonly [number, string] }[]> => {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent('{__name__=~".+"}')}`);
      return ((await answer.json()) as { data?: { result: { metric: Labels; value: [number, string] }[] } }).data?.result ?? [];
    } catch {
      // Not up yet.
      return [];
    }
  };
  const lines = (all: readonly (readonly [Labels, number])[]): string[] => all.filter(([labels]) => !UNSTEADY.has(labels['__name__'] ?? '')).map(([labels, value]) => `${JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))} ${value}`).sort();
  try {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const reference = lines((await theirs()).map(({ metric, value }) => [metric, parseFloatText(value[1]) ?? 0]));
      const own = lines([...ours.values()].map(({ labels, value }) => [labels, value]));
      const upTo = (text: readonly string[]): number => text.filter((line) => line.includes('["__name__","up"]')).length;
      if (upTo(reference) === 8 && upTo(own) === 8 && (JSON.stringify(reference) === JSON.stringify(own) || Date.now() > deadline)) {
        assert.deepEqual(own, reference);
        context.diagnostic(`${own.length} series are the same`);
        return;
      }
      assert.ok(Date.now() < deadline + 5000, `Prometheus scraped ${upTo(reference)} of 8 targets, we ${upTo(own)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    await manager.close();
    prometheus.kill('SIGKILL');
    if (prometheus.exitCode === null && prometheus.signalCode === null) await once(prometheus, 'exit');
    target.closeAllConnections();
    target.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
