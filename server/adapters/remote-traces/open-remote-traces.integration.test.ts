import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { jaegerTraceQl } from '#server/traces/jaeger-api/jaeger-search.ts';
import { jaegerRoutes } from '#server/traces/jaeger-api/routes.ts';
import { openTraceStore } from '#server/traces/store/open-trace-store.ts';
import { tempoRoutes } from '#server/traces/tempo-api/tempo-routes.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { memoryBackend } from '#server/traces/testing/memory-backend.ts';
import { serveRoutes } from '#server/traces/testing/serve-routes.ts';
import { openRemoteTraces } from './open-remote-traces.ts';

const NOW_MS = 1_795_000_000_000;
const NOW = BigInt(NOW_MS) * 1_000_000n;
const clock = { ...systemClock, now: () => NOW_MS };
const span = (n: number, service: string) => aSpan({ traceId: traceId(n), spanId: spanId(n), service, kind: 'server', start: NOW - 60_000_000_000n + BigInt(n), duration: 1000 * n });
const NO_ACCESS = { user: undefined, passwordFile: undefined, tokenFile: undefined, headers: {}, caFile: undefined, timeoutMs: 5000 };

async function attached(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'remote-traces-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const store = await openTraceStore({ directory: join(directory, 'traces'), retentionMs: 3_600_000, maxBytes: 1e9, clock, log: silentLogger });
  t.after(() => store.close());
  const { url, token } = await serveRoutes(t, [...jaegerRoutes({ traces: memoryBackend([span(1, 'in jaeger')]), clock }), ...tempoRoutes({ traces: memoryBackend([span(2, 'in tempo')]), clock })]);
  const tokenFile = join(directory, 'token');
  writeFileSync(tokenFile, `${token}\n`);
  const open = (flags: { jaegerUrl?: string; tempoUrl?: string }, access = { ...NO_ACCESS, tokenFile }) => openRemoteTraces({ jaegerUrl: undefined, tempoUrl: undefined, traces: access, ...flags }, store, clock);
  return { store, url, open };
}

test('a Jaeger, a Tempo and what is imported here are one', async (t) => {
  const { store, url, open } = await attached(t);
  const traces = open({ jaegerUrl: `${url}/jaeger`, tempoUrl: `${url}/tempo` });
  assert.ok(traces !== undefined);
  const search = () => traces.search({ query: jaegerTraceQl({}), fromUnixNano: String(NOW - 3_600_000_000_000n), toUnixNano: String(NOW), sort: 'longest', limit: 10, offset: 0, spansPerTrace: 0 });
  assert.deepEqual((await search()).traces.map((s) => s.rootService), ['in tempo', 'in jaeger']);
  await store.append([span(3, 'imported')]);
  const all = await search();
  assert.deepEqual([all.traces.map((s) => s.rootService), all.totalTraces, all.exact], [['imported', 'in tempo', 'in jaeger'], 3, true]);
  assert.deepEqual(await traces.services(), ['imported', 'in jaeger', 'in tempo']);
  for (const n of [1, 2, 3]) assert.equal((await traces.get(traceId(n)))?.spans.length, 1);
  assert.deepEqual(traces.describe().parts?.map((p) => p.kind), ['jaeger', 'tempo', 'embedded']);
});

test('none is named, or a secret cannot be read', async (t) => {
  const { open } = await attached(t);
  assert.equal(open({}), undefined);
  assert.throws(() => open({ tempoUrl: 'http://127.0.0.1:1' }, { ...NO_ACCESS, tokenFile: '/nowhere/token' }), { code: 'internal', message: /The file of --traces-token-file cannot be read/ });
});
