import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { differenceOf, type QueryData } from '#server/prometheus-api/testing/compare-data.ts';
import { generateSeries } from '#server/prometheus-api/testing/generate-series.ts';
import { isInstalled, RunningPrometheus } from '#server/prometheus-api/testing/running-prometheus.ts';
import { createEmbeddedMetricsBackend } from '#server/promql/embedded-metrics-backend.ts';
import type { MetricsBackend } from '#server/promql/metrics-backend.ts';
import { toQueryJson } from '#server/promql/query-json.ts';
import { Head } from '#server/timeseries/head.ts';
import { labelsKey } from '#server/timeseries/labels.ts';
import { createRemoteMetricsBackend } from './remote-metrics-backend.ts';
import { selfSigned } from './testing/self-signed.ts';
import { remoteMetricsOptions, type RemotePrometheusFlags } from './remote-options.ts';

const HOUR = 1_700_000_000 - (1_700_000_000 % 3600);
const NO_FLAGS: RemotePrometheusFlags = { user: undefined, passwordFile: undefined, tokenFile: undefined, headers: {}, caFile: undefined, timeoutMs: 10_000 };

function directoryFor(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'binnacle-remote-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('a real Prometheus is read through every method', { skip: !isInstalled('prometheus') && 'prometheus is not installed' }, async (t) => {
  const series = generateSeries(3, { start: HOUR * 1000, end: (HOUR + 1800) * 1000, intervalMs: 15_000 });
  const prometheus = await RunningPrometheus.start();
  t.after(() => prometheus.stop());
  await prometheus.write(series);
  const head = new Head();
  for (const { labels, samples } of series) for (const [time, value] of samples) head.append(labels, time, value);
  const own = createEmbeddedMetricsBackend(head, { clock: { now: () => HOUR * 1000 } });
  const remote = createRemoteMetricsBackend(remoteMetricsOptions(prometheus.url, NO_FLAGS));
  const dataOf = (bytes: Uint8Array): QueryData => JSON.parse(Buffer.from(bytes).toString()) as QueryData;

  for (const query of ['sum by (job) (rate(requests_total[5m]))', 'temperature', 'time()', 'temperature[2m]', 'histogram_quantile(0.9, rate(latency_bucket[10m]))']) {
    const request = { query, start: HOUR + 1207 };
    assert.equal(differenceOf(dataOf((await remote.queryJson(request)).data), dataOf((await own.queryJson(request)).data)), undefined, query);
    assert.equal(differenceOf(dataOf(toQueryJson(await remote.query(query, { time: request.start })).data), dataOf((await own.queryJson(request)).data)), undefined, query);
  }
  const range = { query: 'sum by (code) (increase(requests_total[2m]))', start: HOUR + 607, end: HOUR + 1207, step: 30 };
  assert.equal(differenceOf(dataOf((await remote.queryJson(range)).data), dataOf((await own.queryJson(range)).data)), undefined);

  const selection = { match: ['requests_total{job="a"}'], start: HOUR, end: HOUR + 1800 };
  const keys = async (backend: MetricsBackend): Promise<Set<string>> => new Set((await backend.series(selection)).map(labelsKey));
  assert.deepEqual(await keys(remote), await keys(own));
  assert.deepEqual(await remote.labels(selection), await own.labels(selection));
  assert.deepEqual(await remote.labelValues('code', selection), await own.labelValues('code', selection));
  assert.deepEqual(await remote.metadata({}), {});
  assert.deepEqual(await remote.exemplars('requests_total', { start: HOUR, end: HOUR + 1800 }), []);
  assert.match(String(((await remote.get('/status/buildinfo')) as { version: string }).version), /^\d+\./);

  await assert.rejects(remote.query('sum('), { errorType: 'bad_data', message: /^1:5: parse error/ });
  await assert.rejects(remote.query('temperature + on (job) temperature', { time: HOUR + 1207 }), { errorType: 'execution' });
  await assert.rejects(remote.query('up', { timeoutMs: -1 }), { errorType: 'timeout' });
  await assert.rejects(createRemoteMetricsBackend({ url: `${prometheus.url}/elsewhere` }).query('up'), { errorType: 'unavailable', message: /no Prometheus API at this address \(404\)/ });
  const many = `up{pod=~"${'abcdefgh|'.repeat(3000)}"}`;
  assert.deepEqual((await remote.query(many)).value.result, [], 'a query too long for an address goes by POST');
});

test('credentials, headers and an authority of one’s own are used, and a secret is read anew', async (t) => {
  const directory = directoryFor(t);
  const tls = await selfSigned();
  const seen: (string | undefined)[][] = [];
  const server = createServer({ key: tls.key, cert: tls.cert }, (request, response) => {
    seen.push([request.headers.authorization, request.headers['x-scope-orgid'] as string | undefined]);
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipSync('{"status":"success","data":{"resultType":"vector","result":[]}}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [caFile, tokenFile] = [join(directory, 'ca.pem'), join(directory, 'token')];
  writeFileSync(caFile, tls.cert);
  writeFileSync(tokenFile, 'first\n');
  const remote = createRemoteMetricsBackend(remoteMetricsOptions(url, { ...NO_FLAGS, caFile, tokenFile, headers: { 'x-scope-orgid': 'shop' } }));
  await remote.query('up');
  writeFileSync(tokenFile, 'second\n');
  assert.equal(Buffer.from((await remote.queryJson({ query: 'up', start: 1 })).data).toString(), '{"resultType":"vector","result":[]}');
  assert.deepEqual(seen, [['Bearer first', 'shop'], ['Bearer second', 'shop']]);
  rmSync(tokenFile);
  await assert.rejects(remote.query('up'), { errorType: 'unavailable', message: /^The file of --prometheus-token-file cannot be read: ENOENT/ });
  await assert.rejects(createRemoteMetricsBackend({ url }).query('up'), { errorType: 'unavailable', message: /cannot be reached: .*(self.signed|certificate|issuer)/i });
});

test('a file that is not there is told at the start', () => {
  assert.throws(() => remoteMetricsOptions('http://x', { ...NO_FLAGS, tokenFile: '/nonexistent/token' }), { name: 'ServerError', message: /^The file of --prometheus-token-file cannot be read/ });
  assert.throws(() => remoteMetricsOptions('http://x', { ...NO_FLAGS, caFile: '/nonexistent/ca' }), { name: 'ServerError', message: /^The file of --prometheus-ca cannot be read/ });
});
