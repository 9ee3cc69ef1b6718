import assert from 'node:assert/strict';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { testAppender } from '#server/timeseries/testing/test-appender.ts';
import { isStaleMarker } from '#server/timeseries/stale-marker.ts';
import { scrapeJob } from './scrape-job.ts';
import { startScrapeManager } from './scrape-manager.ts';
import type { ScrapeTarget, TargetSource } from './scrape-target.ts';
import type { TargetStatus } from './target-status.ts';

const INTERVAL_MS = 1500;
const BODY_LIMIT = 30_000_000;
const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
}
const text = (body: string | Buffer): RequestListener => (_, response) => response.setHeader('content-type', 'text/plain; version=0.0.4').end(body);

/** Writes until nobody listens any more. */
const endless: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/plain' });
  const chunk = Buffer.from('m 1\n'.repeat(16_384));
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
};
/** One line at a time, forever. */
const trickle: RequestListener = (request, response) => {
  response.writeHead(200, { 'content-type': 'text/plain' });
  const timer = setInterval(() => response.write('m 1\n'), 50);
  request.socket.on('close', () => clearInterval(timer));
};
const million = Buffer.from(Array.from({ length: 1_000_000 }, (_, i) => `m{i="${i}"} 1\n`).join(''));
const bomb = gzipSync(Buffer.alloc(BODY_LIMIT + 1, 'a 1\n'));

const BAD: readonly [what: string, listener: RequestListener, health: 'up' | 'down', says: RegExp][] = [
  ['html', (_, response) => response.setHeader('content-type', 'text/html').end('<html><body>Sign in</body></html>'), 'down', /^the target answered with text\/html, not with a format of metrics, and its job has no fallback_scrape_protocol$/],
  ['no type', (_, response) => response.end('a 1\n'), 'down', /^the target does not say what it answers with \(no Content-Type\), and its job has no fallback/],
  ['html as text', text('<html>'), 'down', /^line 1: expected a metric name, found "<html>"$/],
  ['hangs', () => undefined, 'down', /^no complete answer within 1\.2 s$/],
  ['trickles', trickle, 'down', /^no complete answer within 1\.2 s$/],
  ['endless', endless, 'down', /^(the page is larger than the limit of 30000000 bytes \(body_size_limit\)|no complete answer within 1\.2 s)$/],
  ['gzip bomb', (_, response) => response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' }).end(bomb), 'down', /^the page is larger than the limit of 30000000 bytes/],
  ['half a gzip', (_, response) => response.writeHead(200, { 'content-type': 'text/plain', 'content-encoding': 'gzip' }).end(bomb.subarray(0, 20)), 'down', /^the page says it is gzip, but it is not whole gzip$/],
  ['a million series', text(million), 'down', /^line 10001: the page has more than 10000 samples, the most that one target may have$/],
  ['bad UTF-8', text(Buffer.from('a 1\nb{x="\xff\xfe"} 1\n', 'latin1')), 'down', /^line 2: .* is not valid UTF-8$/],
  ['label twice', text('a{x="1",x="2"} 1\n'), 'down', /^the label x is there twice: a\{x="1",x="2"\}$/],
  ['error page', (_, response) => response.writeHead(503).end(), 'down', /^the target answered with HTTP status 503 Service Unavailable$/],
  ['redirect to itself', (_, response) => response.writeHead(302, { location: '/metrics' }).end(), 'down', /^stopped after 10 redirects$/],
  ['redirect to the cloud', (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end(), 'down', /^the target redirects to 169\.254\.169\.254: .*link-local/],
  ['series twice', text('a 1\na 2\nb 1\n'), 'up', /^1 sample was left out: their series is on the page twice$/],
  ['future', (_, response) => response.setHeader('content-type', 'text/plain').end(`a 1 ${Date.now() + 3_600_000}\nb 1\n`), 'up', /^1 sample was left out: their timestamps lie more than 10 minutes ahead$/],
  ['OpenMetrics without its end', (_, response) => response.setHeader('content-type', 'application/openmetrics-text').end('a 1\n'), 'down', /^line 1: the page does not end with "# EOF"$/],
];

test('each bad target has a clear state, leaves nothing behind, and the good one beside them misses no scrape', async (context) => {
  const job = scrapeJob({ name: 'bad', intervalMs: INTERVAL_MS, timeoutMs: 1200, bodySizeLimit: BODY_LIMIT, pageSampleLimit: 10_000 });
  const targets: ScrapeTarget[] = [];
  const add = async (name: string, listener: RequestListener): Promise<void> => {
    targets.push({ key: name, pool: job.name, url: await serve(listener), labels: { job: name }, discoveredLabels: {} });
  };
  await add('good', text('fine 1\n'));
  for (const [what, listener] of BAD) await add(what, listener);
  const source: TargetSource = { pools: () => [{ job, targets, dropped: [] }], onChange: () => () => undefined, problems: () => [], close: () => undefined };
  const stored = new Map<string, number[]>();
  const goodAt: number[] = [];
  const manager = startScrapeManager({
    sources: [source],
    appender: testAppender((samples) => {
      for (const { labels, value, timestamp } of samples) {
        const key = `${labels['job']}/${labels['__name__']}`;
        stored.set(key, [...(stored.get(key) ?? []), value]);
        if (key === 'good/fine') goodAt.push(timestamp);
      }
    }),
    clock: systemClock,
    log: silentLogger,
    tellMs: INTERVAL_MS,
  });
  try {
    const deadline = Date.now() + 60_000;
    const stateOf = (name: string): TargetStatus | undefined => manager.targets().find(({ labels }) => labels['job'] === name);
    const complaintOf = (state: TargetStatus | undefined): string => (state?.health === 'down' ? state.lastError : (state?.lastWarning ?? ''));
    // On a busy machine a target may run out of time at first; its state has to come all the same.
    const waiting = (): string[] => BAD.flatMap(([what, , health, says]) => (stateOf(what)?.health === health && says.test(complaintOf(stateOf(what))) ? [] : [`${what}: ${complaintOf(stateOf(what))}`]));
    while (goodAt.length < 5 || waiting().length > 0) {
      assert.ok(Date.now() < deadline, waiting().join('; '));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    for (const [what, , health, says] of BAD) {
      assert.equal(stored.get(`${what}/up`)?.at(-1), health === 'up' ? 1 : 0, `${what}: ${String(says)}`);
      const others = [...stored.keys()].filter((key) => key.startsWith(`${what}/`) && !key.endsWith('/up') && !key.includes('/scrape_'));
      if (health === 'down') assert.deepEqual(others, [], what);
    }
    assert.ok(!stored.get('series twice/a')?.includes(2) && !stored.has('future/a') && stored.has('future/b'));
    assert.equal(stateOf('good')?.health, 'up');
    assert.ok(!stored.get('good/fine')?.some(isStaleMarker));
    const gaps = goodAt.slice(1).map((time, i) => time - (goodAt[i] ?? 0));
    context.diagnostic(`the good target was scraped every ${gaps.join(', ')} ms`);
    assert.ok(gaps.every((gap) => gap < 3 * INTERVAL_MS), `gaps ${gaps.join(', ')}`);
  } finally {
    await manager.close();
  }
});
