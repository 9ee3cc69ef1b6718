import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { RunningConsole, until } from '#server/testing/running-console.ts';
import { isInstalled } from './testing/running-prometheus.ts';

const EXPOSITION = '# TYPE shop_orders gauge\nshop_orders{outcome="bought"} 7\nshop_orders{outcome="left"} 2.5\n';

describe('promtool asks the console', { skip: !isInstalled('promtool') && 'promtool is not installed' }, () => {
  let it: RunningConsole;
  let target: Server;
  let server = '';

  before(async () => {
    it = await RunningConsole.start();
    target = createServer((_request, response) => void response.setHeader('content-type', 'text/plain').end(EXPOSITION));
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    const { port } = target.address() as AddressInfo;
    const annotations = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(port) };
    await it.kube().create({ apiVersion: 'networking.istio.io/v1', kind: 'WorkloadEntry', metadata: { name: 'orders', namespace: 'default', annotations }, spec: { address: '127.0.0.1', labels: { app: 'orders' } } });
    const { secret } = (await it.ask('/api/tokens', { method: 'POST', body: { name: 'promtool', role: 'view' } })).body as { secret: string };
    // promtool 2.42 knows no way to send a token but as the password in the address.
    server = `${it.consoleUrl.replace('://', `://promtool:${secret}@`)}/prometheus`;
    await until('two scrapes', async () => /=> 2 @/.test((await promtool('instant', server, 'clamp_max(min(count_over_time(shop_orders[1m])), 2)')).stdout));
  });
  after(async () => {
    target?.closeAllConnections();
    target?.close();
    await it?.stop();
  });

  async function lines(...args: readonly string[]): Promise<string[]> {
    const { code, stdout, stderr } = await promtool(...args);
    assert.equal(code, 0, stderr);
    return stdout.trim().split('\n');
  }

  test('query instant', async () => {
    const found = await lines('instant', server, 'sum by (outcome) (shop_orders)');
    assert.deepEqual(found.map((line) => line.replace(/@\[[\d.]+\]$/, '@')).toSorted(), ['{outcome="bought"} => 7 @', '{outcome="left"} => 2.5 @']);
    assert.match((await lines('instant', '--time=1700000000', server, '1 / 4'))[0] ?? '', /^scalar: 0.25 @\[1700000000\]$/);
    assert.match((await lines('instant', '--format=json', server, 'sum(shop_orders)'))[0] ?? '', /^\[\{"metric":\{\},"value":\[[\d.]+,"9.5"\]\}\]$/);
  });

  test('query range', async () => {
    const end = Math.floor(Date.now() / 1000);
    const [head, ...points] = await lines('range', `--start=${end - 3}`, `--end=${end}`, '--step=1s', server, 'vector(3) + 0 * count(up)');
    assert.equal(head, '{} =>');
    assert.ok(points.length >= 1);
    for (const point of points) assert.match(point, /^3 @\[\d+\]$/);
  });

  test('query series', async () => {
    const found = await lines('series', '--match=shop_orders', '--match=up{app="orders"}', server);
    assert.deepEqual(found.map((line) => /__name__="(\w+)".*/.exec(line)?.[1] ?? '').toSorted(), ['shop_orders', 'shop_orders', 'up']);
  });

  test('query labels', async () => {
    assert.deepEqual(await lines('labels', server, 'outcome'), ['bought', 'left']);
    assert.ok((await lines('labels', server, '__name__')).includes('shop_orders'));
  });

  test('errors reach the caller in their words', async () => {
    const wrong = await promtool('instant', server, 'sum(');
    assert.notEqual(wrong.code, 0);
    assert.match(wrong.stderr, /bad_data: invalid parameter "query": 1:5: parse error/);
    const stranger = await promtool('instant', server.replace(/:bnc_[^@]+@/, ':guess@'), 'up');
    assert.notEqual(stranger.code, 0);
    assert.match(stranger.stderr, /not signed in|unauthenticated|401/);
  });
});

function promtool(...args: readonly string[]): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn('promtool', ['query', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}
