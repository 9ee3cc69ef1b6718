import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createTraceState, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { freePorts } from '#mesh-core/runtime/free-ports.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { openTraceStore, type TraceStore } from '#server/traces/store/open-trace-store.ts';
import type { Attributes, Span } from '#server/traces/trace-backend.ts';
import { IngestStatus } from './ingest-status.ts';
import { createIntake } from './intake.ts';
import { startReceivers, type Receivers } from './start-receivers.ts';

const directory = mkdtempSync(join(tmpdir(), 'binnacle-exporters-'));
const status = new IngestStatus(systemClock);
let store: TraceStore;
let receivers: Receivers;
before(async () => {
  store = await openTraceStore({ directory, retentionMs: 3_600_000, maxBytes: 1e9, clock: systemClock, log: silentLogger });
  receivers = await startReceivers({ host: '127.0.0.1', otlpPort: 0, otlpGrpcPort: 0, zipkinPort: 0, corsOrigin: undefined, intake: createIntake({ store, status, log: silentLogger }), status, clock: systemClock, log: silentLogger });
});
after(async () => {
  await receivers.close();
  await store.close();
  rmSync(directory, { recursive: true });
});

const NANO = (time: readonly [number, number]): string => String(BigInt(time[0]) * 1_000_000_000n + BigInt(time[1]));
const RESOURCE = { 'service.name': 'cart', 'service.version': '2.1', 'host.name': 'node-1' };

/** Makes spans with everything an SDK can put into one, hands them to the exporter, and gives what the SDK itself has of them. */
async function exported(exporter: SpanExporter): Promise<readonly ReadableSpan[]> {
  const memory = new InMemorySpanExporter();
  const provider = new TracerProvider({ resource: resourceFromAttributes(RESOURCE), spanProcessors: [new SimpleSpanProcessor({ exporter }), new SimpleSpanProcessor({ exporter: memory })] });
  const tracer = provider.getTracer('a library', '1.2.3');
  const remote = trace.setSpanContext(ROOT_CONTEXT, { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: TraceFlags.SAMPLED, isRemote: true, traceState: createTraceState('a=1,b=x') });
  const start: [number, number] = [1_795_000_000, 123_456_789];
  const server = tracer.startSpan('GET /cart/{id}', { kind: SpanKind.SERVER, startTime: start, attributes: { 'http.response.status_code': 503, ratio: 0.25, whole: 3, ok: false, list: ['a', 'b'], numbers: [1, 2.5], 'long text': 'é€'.repeat(50) } }, remote);
  const linked = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: TraceFlags.SAMPLED };
  const child = tracer.startSpan('send', { kind: SpanKind.PRODUCER, startTime: [start[0], start[1] + 1], links: [{ context: linked, attributes: { why: 'batch' } }, { context: { ...linked, traceState: createTraceState('z=9') } }] }, trace.setSpan(ROOT_CONTEXT, server));
  child.addEvent('retried', { times: 2, of: 'queue' }, [start[0], start[1] + 2]);
  child.addEvent('plain', [start[0], start[1] + 3]);
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'queue is full' });
  child.end([start[0], start[1] + 1_000_001]);
  const internal = tracer.startSpan('compute', { startTime: start });
  internal.setStatus({ code: SpanStatusCode.OK });
  internal.end([start[0], start[1] + 7]);
  server.end([start[0] + 1, 5]);
  await provider.forceFlush();
  await exporter.shutdown();
  return memory.getFinishedSpans();
}

async function stored(spans: readonly ReadableSpan[]): Promise<Map<string, Span>> {
  const traces = await Promise.all([...new Set(spans.map((span) => span.spanContext().traceId))].map((id) => store.get(id)));
  return new Map(traces.flatMap((found) => found?.spans ?? []).map((span) => [span.spanId, span]));
}

/** What OTLP carries of a span of the SDK. */
function otlpOf(span: ReadableSpan): Partial<Span> {
  const context = span.spanContext();
  const traceState = context.traceState?.serialize();
  // Safe because every value of an attribute in this test has a type that OTLP has too.
  const attributes = (values: ReadableSpan['attributes']): Attributes => ({ ...values }) as Attributes;
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    ...(span.parentSpanContext === undefined ? {} : { parentSpanId: span.parentSpanContext.spanId }),
    ...(traceState === undefined ? {} : { traceState }),
    name: span.name,
    kind: (['internal', 'server', 'client', 'producer', 'consumer'] as const)[span.kind] ?? 'unspecified',
    startUnixNano: NANO(span.startTime),
    endUnixNano: NANO(span.endTime),
    attributes: attributes(span.attributes),
    status: { code: (['unset', 'ok', 'error'] as const)[span.status.code], ...(span.status.message === undefined ? {} : { message: span.status.message }) },
    events: span.events.map((event) => ({ timeUnixNano: NANO(event.time), name: event.name, attributes: attributes(event.attributes ?? {}) })),
    links: span.links.map((link) => {
      const state = link.context.traceState?.serialize();
      return { traceId: link.context.traceId, spanId: link.context.spanId, ...(state === undefined ? {} : { traceState: state }), attributes: attributes(link.attributes ?? {}) };
    }),
    resource: RESOURCE,
    scope: { name: 'a library', version: '1.2.3' },
  };
}

const OTLP: readonly [name: string, protocol: 'otlp-http' | 'otlp-grpc', exporter: () => SpanExporter][] = [
  ['JSON over HTTP', 'otlp-http', () => new JsonExporter({ url: `http://127.0.0.1:${receivers.otlpPort}/v1/traces` })],
  ['protobuf over HTTP', 'otlp-http', () => new ProtobufExporter({ url: `http://127.0.0.1:${receivers.otlpPort}/v1/traces` })],
  ['protobuf over HTTP in gzip', 'otlp-http', () => new ProtobufExporter({ url: `http://127.0.0.1:${receivers.otlpPort}/v1/traces`, compression: 'gzip' as never })],
  ['gRPC', 'otlp-grpc', () => new GrpcExporter({ url: `http://127.0.0.1:${receivers.otlpGrpcPort}` })],
  ['gRPC in gzip', 'otlp-grpc', () => new GrpcExporter({ url: `http://127.0.0.1:${receivers.otlpGrpcPort}`, compression: 'gzip' as never })],
];
for (const [name, protocol, exporter] of OTLP) {
  test(`every span of the OpenTelemetry exporter for ${name} is stored as it was made`, async () => {
    const spans = await exported(exporter());
    const found = await stored(spans);
    assert.equal(spans.length, 3);
    for (const span of spans) {
      const { flags, links = [], valueTypes, ...rest } = found.get(span.spanContext().spanId) ?? {};
      // Flags tell whether the parent is remote, which the SDK has nowhere else.
      assert.equal(flags, span.parentSpanContext?.isRemote === true ? 0x301 : 0x101);
      assert.equal(valueTypes, undefined);
      assert.deepEqual({ ...rest, links: links.map(({ flags: ofLink, ...link }) => link) }, otlpOf(span));
    }
    const { requests = 0, refused } = status.snapshot().protocols.find((of) => of.protocol === protocol) ?? {};
    assert.ok(requests > 0);
    assert.deepEqual(refused, {});
  });
}

test('every span of the OpenTelemetry exporter for Zipkin is stored with what Zipkin carries of it', async () => {
  const spans = await exported(new ZipkinExporter({ url: `http://127.0.0.1:${receivers.zipkinPort}/api/v2/spans` }));
  const found = await stored(spans);
  for (const span of spans) {
    const want = otlpOf(span);
    const got = found.get(span.spanContext().spanId);
    const micro = (nano = '0'): number => Number(BigInt(nano) / 1000n);
    // Microseconds, texts for attributes, no attributes of events, no links, no scope, no trace state.
    assert.deepEqual([got?.traceId, got?.parentSpanId, got?.name, got?.kind, got?.resource], [want.traceId, want.parentSpanId, want.name, want.kind, RESOURCE]);
    assert.ok(Math.abs(micro(got?.startUnixNano) - micro(want.startUnixNano)) <= 1 && Math.abs(micro(got?.endUnixNano) - micro(want.endUnixNano)) <= 1);
    assert.deepEqual(got?.attributes, Object.fromEntries(Object.entries(span.attributes).map(([key, value]) => [key, String(value)])));
    assert.deepEqual(got?.status, want.status);
    assert.deepEqual(got?.events.map((e) => e.name), want.events?.map((e) => e.name));
  }
});

test('when one of the ports is taken, none stays taken', async () => {
  const [otlpPort = 0] = await freePorts(1);
  const start = (zipkinPort: number | undefined) => startReceivers({ host: '127.0.0.1', otlpPort, otlpGrpcPort: undefined, zipkinPort, corsOrigin: undefined, intake: createIntake({ store, status, log: silentLogger }), status, clock: systemClock, log: silentLogger });
  await assert.rejects(start(receivers.zipkinPort), { message: `Port ${receivers.zipkinPort} for Zipkin is taken; choose another with --zipkin-port.` });
  const again = await start(undefined);
  assert.deepEqual([again.otlpPort, again.otlpGrpcPort, again.zipkinPort], [otlpPort, undefined, undefined]);
  await again.close();
});
