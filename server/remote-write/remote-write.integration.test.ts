import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { compress } from 'snappyjs';
import { isInstalled, RunningPrometheus } from '#server/prometheus-api/testing/running-prometheus.ts';
import { STALE_NAN } from '#server/timeseries/storage.ts';
import { RunningConsole, until } from '#server/testing/running-console.ts';
import { bytesField, doubleField, intField, message, packedDoubles, packedSints, packedUints, sintField } from '#server/wire/testing/protobuf-writer.ts';

const WRITE = '/prometheus/api/v1/write';
const V2 = 'application/x-protobuf;proto=io.prometheus.write.v2.Request';

let console: RunningConsole;
before(async () => {
  console = await RunningConsole.start();
});
after(() => console.stop());

function post(body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<Response> {
  const authorization = `Bearer ${console.adminToken()}`;
  return fetch(`${console.consoleUrl}${WRITE}`, { method: 'POST', headers: { authorization, 'content-encoding': 'snappy', ...headers }, body: Buffer.from(body) });
}
async function query(promql: string): Promise<readonly { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] }[]> {
  const { body } = await console.ask(`/prometheus/api/v1/query?query=${encodeURIComponent(promql)}`);
  return (body as { data: { result: { metric: Record<string, string>; value: [number, string] }[] } }).data.result;
}

function requestV2(...samples: readonly (readonly [value: number, time: number])[]): Uint8Array {
  const symbols = ['', '__name__', 'sent_total', 'by', 'hand'].map((symbol) => bytesField(4, symbol));
  const series = message(packedUints(1, [1, 2, 3, 4]), ...samples.map(([value, time]) => bytesField(2, message(doubleField(1, value), intField(2, time)))));
  return compress(message(...symbols, bytesField(5, series)));
}

test('samples of a 2.0 request can be queried at once, and the answer counts them', async () => {
  const now = Date.now();
  const answer = await post(requestV2([1, now - 2000], [2, now - 1000]), { 'content-type': V2 });
  assert.equal(answer.status, 204);
  assert.deepEqual(['samples', 'histograms', 'exemplars'].map((kind) => answer.headers.get(`x-prometheus-remote-write-${kind}-written`)), ['2', '0', '0']);
  assert.deepEqual((await query('sent_total')).map(({ metric, value }) => [metric, value[1]]), [[{ __name__: 'sent_total', by: 'hand' }, '2']]);
});

test('native histograms of both kinds can be computed with, and end where their sender says so', async () => {
  const now = Date.now();
  const span = (offset: number, length: number): readonly number[] => bytesField(11, message(sintField(1, offset), intField(2, length)));
  const exponential = (at: number, ...deltas: readonly number[]): readonly number[] =>
    bytesField(3, message(intField(1, 4 * (deltas[0] ?? 0)), doubleField(3, 10), sintField(4, 0), span(1, 4), packedSints(12, deltas), intField(15, at)));
  const custom = bytesField(3, message(doubleField(2, 4), doubleField(3, 10), sintField(4, -53), span(0, 2), packedDoubles(13, [1, 3]), packedDoubles(16, [1, 5]), intField(15, now)));
  const symbols = ['', '__name__', 'exponential', 'custom', 'ended'].map((symbol) => bytesField(4, symbol));
  const series = [
    message(packedUints(1, [1, 2]), exponential(now - 30_000, 1, 0, 0, 0), exponential(now, 4, 0, 0, 0)),
    message(packedUints(1, [1, 3]), custom),
    message(packedUints(1, [1, 4]), exponential(now - 2000, 1, 0, 0, 0), bytesField(3, message(doubleField(3, STALE_NAN), intField(15, now - 1000)))),
  ];
  const answer = await post(compress(message(...symbols, ...series.map((one) => bytesField(5, one)))), { 'content-type': V2 });
  assert.deepEqual([answer.status, answer.headers.get('x-prometheus-remote-write-histograms-written')], [204, '5'], await answer.text());
  const valueOf = async (promql: string): Promise<string | undefined> => (await query(promql))[0]?.value[1];
  assert.equal(await valueOf('histogram_quantile(0.5, exponential)'), '4');
  assert.equal(await valueOf('histogram_count(exponential) - histogram_count(exponential offset 20s)'), '12');
  assert.equal(await valueOf('histogram_fraction(1, 5, custom)'), '0.75');
  assert.deepEqual(await query('ended'), []);
  assert.equal(await valueOf('histogram_count(last_over_time(ended[1m]))'), '4');
});

test('a request that can be stored in part is answered with 400, a sentence and what was stored', async () => {
  const now = Date.now();
  const answer = await post(requestV2([5, now], [6, now + 3_600_000]), { 'content-type': V2 });
  assert.deepEqual([answer.status, answer.headers.get('x-prometheus-remote-write-samples-written')], [400, '1']);
  assert.match(await answer.text(), /^out of bounds: timestamp is too far in the future, for \{__name__="sent_total", by="hand"\}\n$/);
});

test('what is not remote write is refused: by status, in words, and by whom it may be sent', async () => {
  const cases: readonly (readonly [Uint8Array, Readonly<Record<string, string>>, number, RegExp])[] = [
    [Buffer.from('garbage'), { 'content-type': V2 }, 400, /not Snappy/],
    [compress(Buffer.from('more garbage')), { 'content-type': V2 }, 400, /not what its Content-Type says/],
    [requestV2(), { 'content-type': 'application/x-protobuf;proto=io.prometheus.write.v9.Request' }, 415, /v9\.Request are not taken/],
    [requestV2(), { 'content-type': 'application/json' }, 415, /send application\/x-protobuf/],
    [requestV2(), { 'content-type': V2, 'content-encoding': 'zstd' }, 415, /zstd is not taken/],
    [requestV2(), { 'content-type': V2, authorization: 'Bearer nobody' }, 401, /.*/],
  ];
  for (const [body, headers, status, text] of cases) {
    const answer = await post(body, headers);
    assert.equal(answer.status, status, JSON.stringify(headers));
    assert.match(await answer.text(), text);
  }
  const got = await console.ask(WRITE);
  assert.deepEqual([got.status, got.headers.get('allow')], [405, 'POST']);
});

test("Prometheus' own remote write delivers what it scrapes", { skip: !isInstalled('prometheus') && 'prometheus is not installed', timeout: 90_000 }, async (t) => {
  const config = (port: number): string =>
    JSON.stringify({
      global: { scrape_interval: '1s', external_labels: { cluster: 'there' } },
      scrape_configs: [{ job_name: 'itself', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
      remote_write: [{ url: `${console.consoleUrl}${WRITE}`, authorization: { credentials: console.adminToken() }, metadata_config: { send_interval: '1s' }, queue_config: { batch_send_deadline: '1s' } }],
    });
  const prometheus = await RunningPrometheus.start([], config);
  t.after(() => prometheus.stop());
  await until('samples to arrive', async () => (await query('up{job="itself",cluster="there"}')).length === 1);
  await until('metadata to arrive', async () => {
    const { body } = await console.ask('/prometheus/api/v1/metadata?metric=prometheus_http_requests_total');
    return Object.keys((body as { data: object }).data).length === 1;
  });
  const count = 'count({job="itself",__name__=~"prometheus_.*_bucket|go_.*"})';
  const theirs = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(count)}`);
  const { data } = (await theirs.json()) as { data: { result: { value: [number, string] }[] } };
  await until('all series to arrive', async () => (await query(count))[0]?.value[1] === data.result[0]?.value[1]);
});
