import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { createEmbeddedBackend } from '#server/traces/engine/embedded-backend.ts';
import { openTraceStore } from '#server/traces/store/open-trace-store.ts';
import { formatTable } from './metrics/table.ts';
import { residentBytes } from './metrics/process-usage.ts';
import { loadStore } from './traces/load-store.ts';
import { measureIngest } from './traces/measure-ingest.ts';
import { measureQuestions, quantile, type QuestionFigures } from './traces/measure-questions.ts';
import { measureTraceById } from './traces/measure-trace-by-id.ts';
import { JAEGER_CLICKHOUSE } from './traces/peer-figures.ts';

/**
 * The embedded store of traces: `npm run bench -- traces [--spans N] [--sent N] [--seconds N]`. Sends 300,000 spans, then
 * fills a store of ten million (other numbers of both as told), asks for traces by id, and asks every kind of question for
 * as long as `--seconds` (180) says, all of them together. Ten million take less than ten minutes on two cores that do little else.
 */
const { values } = parseArgs({ options: { spans: { type: 'string', default: '10000000' }, sent: { type: 'string', default: '300000' }, seconds: { type: 'string', default: '180' } } });
const [stored, sent, seconds] = [Number(values.spans), Number(values.sent), Number(values.seconds)];
const began = performance.now();
const load = (): string => loadavg().map((n) => n.toFixed(1)).join(' ');
console.log(`${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.versions.node}, load ${load()}; questions for ${seconds} s\n`);

if (sent > 0) {
  const figures = await measureIngest(sent);
  console.log('Ingest: OTLP/HTTP, gzip protobuf, 1,000 spans a request, 11 attributes a span; one process with everything; a request is answered when it is on the disk');
  console.log(
    formatTable(
      ['spans', 'spans/s', 'Jaeger*', 'CPU µs/span', 'bytes/span raw', 'with gzip', 'stored', 'Jaeger*', 'peak MB', 'refusals'],
      [[figures.spans, figures.spansPerSecond, JAEGER_CLICKHOUSE.spansPerSecond, figures.cpuMicrosecondsPerSpan, figures.rawBytesPerSpan, figures.sentBytesPerSpan, figures.diskBytesPerSpan, JAEGER_CLICKHOUSE.bytesPerSpan, figures.peakMegabytes, figures.refusals]],
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
  console.log(formatTable(['', 'p50', 'p95', 'Jaeger*'], (['first', 'again', 'absent'] as const).map((which) => [which, byId[which].p50, byId[which].p95, which === 'first' ? JAEGER_CLICKHOUSE.traceById : undefined])));
  const range = { fromUnixNano: String(loaded.fromUnixNano), toUnixNano: String(loaded.toUnixNano) };
  const figures = await measureQuestions(createEmbeddedBackend(store), range, seconds);
  console.log('Questions about all of them; a search gives the 20 newest and the exact total. Milliseconds, and of processor time (all threads)');
  console.log(formatTable(['kind', 'question', 'found', 'first', 'runs', 'p50', 'p95', 'first CPU', 'CPU'], figures.map((one) => [one.kind, one.question, one.found, one.first, one.runs, one.p50, one.p95, one.firstCpu, one.cpu])));
  console.log('By kind, the slowest question of each');
  console.log(formatTable(['kind', 'questions', 'first', 'p50', 'p95', 'Jaeger*'], byKind(figures)));
  console.log(`* published, not run here: Jaeger with ClickHouse, 10 million spans, 4 cores, 60 GB (its BENCHMARKING.md)\n${(residentBytes(process.pid) / 1e6).toFixed(0)} MB of memory at the end; ${((performance.now() - began) / 1000).toFixed(0)} s in all, load ${load()}`);
  await store.close();
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function byKind(figures: readonly QuestionFigures[]): (string | number | undefined)[][] {
  return [...Map.groupBy(figures, (one) => one.kind)].map(([kind, all]) => {
    const slowest = (of: (one: QuestionFigures) => number): number => quantile(all.map(of), 1);
    const peer = kind === 'attribute' ? JAEGER_CLICKHOUSE.attribute : kind === 'several conditions' ? JAEGER_CLICKHOUSE.severalConditions : undefined;
    return [kind, all.length, slowest((one) => one.first), slowest((one) => one.p50), slowest((one) => one.p95), peer];
  });
}
