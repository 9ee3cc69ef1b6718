import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import type { ConfigCache, ConfigChange } from '#server/config/config-cache.ts';
import { createEmbeddedMetricsBackend } from '#server/promql/embedded-metrics-backend.ts';
import { Head } from '#server/timeseries/head.ts';
import { testAppender } from '#server/timeseries/testing/test-appender.ts';
import { isStaleMarker } from '#server/timeseries/stale-marker.ts';
import { meshRegistrySource } from './mesh-registry-source.ts';
import { startScrapeManager, type ScrapeManager } from './scrape-manager.ts';
import type { TargetStatus } from './target-status.ts';

const INTERVAL_MS = 400;
const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** The registry by hand: entries come and go as the test says. */
class Registry implements Pick<ConfigCache, 'list' | 'onChange'> {
  readonly #entries = new Map<string, KubeObject>();
  readonly #listeners = new Set<(change: ConfigChange) => void>();
  list<T extends KubeObject>(): readonly T[] {
    return [...this.#entries.values()] as unknown as readonly T[];
  }
  onChange(listener: (change: ConfigChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  add(name: string, port: number): void {
    const annotations = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(port) };
    const object: KubeObject = { apiVersion: 'networking.istio.io/v1', kind: 'WorkloadEntry', metadata: { name, namespace: 'shop', annotations }, spec: { address: '127.0.0.1', labels: { app: name } } };
    this.#entries.set(name, object);
    for (const listener of this.#listeners) listener({ type: 'ADDED', object, previous: undefined });
  }
  remove(name: string): void {
    const object = this.#entries.get(name);
    if (object === undefined) return;
    this.#entries.delete(name);
    for (const listener of this.#listeners) listener({ type: 'DELETED', object, previous: object });
  }
}

function setUp(): { registry: Registry; head: Head; manager: ScrapeManager; scraped: { up: number; down: number }[]; value: (query: string) => Promise<number | undefined> } {
  const registry = new Registry();
  const head = new Head();
  const appender = testAppender((samples) => {
    for (const { labels, timestamp, value } of samples) head.append(labels, timestamp, value);
  });
  const scraped: { up: number; down: number }[] = [];
  const manager = startScrapeManager({ sources: [meshRegistrySource({ config: registry, intervalMs: INTERVAL_MS, bodySizeLimit: 10_000 })], appender, clock: systemClock, log: silentLogger, tellMs: INTERVAL_MS, onScraped: (counts) => scraped.push(counts) });
  const backend = createEmbeddedMetricsBackend(head, { clock: systemClock });
  const value = async (query: string): Promise<number | undefined> => {
    const answer = (await backend.query(query)).value;
    return answer.resultType === 'vector' ? answer.result[0]?.value[1] : undefined;
  };
  return { registry, head, manager, scraped, value };
}

async function until<T>(what: string, read: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = await read();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`it did not come to pass: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function down(manager: ScrapeManager): TargetStatus | false {
  const [target] = manager.targets();
  return target?.health === 'down' && target;
}

test('a target is up with its samples; a series that vanishes from the page ends at once', async () => {
  const { registry, manager, scraped, value } = setUp();
  let page = 'a_total 1\nb 2\n';
  const port = await serve((request, response) => {
    assert.equal(request.headers['accept-encoding'], 'gzip');
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'content-encoding': 'gzip' }).end(gzipSync(page));
  });
  registry.add('catalog', port);
  await until('up', async () => (await value('up{job="catalog",namespace="shop",pod="catalog"}')) === 1);
  assert.equal(await value(`b{instance="127.0.0.1:${port}"}`), 2);
  assert.equal(await value('scrape_samples_scraped'), 2);
  assert.equal(await value('max_over_time(scrape_series_added[1m])'), 2);
  page = 'a_total 3\n';
  await until('b ends', async () => (await value('b')) === undefined);
  await until('a goes on', async () => (await value('a_total')) === 3);
  await until('told', () => scraped.some(({ up, down: failed }) => up === 1 && failed === 0));
  const target = await until('shown as up', () => manager.targets().find(({ health }) => health === 'up'));
  assert.equal(target.lastError, '');
  assert.ok(target.lastScrapeDuration >= 0 && target.lastScrape !== undefined);
  await manager.close();
});

test('a target that goes away takes its series with it, up too', async () => {
  const { registry, head, manager, value } = setUp();
  registry.add('gone', await serve((_, response) => response.setHeader('content-type', 'text/plain').end('a 1\n')));
  await until('up', async () => (await value('a')) === 1);
  registry.remove('gone');
  await until('ended', async () => (await value('a')) === undefined && (await value('up')) === undefined);
  assert.deepEqual(manager.targets(), []);
  const [series] = head.select([{ name: '__name__', op: '=', value: 'up' }], { start: 0, end: Infinity });
  assert.ok(isStaleMarker(series?.values.at(-1) ?? 0), 'the last sample of up is a marker');
  await manager.close();
});

test('closing leaves no staleness markers, so that a restart of the server makes no gap', async () => {
  const { registry, manager, value } = setUp();
  registry.add('stays', await serve((_, response) => response.setHeader('content-type', 'text/plain').end('a 1\n')));
  await until('up', async () => (await value('a')) === 1);
  await manager.close();
  assert.equal(await value('a'), 1);
  assert.equal(await value('up'), 1);
});

const BAD: readonly [what: string, reason: RegExp, listener: RequestListener][] = [
  ['answers HTML', /answered with text\/html, not with a format of metrics; read as PrometheusText0.0.4: line 1: expected a metric name, found "<html>/, (_, response) => response.setHeader('content-type', 'text/html; charset=utf-8').end('<html></html>')],
  ['answers HTML without saying so', /does not say what it answers with .*: line 1: expected a metric name, found "<!doctype html>"/, (_, response) => response.writeHead(200).end('<!doctype html>\n')],
  ['hangs', /no complete answer within 0.4 s/, () => undefined],
  ['stops in the middle of its page', /no complete answer within 0.4 s/, (_, response) => response.writeHead(200, { 'content-type': 'text/plain' }).write('a 1\n')],
  ['answers with an error', /HTTP status 500 Internal Server Error/, (_, response) => response.writeHead(500).end('a 1\n')],
  ['has a page that is too large', /larger than the limit of 10000 bytes/, (_, response) => response.setHeader('content-type', 'text/plain').end('a 1\n'.repeat(5000))],
  ['has a page that is too large when unpacked', /larger than the limit of 10000 bytes/, (_, response) => response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' }).end(gzipSync('a 1\n'.repeat(5000)))],
  ['has a wrong line after good ones', /line 2: expected a number after "b", found "x"/, (_, response) => response.setHeader('content-type', 'text/plain').end('a 1\nb x\n')],
  ['has a wrong label', /the label c is there twice: a\{c="1",c="2"\}/, (_, response) => response.setHeader('content-type', 'text/plain').end('a{c="1",c="2"} 1\n')],
  ['breaks the connection', /closed the connection/, (request) => request.socket.resetAndDestroy()],
];
for (const [what, reason, listener] of BAD) {
  test(`a target that ${what} is down with the reason and gives no samples`, async () => {
    const { registry, manager, value } = setUp();
    registry.add('bad', await serve(listener));
    const status = await until('down', () => down(manager));
    assert.match(status.lastError, reason);
    assert.equal(await value('up{job="bad"}'), 0);
    assert.equal(await value('a'), undefined);
    await manager.close();
  });
}

test('a target that nothing listens at is down, and up again when it comes back', async () => {
  const { registry, manager, value } = setUp();
  let healthy = true;
  const port = await serve((_, response) => (healthy ? response.setHeader('content-type', 'text/plain').end('a 1\n') : response.writeHead(503).end()));
  registry.add('flapping', port);
  await until('up', async () => (await value('a')) === 1);
  healthy = false;
  await until('down, and its series ended with it', async () => (await value('up')) === 0 && (await value('a')) === undefined);
  healthy = true;
  await until('up again', async () => (await value('up')) === 1 && (await value('a')) === 1);
  const free = await serve(() => undefined);
  const server = servers.at(-1);
  await new Promise((resolve) => server?.close(resolve));
  registry.remove('flapping');
  registry.add('nobody', free);
  assert.match((await until('refused', () => down(manager))).lastError, /connection refused/);
  await manager.close();
});
