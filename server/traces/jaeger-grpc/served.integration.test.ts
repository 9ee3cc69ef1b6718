import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { SessionStore } from '#server/auth/session-store.ts';
import { ServerError } from '#server/server-error.ts';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import type { JaegerApiTraces } from '../jaeger-api/jaeger-backend.ts';
import { decodeTraceRequest } from '../otlp/decode-request.ts';
import { aSpan, spanId, traceId } from '../testing/a-span.ts';
import { memoryBackend } from '../testing/memory-backend.ts';
import { storageSuite } from '../testing/storage-suite.ts';
import type { Span, Trace } from '../trace-backend.ts';
import { createTraceWork, workInPlace } from '../work/trace-work.ts';
import { startJaegerGrpc } from './start-jaeger-grpc.ts';
import { decodeProto, encodeProto, protoTime } from './testing/jaeger-protos.ts';
import { serveGrpc } from './testing/serve-grpc.ts';

const V2 = '/jaeger.api_v2.QueryService';
const V3 = '/jaeger.api_v3.QueryService';
const SECOND = 1_000_000_000n;
const NOW_MS = 1_795_000_000_000;
const NOW = BigInt(NOW_MS) * 1_000_000n;
const clock = { ...systemClock, now: () => NOW_MS };
const RANGE = { start_time_min: protoTime(NOW - 3600n * SECOND), start_time_max: protoTime(NOW) };
const NOTHING = Buffer.alloc(0);
const FB = 'fb'.repeat(16);
const SPANS: readonly Span[] = [
  aSpan({ traceId: traceId(1), spanId: spanId(1), service: 'gateway', name: 'GET /', kind: 'server', start: NOW - 5n * SECOND, duration: 2_000_000_001n }),
  aSpan({ traceId: traceId(1), spanId: spanId(2), parentSpanId: spanId(1), service: 'cart', name: 'list', start: NOW - 4n * SECOND + 7n, duration: 10n, status: { code: 'error' }, attributes: { 'http.status_code': 500 } }),
  aSpan({ traceId: traceId(2), spanId: spanId(3), parentSpanId: spanId(9), service: 'cart', name: 'list', start: NOW - 3n * SECOND, duration: 1n, attributes: { 'http.status_code': 200 } }),
  aSpan({ traceId: FB, spanId: spanId(4), service: 'cart', name: 'add', kind: 'unspecified', start: NOW - SECOND }),
];

type Json = Record<string, unknown>;
/** The spans of chunks of api_v2. */
const modelSpans = (messages: readonly Buffer[]): Json[] => messages.flatMap((m) => decodeProto('SpansResponseChunk', m)['spans'] as Json[]);
const otlpSpans = (messages: readonly Buffer[]): Span[] => messages.flatMap((m) => [...decodeTraceRequest(m, 'protobuf').spans]);
const summariesIn = (messages: readonly Buffer[]): Json[] => messages.flatMap((m) => decodeProto('FindTraceSummariesResponse', m)['summaries'] as Json[]);
const find = (query: object): Buffer => encodeProto('FindTracesRequest', { query });

test('api_v2 gives what Kiali asks for', async (t) => {
  const { call } = await serveGrpc(t, memoryBackend(SPANS), { clock });
  const one = async (method: string, request: Buffer, answer: string): Promise<Json> => {
    const { code, details, messages } = await call(`${V2}/${method}`, request);
    assert.deepEqual([code, messages.length], [status.OK, 1], details);
    return decodeProto(answer, messages[0] ?? NOTHING);
  };
  assert.deepEqual(await one('GetServices', NOTHING, 'GetServicesResponse'), { services: ['cart', 'gateway'] });
  assert.deepEqual(await one('GetOperations', encodeProto('GetOperationsRequest', { service: 'cart' }), 'GetOperationsResponseV2'), { operation_names: ['add', 'list'], operations: [{ name: 'add' }, { name: 'list', span_kind: 'internal' }] });
  assert.deepEqual(await one('GetOperations', encodeProto('GetOperationsRequest', { service: 'cart', span_kind: 'server' }), 'GetOperationsResponseV2'), { operation_names: [], operations: [] });
  assert.deepEqual(await one('GetDependencies', encodeProto('GetDependenciesRequest', { start_time: RANGE.start_time_min, end_time: RANGE.start_time_max }), 'GetDependenciesResponse'), { dependencies: [{ parent: 'gateway', child: 'cart', call_count: '1' }] });

  const found = await call(`${V2}/FindTraces`, find({ ...RANGE, service_name: 'cart', tags: { error: 'true' }, duration_min: protoTime(0n), search_depth: 10 }));
  const spans = modelSpans(found.messages);
  assert.deepEqual(spans.map((s) => [s['trace_id'], s['span_id'], s['operation_name']]), [[traceId(1), spanId(1), 'GET /'], [traceId(1), spanId(2), 'list']]);
  assert.deepEqual([spans[0]?.['duration'], spans[1]?.['start_time']], [{ seconds: '2', nanos: 1 }, protoTime(NOW - 4n * SECOND + 7n)]);
  assert.deepEqual(spans[1]?.['process'], { service_name: 'cart', tags: [] });
  // Without a range: the last two days, as over HTTP. A time of Go that was not set is none either.
  assert.equal(modelSpans((await call(`${V2}/FindTraces`, find({ start_time_min: { seconds: '-62135596800' }, search_depth: 2 }))).messages).length, 2);
  assert.deepEqual(await call(`${V2}/FindTraces`, find({ ...RANGE, service_name: 'nobody' })), { code: status.OK, details: 'OK', messages: [] });

  const got = await call(`${V2}/GetTrace`, encodeProto('GetTraceRequestV2', { trace_id: Buffer.from(traceId(2), 'hex') }));
  assert.deepEqual(modelSpans(got.messages).map((s) => s['warnings']), [[`parent span ID=${spanId(9)} is not in the trace; skipping clock skew adjustment`]]);
  const raw = await call(`${V2}/GetTrace`, encodeProto('GetTraceRequestV2', { trace_id: Buffer.from('0000000000000002', 'hex'), raw_traces: true }));
  assert.deepEqual(modelSpans(raw.messages).map((s) => s['warnings']), [[]]);
});

test('api_v3 gives OTLP and summaries', async (t) => {
  const { call } = await serveGrpc(t, memoryBackend(SPANS), { clock });
  assert.deepEqual(decodeProto('GetServicesResponse', (await call(`${V3}/GetServices`, NOTHING)).messages[0] ?? NOTHING), { services: ['cart', 'gateway'] });
  const operations = await call(`${V3}/GetOperations`, encodeProto('GetOperationsRequest', { service: 'cart' }));
  assert.deepEqual(decodeProto('GetOperationsResponseV3', operations.messages[0] ?? NOTHING), { operations: [{ name: 'add' }, { name: 'list', span_kind: 'internal' }] });
  const links = await call(`${V3}/GetDependencies`, encodeProto('GetDependenciesRequest', { start_time: RANGE.start_time_min, end_time: RANGE.start_time_max }));
  assert.deepEqual(decodeProto('GetDependenciesResponse', links.messages[0] ?? NOTHING), { dependencies: [{ parent: 'gateway', child: 'cart', call_count: '1' }] });
  for (const id of [FB, FB.toUpperCase(), Buffer.from(FB, 'hex').toString('base64')]) assert.deepEqual(otlpSpans((await call(`${V3}/GetTrace`, encodeProto('GetTraceRequestV3', { trace_id: id }))).messages), SPANS.slice(3), id);
  const found = await call(`${V3}/FindTraces`, find({ ...RANGE, tags: { 'http.status_code': '500' } }));
  assert.deepEqual(otlpSpans(found.messages), SPANS.slice(0, 2));
  const summaries = await call(`${V3}/FindTraceSummaries`, find({ ...RANGE, service_name: 'cart' }));
  const [, second, third] = summariesIn(summaries.messages);
  assert.deepEqual([second?.['trace_id'], second?.['orphan_span_count']], [traceId(2), 1]);
  assert.deepEqual(third, {
    trace_id: traceId(1),
    root_service_name: 'gateway',
    root_operation_name: 'GET /',
    min_start_time_unix_nano: String(NOW - 5n * SECOND),
    max_end_time_unix_nano: String(NOW - 3n * SECOND + 1n),
    span_count: 2,
    error_span_count: 1,
    services: [{ name: 'cart', span_count: 1, error_span_count: 1 }, { name: 'gateway', span_count: 1 }],
  });
  const code = { attr: { key: 'http.status_code', level: 'span' } };
  const filter = { op: 'and', args: [{ call: { op: 'eq', args: [{ field: { name: 'service', level: 'resource' } }, { scalar: { value: 'cart' } }] } }, { call: { op: 'not', args: [{ call: { op: 'in', args: [code, { list: { values: ['200'], type: 'int' } }] } }] } }] };
  assert.deepEqual(summariesIn((await call(`${V3}/FindTraceSummaries`, find({ ...RANGE, filter }))).messages).map((s) => s['trace_id']), [FB, traceId(1)]);
});

test('Jaeger’s storage suite: 25 of 25 by each of the three searches', async (t) => {
  const { spans, cases, idOf } = storageSuite();
  const { call } = await serveGrpc(t, memoryBackend(spans));
  const passed = [0, 0, 0];
  for (const { caption, search, fromUnixNano, toUnixNano, expected } of cases) {
    const request = find({
      service_name: search.service,
      operation_name: search.operation ?? '',
      tags: search.tags ?? {},
      start_time_min: protoTime(fromUnixNano),
      start_time_max: protoTime(toUnixNano),
      duration_min: protoTime(search.minDurationNano ?? 0n),
      duration_max: protoTime(search.maxDurationNano ?? 0n),
      search_depth: 1000,
    });
    const ids = [
      modelSpans((await call(`${V2}/FindTraces`, request)).messages).map((s) => String(s['trace_id'])),
      otlpSpans((await call(`${V3}/FindTraces`, request)).messages).map((s) => s.traceId),
      summariesIn((await call(`${V3}/FindTraceSummaries`, request)).messages).map((s) => String(s['trace_id'])),
    ];
    for (const [i, found] of ids.entries()) {
      assert.deepEqual([...new Set(found)].sort(), expected.map(idOf).sort(), `${caption}, ${i}`);
      passed[i] = (passed[i] ?? 0) + 1;
    }
  }
  assert.deepEqual(passed, [25, 25, 25]);
});

test('what cannot be answered has the status that says why', async (t) => {
  const { call } = await serveGrpc(t, memoryBackend(SPANS), { clock });
  const id = (hex: string): Buffer => encodeProto('GetTraceRequestV2', { trace_id: Buffer.from(hex, 'hex') });
  const v3 = (traceIdText: string): Buffer => encodeProto('GetTraceRequestV3', { trace_id: traceIdText });
  let nested: object = { op: 'exists', args: [{ attr: { key: 'x' } }] };
  for (let i = 0; i < 40; i++) nested = { op: 'not', args: [{ call: nested }] };
  const rows: readonly (readonly [path: string, request: Uint8Array, code: status, details: RegExp])[] = [
    [`${V2}/GetTrace`, id(traceId(77)), status.NOT_FOUND, /^trace not found$/],
    [`${V3}/GetTrace`, v3(traceId(77)), status.NOT_FOUND, /^trace not found$/],
    [`${V2}/GetTrace`, NOTHING, status.INVALID_ARGUMENT, /trace_id: it has 0 bytes, not 16/],
    [`${V2}/GetTrace`, id('00'.repeat(16)), status.INVALID_ARGUMENT, /trace_id: it is all zero/],
    [`${V3}/GetTrace`, v3('xyz!'), status.INVALID_ARGUMENT, /trace_id: "xyz!" is neither/],
    [`${V2}/GetTrace`, Buffer.from('0a20', 'hex'), status.INVALID_ARGUMENT, /^This is not a request for a trace: 32 bytes are announced, 0 are left, at byte 2/],
    [`${V2}/FindTraces`, NOTHING, status.INVALID_ARGUMENT, /^missing query$/],
    [`${V2}/FindTraces`, find({ search_depth: 10_001 }), status.INVALID_ARGUMENT, /query.search_depth: it must be from 1 to 10000/],
    [`${V2}/GetDependencies`, NOTHING, status.INVALID_ARGUMENT, /start_time and end_time are required/],
    [`${V2}/ArchiveTrace`, id(traceId(1)), status.UNIMPLEMENTED, /archive storage is not there: export the trace/],
    [`${V3}/FindTraces`, find({ service_name: 'cart' }), status.INVALID_ARGUMENT, /start_time_max are required/],
    [`${V3}/FindTraces`, find({ start_time_min: RANGE.start_time_max, start_time_max: RANGE.start_time_min }), status.INVALID_ARGUMENT, /must be before/],
    [`${V3}/FindTraceSummaries`, find({ ...RANGE, service_name: 'cart', filter: { op: 'exists', args: [{ attr: { key: 'x' } }] } }), status.INVALID_ARGUMENT, /cannot be combined/],
    [`${V3}/FindTraceSummaries`, find({ ...RANGE, filter: nested }), status.INVALID_ARGUMENT, /nested deeper than 32/],
    [`${V3}/FindTraceSummaries`, find({ ...RANGE, filter: { op: 'eq', args: [{}, {}] } }), status.INVALID_ARGUMENT, /query.filter/],
    [`${V3}/GetDependencies`, encodeProto('GetDependenciesRequest', { start_time: RANGE.start_time_max, end_time: RANGE.start_time_max }), status.INVALID_ARGUMENT, /end_time must be after start_time/],
    [`${V2}/Nothing`, NOTHING, status.UNIMPLEMENTED, /./],
    [`${V2}/FindTraces`, Buffer.alloc(1024 * 1024 + 1), status.RESOURCE_EXHAUSTED, /larger than max/],
  ];
  for (const [path, request, code, details] of rows) {
    const ended = await call(path, request);
    assert.deepEqual([ended.code, ended.messages.length], [code, 0], `${path}: ${ended.details}`);
    assert.match(ended.details, details, path);
  }
});

test('who may read over HTTP may read over gRPC, and nobody else; whether it is up anybody may ask', async (t) => {
  const { call, token } = await serveGrpc(t, memoryBackend(SPANS));
  const as = async (authorization: string): Promise<number> => (await call(`${V2}/GetServices`, NOTHING, authorization)).code;
  assert.equal(await as(`Basic ${Buffer.from(`kiali:${token}`).toString('base64')}`), status.OK);
  for (const authorization of ['', 'Bearer no', token, 'Basic no']) assert.equal(await as(authorization), status.UNAUTHENTICATED, authorization);
  for (const path of [`${V2}/GetTrace`, `${V2}/FindTraces`, `${V2}/ArchiveTrace`, `${V3}/GetTrace`, `${V3}/FindTraces`, `${V3}/FindTraceSummaries`]) assert.equal((await call(path, NOTHING, '')).code, status.UNAUTHENTICATED, path);
  const check = (service: string) => call('/grpc.health.v1.Health/Check', Buffer.concat([Buffer.from([0x0a, service.length]), Buffer.from(service)]), '');
  assert.deepEqual((await check('jaeger.api_v3.QueryService')).messages, [Buffer.from([8, 1])]);
  assert.equal((await check('other')).code, status.NOT_FOUND);
});

test('a large trace comes in messages that clients take, with every span in it', async (t) => {
  const spans = Array.from({ length: 800 }, (_, n) => aSpan({ traceId: FB, spanId: spanId(n + 1), start: n, service: `s${n % 5}`, attributes: { text: 'x'.repeat(4000), n } }));
  const fat = aSpan({ traceId: FB, spanId: spanId(99_999), start: 99_999, service: 'fat', attributes: { small: 1, body: 'é'.repeat(2_500_000) } });
  // As the server has it: the trace is written in a thread of its own.
  const work = createTraceWork({ spansInPlace: 500 });
  t.after(() => work.close());
  const { call } = await serveGrpc(t, memoryBackend([...spans, fat]), { work });
  const ids = [...spans, fat].map((s) => s.spanId);
  const v2 = await call(`${V2}/GetTrace`, encodeProto('GetTraceRequestV2', { trace_id: Buffer.from(FB, 'hex') }));
  assert.deepEqual([v2.code, modelSpans(v2.messages).map((s) => s['span_id'])], [status.OK, ids]);
  const v3 = await call(`${V3}/GetTrace`, encodeProto('GetTraceRequestV3', { trace_id: FB }));
  const read = otlpSpans(v3.messages);
  assert.deepEqual([v3.code, read.map((s) => s.spanId).sort()], [status.OK, ids.toSorted()]);
  for (const { messages } of [v2, v3]) assert.ok(messages.length > 5 && messages.every((m) => m.length < 1024 * 1024), String(messages.map((m) => m.length)));
  const warnings = modelSpans(v2.messages).at(-1)?.['warnings'];
  assert.match(JSON.stringify(warnings), /larger than a message of gRPC may be/);
  const cut = read.find((s) => s.spanId === fat.spanId);
  assert.ok(cut?.attributes['small'] === 1 && /^é+$/.test(String(cut.attributes['body'])));
  assert.deepEqual([cut.attributes['@jaeger@warnings'], cut.resource], [warnings, { 'service.name': 'fat' }]);
});

/** Traces that come one after another, which are counted. */
function countedTraces(bytesEach: number) {
  const counted = { asked: 0, signal: undefined as AbortSignal | undefined };
  const hits = Array.from({ length: 2000 }, (_, n) => ({ traceId: traceId(n + 1) }));
  const traces = {
    services: async () => [],
    search: async (_request: unknown, signal: AbortSignal) => {
      counted.signal = signal;
      return { traces: hits };
    },
    get: async (id: string): Promise<Trace> => {
      counted.asked += 1;
      return { traceId: id, spans: [aSpan({ traceId: id, attributes: { body: 'x'.repeat(bytesEach) } })], warnings: [] };
    },
  };
  // Safe because the calls of these tests ask for nothing else.
  return { counted, hits, traces: traces as unknown as JaegerApiTraces };
}

/** Until the server reads no more traces: the same count many times over. */
async function untilQuiet(counted: { readonly asked: number }): Promise<void> {
  for (let [same, before] = [0, -1]; same < 20; ) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    same = counted.asked === before ? same + 1 : 0;
    before = counted.asked;
  }
}

test('a client that is slow makes the server wait, and one that goes away ends the work', async (t) => {
  const { counted, hits, traces } = countedTraces(400_000);
  const { stream } = await serveGrpc(t, traces);
  const calling = stream(`${V2}/FindTraces`, find(RANGE));
  calling.on('error', () => {});
  const [first] = (await once(calling, 'data')) as [Buffer];
  calling.pause();
  assert.ok(first.length > 400_000);
  await untilQuiet(counted);
  assert.ok(counted.asked < hits.length / 10, `${counted.asked} of ${hits.length} traces were read for a client that takes none`);
  const aborted = new Promise<void>((resolve) => counted.signal?.addEventListener('abort', () => resolve()));
  calling.cancel();
  await aborted;
  assert.ok(counted.asked < hits.length / 10);
});

test('a client that takes nothing for a minute is given up', async (t) => {
  const { counted, hits, traces } = countedTraces(400_000);
  const minutes = new Set<() => void>();
  const after: typeof systemClock.after = (ms, fn) => {
    if (ms < 60_000) return systemClock.after(ms, fn);
    minutes.add(fn);
    return () => void minutes.delete(fn);
  };
  const { stream } = await serveGrpc(t, traces, { clock: { ...systemClock, after } });
  const calling = stream(`${V2}/FindTraces`, find(RANGE));
  calling.on('error', () => {});
  await once(calling, 'data');
  calling.pause();
  await untilQuiet(counted);
  assert.equal(minutes.size, 1);
  for (const pass of minutes) pass();
  const ended = new Promise<{ readonly code: number; readonly details: string }>((resolve) => calling.on('status', resolve));
  calling.resume();
  const { code, details } = await ended;
  assert.deepEqual([code, details], [status.DEADLINE_EXCEEDED, 'the client took nothing for 60 seconds']);
  assert.ok(counted.asked < hits.length / 10);
});

test('a failure that nobody meant is told in the log, not to the client; one of the store as it is', async (t) => {
  const logged: unknown[] = [];
  const failing = (error: Error): JaegerApiTraces => ({ ...memoryBackend([]), services: () => Promise.reject(error) });
  const log = { ...silentLogger, error: (context: unknown) => void logged.push(context) };
  const broken = await serveGrpc(t, failing(new TypeError('secret')), { log });
  const ended = await broken.call(`${V2}/GetServices`, NOTHING);
  assert.deepEqual([ended.code, /secret/.test(ended.details), logged.length], [status.INTERNAL, false, 1]);
  const away = await serveGrpc(t, failing(new ServerError('upstream', 'Jaeger is away.', { hint: 'Start it.' })), { log });
  const told = await away.call(`${V3}/GetServices`, NOTHING);
  assert.deepEqual([told.code, told.details, logged.length], [status.UNAVAILABLE, 'Jaeger is away. Start it.', 1]);
});

test('a port that is taken is one sentence', async (t) => {
  const { port } = await serveGrpc(t, memoryBackend([]));
  const sessions = new SessionStore({ sessions: [], tokens: [] }, () => 0, () => {});
  await assert.rejects(startJaegerGrpc({ host: '127.0.0.1', port, traces: memoryBackend([]), work: workInPlace, sessions, clock: systemClock, log: silentLogger }), new RegExp(`Port ${port} for Jaeger's gRPC API is taken; choose another with --jaeger-grpc-port`));
});
