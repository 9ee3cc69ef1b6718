import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { RunningConsole, runServer, until } from '#server/testing/running-console.ts';

let it: RunningConsole;
let target: Server;
let scrapes = 0;
before(async () => {
  it = await RunningConsole.start();
  target = createServer((_request, response) => void response.setHeader('content-type', 'text/plain').end(`scrapes_total ${++scrapes}\n`));
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
  const { port } = target.address() as AddressInfo;
  await it.kube().create({ apiVersion: 'networking.istio.io/v1', kind: 'WorkloadEntry', metadata: { name: 'counted', namespace: 'default', annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(port) } }, spec: { address: '127.0.0.1', labels: { app: 'counted' } } });
});
after(async () => {
  target?.closeAllConnections();
  target?.close();
  await it?.stop();
});

async function query(promql: string): Promise<number | undefined> {
  const { data } = (await it.ask(`/prometheus/api/v1/query?query=${encodeURIComponent(promql)}`)).body as { data: { result: { value: [number, string] }[] } };
  assert.ok(data.result.length <= 1, 'one target is one series, also over restarts');
  const value = data.result[0]?.value[1];
  return value === undefined ? undefined : Number(value);
}
const scraped = async (): Promise<number> => (await query('max_over_time(scrapes_total[10m])')) ?? 0;

for (const [how, end] of [
  ['kill -9', () => it.killServer()],
  ['Ctrl-C', async () => assert.equal(await it.endServer(), 0)],
] as const) {
  test(`after ${how} at most the last scrape is missing, and the series goes on`, async () => {
    const begun = scrapes;
    await until('three scrapes', async () => (await scraped()) >= begun + 3);
    await end();
    const answered = scrapes;
    await it.startServer();
    const kept = await scraped();
    assert.ok(kept >= answered - 1, `${kept} of ${answered} scrapes are stored`);
    await until('a scrape of the new process', async () => (await scraped()) > answered);
    assert.ok(((await query('count_over_time(scrapes_total[10m])')) ?? 0) >= kept, 'the samples before are still there');
  });
}

test('a second server on the same data is refused, and the first goes on storing', async () => {
  const { code, output } = await runServer(['--data-dir', it.dataDir, '--port', '0', '--otlp-port', '0', '--otlp-grpc-port', '0', '--zipkin-port', '0']);
  assert.equal(code, 1);
  assert.match(output, /Another server uses .*; end it, or choose another directory with --data-dir/);
  const before_ = await scraped();
  await until('a further scrape', async () => (await scraped()) > before_);
});

test('a port that is taken is told in one sentence', async (t) => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'binnacle-taken-'));
  t.after(() => rmSync(elsewhere, { recursive: true }));
  const { port } = new URL(it.consoleUrl);
  const options = ['--data-dir', elsewhere, '--kubeconfig', join(it.dataDir, 'kubeconfig')];
  const console_ = await runServer([...options, '--port', port, '--otlp-port', '0', '--otlp-grpc-port', '0', '--zipkin-port', '0']);
  assert.deepEqual([console_.code, console_.output.match(/Port \d+ is taken; choose another with --port/)?.[0]], [1, `Port ${port} is taken; choose another with --port`]);
  const otlp = await runServer([...options, '--port', '0', '--otlp-port', port, '--otlp-grpc-port', '0', '--zipkin-port', '0']);
  assert.equal(otlp.code, 1);
  assert.match(otlp.output, new RegExp(`${port}.*taken.*--otlp-port`));
});

test('a damaged sign-in file is named with what to do, and is not overwritten', async () => {
  await it.killServer();
  const file = join(it.dataDir, 'server', 'auth.json');
  const whole = readFileSync(file);
  writeFileSync(file, whole.subarray(0, whole.length - 5));
  const { code, output } = await runServer(['--data-dir', it.dataDir, '--port', '0', '--otlp-port', '0', '--otlp-grpc-port', '0', '--zipkin-port', '0']);
  assert.equal(code, 1);
  assert.match(output, /auth\.json is damaged.*Delete it/);
  assert.equal(statSync(file).size, whole.length - 5);
  writeFileSync(file, whole);
  await it.startServer();
  assert.equal((await it.ask('/api/session')).status, 200);
});

test('without a kubeconfig it does not start, and says which file it looked for', async () => {
  const { code, output } = await runServer(['--data-dir', join(it.dataDir, 'elsewhere'), '--port', '0', '--otlp-port', '0', '--otlp-grpc-port', '0', '--zipkin-port', '0']);
  assert.equal(code, 1);
  assert.match(output, /Cannot read kubeconfig .*elsewhere\/kubeconfig/);
});
