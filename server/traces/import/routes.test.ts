import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { RouteRequest } from '#server/http/route.ts';
import { decodeTraceRequest } from '#server/traces/otlp/decode-request.ts';
import { toOtlpJson } from '#server/traces/otlp/encode-json.ts';
import { IngestStatus } from '#server/traces/receiver/ingest-status.ts';
import { memoryStore } from '#server/traces/receiver/testing/memory-store.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import { bodyOf } from '#server/traces/testing/body-of.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import type { ExportFormat } from './export-traces.ts';
import { openPackedSpans, type PackedSpans } from '#server/traces/segment/packed-spans.ts';
import { ImportReader } from './import-reader.ts';
import { createTraceImport } from './import-traces.ts';
import { traceExportRoutes, traceImportRoutes } from './routes.ts';
import { ImportTracesResponse } from './schemas.ts';

const clock = { now: () => 1_795_000_000_000 };
const SPANS: readonly Span[] = [1, 1, 2].map((trace, i) => aSpan({ traceId: traceId(trace), spanId: spanId(i + 1), start: 1_795_000_000_000_000_123n, attributes: { whole: 2 }, valueTypes: { '/attributes/whole': 'double' }, links: [{ traceId: traceId(7), spanId: spanId(7), attributes: { why: 'batch' } }] }));

function setUp() {
  const store = memoryStore();
  const status = new IngestStatus(clock);
  const traces = {
    get: async (id: string) => {
      const spans = SPANS.filter((span) => span.traceId === id);
      return spans.length === 0 ? undefined : { traceId: id, spans, warnings: [] };
    },
  };
  const routes = [...traceExportRoutes({ traces }), ...traceImportRoutes({ store, status, clock })];
  const call = (path: string, request: object): Promise<unknown> => routes.find((route) => route.path === path)?.handle(request as RouteRequest<never, never>) ?? Promise.reject(new Error(path));
  return {
    store,
    status,
    importing: async (file: string | Uint8Array) => ImportTracesResponse.parse(await call('/api/traces/import', { body: Buffer.from(file) })),
    exporting: async (id: string, format: ExportFormat) => (await call('/api/traces/:id/otlp', { params: { id }, query: { format } })) as Response,
    exportingAll: async (traceIds: readonly string[]) => (await call('/api/traces/export', { body: { traceIds } })) as Response,
  };
}

test('what is imported is stored, and what came of it is told', async () => {
  const { importing, store, status } = setUp();
  const answer = await importing(JSON.stringify(toOtlpJson(SPANS)));
  assert.deepEqual(answer, { format: 'otlp', traceIds: [traceId(1), traceId(2)], traces: 2, spans: 3, duplicates: 0, skipped: [] });
  assert.deepEqual(store.spans, SPANS);
  assert.equal(status.snapshot().protocols.find((of) => of.protocol === 'import')?.spans, 3);
});
test('a gzip file is unpacked', async () => {
  const { importing, store } = setUp();
  await importing(gzipSync(JSON.stringify(toOtlpJson(SPANS))));
  assert.equal(store.spans.length, 3);
  await assert.rejects(importing(gzipSync('x').subarray(0, -4)), { code: 'bad-request', message: 'The file is not whole gzip.' });
  await assert.rejects(importing(gzipSync(Buffer.alloc(70_000_000))), { code: 'bad-request', message: /unpacks to more than/ });
});
test('what of a file cannot be stored is told with its reason; a file of which nothing can be is refused', async () => {
  const { importing, store } = setUp();
  const bad = { resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: '', spanId: '', name: 'x' }] }] }] };
  const answer = await importing(`${JSON.stringify(toOtlpJson(SPANS))}\n{broken\n${JSON.stringify(bad)}\n`);
  assert.deepEqual([answer.spans, answer.skipped.map((s) => [s.reason.slice(0, 17), s.count])], [3, [['line 2: not JSON:', 1], ['trace_id is not 1', 1]]]);
  assert.equal(store.spans.length, 3);
  await assert.rejects(importing('{broken'), { code: 'bad-request', message: /^The file cannot be read: not JSON: / });
  await assert.rejects(importing('{"a":1}\n{"b":2}\n'), { code: 'bad-request', message: /^The file cannot be read: line 1: it is neither OTLP/ });
});
test('a file of many spans is stored in parts', async () => {
  const batches: number[] = [];
  const stored = (spans: number) => (batches.push(spans), { stored: spans, duplicates: 1 });
  const routes = traceImportRoutes({ store: { append: async (spans) => stored(spans.length), appendPacked: async (packed) => stored(packed.spanCount) }, status: new IngestStatus(clock), clock });
  const spans = Array.from({ length: 12_000 }, (_, i) => aSpan({ traceId: traceId(i + 1) }));
  const answer = ImportTracesResponse.parse(await routes[0]?.handle({ body: Buffer.from(JSON.stringify(toOtlpJson(spans))) } as unknown as RouteRequest<never, never>));
  assert.deepEqual([batches, answer.traces, answer.traceIds.length, answer.duplicates], [[5000, 5000, 2000], 12_000, 1000, 3]);
});

test('a trace comes out as OTLP in JSON, lines and protobuf, and goes in again as it was', async () => {
  const { exporting, importing, store } = setUp();
  for (const format of ['json', 'jsonl'] as const) {
    store.spans.length = 0;
    await importing(await bodyOf(await exporting(traceId(1), format)));
    assert.deepEqual(store.spans, SPANS.slice(0, 2), format);
  }
  const protobuf = await exporting(traceId(1), 'protobuf');
  assert.equal(protobuf.headers.get('content-disposition'), `attachment; filename="trace-${traceId(1)}.pb"`);
  assert.deepEqual(decodeTraceRequest(await bodyOf(protobuf), 'protobuf').spans, SPANS.slice(0, 2));
});
test('as Jaeger’s JSON a trace can be read again, to the microsecond', async () => {
  const { exporting, importing, store } = setUp();
  await importing(await bodyOf(await exporting(traceId(1), 'jaeger')));
  assert.deepEqual(store.spans.map((s) => [s.spanId, s.startUnixNano, s.attributes, s.valueTypes]), SPANS.slice(0, 2).map((s) => [s.spanId, '1795000000000000000', s.attributes, s.valueTypes]));
});
test('many traces come out as one line each, without those that are not stored', async () => {
  const { exportingAll, importing, store } = setUp();
  const file = await bodyOf(await exportingAll([traceId(99), traceId(2), traceId(98), traceId(1), traceId(2)]));
  assert.equal(file.toString().trim().split('\n').length, 2);
  await importing(file);
  assert.deepEqual(store.spans, [...SPANS.slice(2), ...SPANS.slice(0, 2)]);
  await assert.rejects(exportingAll([traceId(99)]), { code: 'not-found' });
});

test('a large file is read by another thread: the same outcome, the same faults, little work here', async () => {
  const spans = Array.from({ length: 4_000 }, (_, i) => aSpan({ ...SPANS[0], traceId: traceId((i % 1_500) + 1), spanId: spanId(i + 1) }));
  const file = Buffer.from(`${JSON.stringify(toOtlpJson(spans))}\n{broken\n${JSON.stringify(toOtlpJson(SPANS))}\n`);
  const used = async (work: () => Promise<void> | void): Promise<number> => {
    const before = process.threadCpuUsage();
    await work();
    const { user, system } = process.threadCpuUsage(before);
    return user + system;
  };
  const read: Span[] = [];
  const reader = new ImportReader(file, clock.now() * 1000);
  const here = await used(() => {
    for (let batch = reader.next(); batch !== undefined; batch = reader.next()) read.push(...batch);
  });
  const packed: PackedSpans[] = [];
  const appendPacked = async (batch: PackedSpans) => (packed.push(batch), { stored: batch.spanCount, duplicates: 1 });
  const importing = createTraceImport({ store: { append: () => assert.fail('it is large'), appendPacked }, status: new IngestStatus(clock), clock });
  let answer: unknown;
  const there = await used(async () => void (answer = await importing(Buffer.from(file))));
  assert.deepEqual(answer, { ...reader.summary(), duplicates: 2 });
  assert.deepEqual(packed.flatMap(openPackedSpans), read);
  assert.ok(there * 2 < here, `${there} µs of this thread's time, ${here} µs when it reads the file`);
  const bad = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${traceId(1)}","spanId":"${spanId(1)}","name":7}]}]}],"more":"${'x'.repeat(600_000)}"}`;
  await assert.rejects(importing(Buffer.from(bad)), { code: 'bad-request', message: inPlaceFault(bad) });
});

function inPlaceFault(file: string): string {
  try {
    new ImportReader(Buffer.from(file), 0).next();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return assert.fail('it can be read');
}
