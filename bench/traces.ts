import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { createEmbeddedBackend } from '#server/traces/engine/embedded-backend.ts';
import { openTraceStore } from '#server/traces/store/open-trace-store.ts';
import { formatTable } from './metrics/table.ts';
import { residentBytes } from './metrics/process-usage.ts';
import { loadStore } from './traces/load-store.ts';
import { measureIngest } from './traces/measure-ingest.ts';
import { measureSearch } from './traces/measure-search.ts';
import { measureTraceById } from './traces/measure-trace-by-id.ts';

/**
 * The embedded store of traces: `npm run bench -- traces`, or `node bench/traces.ts STORED [SENT]` for other numbers of
 * spans than a million stored ones, which are loaded, asked by id and searched, and 300,000 that are sent.
 */
const stored = Number(process.argv[2] ?? 1_000_000);
const sent = Number(process.argv[3] ?? 300_000);
console.log(`${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.versions.node}\n`);

if (sent > 0) {
  const figures = await measureIngest(sent);
  console.log('Ingest: OTLP/HTTP, gzip protobuf, 1,000 spans a request, 11 attributes a span; one process with everything; a request is answered when it is on the disk');
  console.log(
    formatTable(
      ['spans', 'spans/s', 'CPU µs/span', 'bytes/span raw', 'with gzip', 'stored', 'peak MB', 'refusals'],
      [[figures.spans, figures.spansPerSecond, figures.cpuMicrosecondsPerSpan, figures.rawBytesPerSpan, figures.sentBytesPerSpan, figures.diskBytesPerSpan, figures.peakMegabytes, figures.refusals]],
    ),
  );
}

const directory = mkdtempSync(join(tmpdir(), 'bench-traces-'));
try {
  const started = performance.now();
  const loaded = await loadStore(directory, stored, Date.now());
  const bytes = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  console.log(`Stored: ${loaded.spans.toLocaleString('en-US')} spans of ${loaded.traces.toLocaleString('en-US')} traces in ${((performance.now() - started) / 1000).toFixed(0)} s, ${(bytes / loaded.spans).toFixed(1)} bytes a span\n`);
  const opening = performance.now();
  const store = await openTraceStore({ directory, retentionMs: 1e12, maxBytes: 1e12, clock: systemClock, log: silentLogger });
  const opened = performance.now() - opening;
  const byId = await measureTraceById(store, loaded.traceIds);
  console.log(`Trace by its id as columns, ${byId.traces} of them, milliseconds (the store was opened in ${opened.toFixed(0)})`);
  console.log(formatTable(['', 'p50', 'p95'], (['first', 'again', 'absent'] as const).map((which) => [which, byId[which].p50, byId[which].p95])));
  const range = { fromUnixNano: String(loaded.fromUnixNano), toUnixNano: String(loaded.toUnixNano) };
  const searches = await measureSearch(createEmbeddedBackend(store), range, { user: 'user-123456', orderPath: '/api/orders/123.*' });
  console.log('Search over all of them: the 20 newest and the exact total, milliseconds');
  console.log(formatTable(['question', 'query', 'found', 'first', 'p50', 'p95'], searches.map((one) => [one.question, one.query, one.found, one.first, one.p50, one.p95])));
  console.log(`${(residentBytes(process.pid) / 1e6).toFixed(0)} MB of memory at the end`);
  await store.close();
} finally {
  rmSync(directory, { recursive: true, force: true });
}
