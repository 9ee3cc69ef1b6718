import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { uiTrace } from '#server/traces/jaeger-api/ui-model.ts';
import { OtlpDecodeError } from '#server/traces/otlp/decode-error.ts';
import { toOtlpJson } from '#server/traces/otlp/encode-json.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import { readTraceFile } from './read-trace-file.ts';

const NOW = 1_795_000_000_000_000;
const read = (file: unknown) => [...readTraceFile(Buffer.from(typeof file === 'string' ? file : JSON.stringify(file)), NOW)];
const spansOf = (file: unknown): Span[] => read(file).flatMap((part) => (part.kind === 'spans' ? part.spans : []));
const byId = (spans: readonly Span[]): Span[] => spans.toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1));

/** Spans that every format holds: whole microseconds, and a link as Jaeger tells it. */
const SPANS: readonly Span[] = [
  aSpan({ traceId: traceId(1), spanId: spanId(1), kind: 'server', start: 1_795_000_000_000_001_000n, duration: 5000, attributes: { a: 'x', n: 2, half: 0.5 }, status: { code: 'error', message: 'no' } }),
  aSpan({ traceId: traceId(1), spanId: spanId(2), parentSpanId: spanId(1), kind: 'client', start: 1_795_000_000_000_002_000n, duration: 1000, events: [{ timeUnixNano: '1795000000000002000', name: 'e', attributes: { k: 'v' } }], links: [{ traceId: traceId(9), spanId: spanId(9), attributes: { 'opentracing.ref_type': 'follows_from' } }] }),
  aSpan({ traceId: traceId(2), spanId: spanId(3), service: 'other', kind: 'internal', start: 1_795_000_000_000_003_000n, duration: 0 }),
];
const ofTrace = (n: number) => SPANS.filter((s) => s.traceId === traceId(n));
const otlp = (spans: readonly Span[]): object => toOtlpJson(spans);
const jaeger = (n: number): object => uiTrace({ traceId: traceId(n), spans: ofTrace(n), warnings: [] }, { raw: true });
const lines = (...documents: readonly object[]): string => documents.map((d) => `${JSON.stringify(d)}\n`).join('');
const base64Ids = (value: unknown): unknown => JSON.parse(JSON.stringify(value), (key, v: unknown) => (/^(trace|span|parentSpan)Id$/.test(key) && typeof v === 'string' ? Buffer.from(v, 'hex').toString('base64') : v)) as unknown;
const withNames = (value: unknown): unknown => JSON.parse(JSON.stringify(value), (key, v: unknown) => (key === 'kind' ? ['SPAN_KIND_UNSPECIFIED', 'SPAN_KIND_INTERNAL', 'SPAN_KIND_SERVER', 'SPAN_KIND_CLIENT'][Number(v)] : key === 'code' ? 'STATUS_CODE_ERROR' : v)) as unknown;

const FILES: readonly [rule: string, file: unknown, format: string][] = [
  ['an OTLP document', otlp(SPANS), 'otlp'],
  ['an OTLP document laid out over lines', JSON.stringify(otlp(SPANS), null, 2), 'otlp'],
  ['OTLP lines', lines(otlp(ofTrace(1)), otlp(ofTrace(2))), 'otlp'],
  ['OTLP lines with empty ones, carriage returns and no end', `\n${lines(otlp(ofTrace(1))).trim()}\r\n\r\n${JSON.stringify(otlp(ofTrace(2)))}`, 'otlp'],
  ['a list of OTLP documents', [otlp(ofTrace(1)), otlp(ofTrace(2))], 'otlp'],
  ['the answer of Jaeger’s API v3', { result: otlp(SPANS) }, 'otlp'],
  ['the answer of Tempo: base64 ids, names of enums', { trace: withNames(base64Ids(otlp(SPANS))) }, 'otlp'],
  ['the first answer of Tempo', { batches: (base64Ids(otlp(SPANS)) as { resourceSpans: unknown }).resourceSpans }, 'otlp'],
  ['a file that starts with a byte order mark', `\ufeff${JSON.stringify(otlp(SPANS))}`, 'otlp'],
  ['the answer of Jaeger’s API', { data: [jaeger(1), jaeger(2)], total: 0, errors: null }, 'jaeger'],
  ['a list of Jaeger’s traces', [jaeger(1), jaeger(2)], 'jaeger'],
  ['Jaeger’s traces in lines', lines(jaeger(1), jaeger(2)), 'jaeger'],
];
for (const [rule, file, format] of FILES) {
  test(`${rule} gives its spans whole`, () => {
    assert.deepEqual(byId(spansOf(file)), SPANS);
    assert.ok(read(file).every((part) => part.kind === 'spans' && part.format === format && part.rejected === 0));
  });
}

test('one trace of Jaeger is a file too', () => assert.deepEqual(byId(spansOf(jaeger(1))), ofTrace(1)));
test('Zipkin’s list of spans, and its list of traces, give their spans', () => {
  const zipkin = SPANS.map((s) => ({ traceId: s.traceId, id: s.spanId, name: s.name, timestamp: Number(BigInt(s.startUnixNano) / 1000n), duration: 5, localEndpoint: { serviceName: 'shop' } }));
  for (const file of [zipkin, [zipkin.slice(0, 2), zipkin.slice(2)]]) assert.deepEqual(spansOf(file).map((s) => [s.traceId, s.spanId, s.startUnixNano, s.name]), SPANS.map((s) => [s.traceId, s.spanId, s.startUnixNano, s.name]));
});
test('what is empty holds nothing', () => {
  for (const file of ['[]', '{}', '{"data":[]}', '{"resourceSpans":[]}']) assert.deepEqual(spansOf(file), []);
});
test('integers beyond 2^53 are exact, in Jaeger’s JSON too', () => {
  const text = JSON.stringify({ traceID: traceId(1), spans: [{ traceID: traceId(1), spanID: spanId(1), startTime: 1, tags: [{ key: 'big', type: 'int64', value: 'BIG' }] }] }).replace('"BIG"', '9007199254740993');
  assert.deepEqual([spansOf(text)[0]?.attributes['big'], spansOf(text)[0]?.valueTypes], ['9007199254740993', { '/attributes/big': 'int' }]);
});
test('spans of Jaeger that cannot be stored are told by reason, and the others are read', () => {
  const span = (more: object): object => ({ traceID: traceId(1), spanID: spanId(1), startTime: 1, tags: [], ...more });
  const [part] = read({ spans: [span({}), span({ traceID: '0' }), span({ spanID: '0' }), span({ spanID: '1'.repeat(17) }), span({ startTime: -1 }), span({ startTime: 1e300 })] });
  assert.ok(part?.kind === 'spans');
  assert.deepEqual([part.spans.length, part.rejected, [...part.reasons.values()]], [1, 5, [1, 2, 2]]);
});
test('a line that cannot be read is told, and the others are read', () => {
  const parts = read(`${lines(otlp(ofTrace(1)))}{broken\n${lines({ foo: 1 }, otlp(ofTrace(2)))}`);
  assert.deepEqual(parts.map((part) => (part.kind === 'spans' ? part.spans.length : [part.line, part.message.slice(0, 10)])), [2, [2, 'not JSON: '], [3, 'it is neit'], 1]);
});

const UNREADABLE: readonly [rule: string, file: unknown, message: RegExp][] = [
  ['no JSON says where', '{\n  "resourceSpans": [\n    {,}\n  ]\n}', /^not JSON: .*line 3/],
  ['nothing at all', '', /^not JSON/],
  ['text', 'hello\nthere\n', /^not JSON/],
  ['JSON of something else', { foo: 1 }, /neither OTLP .* nor Jaeger .* nor Zipkin/],
  ['a list of something else', [1], /neither OTLP/],
  ['OTLP with a wrong field', { resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: traceId(1), spanId: spanId(1), name: 1 }] }] }] }, /^resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\]: name should be a string/],
  ['Jaeger with a wrong field', { data: [{ spans: [{ traceID: 'a', spanID: 'b', startTime: 'now' }] }] }, /^data\[0\]\.spans\[0\]\.startTime: /],
  ['Zipkin with a wrong field', [{ traceId: 'a', id: spanId(1), timestamp: 'now' }], /^\[0\]: timestamp should be/],
];
for (const [rule, file, message] of UNREADABLE) {
  test(`a file that is ${rule} is malformed, and the error says where`, () => {
    assert.throws(() => read(file), (error) => error instanceof OtlpDecodeError && (assert.match(error.message, message), true));
  });
}

test('whatever a file holds, it is read or malformed', () => {
  const field = fc.oneof(fc.jsonValue(), fc.constantFrom(...FILES.map(([, file]) => file)));
  const document = fc.oneof(field, fc.dictionary(fc.constantFrom('resourceSpans', 'batches', 'trace', 'result', 'data', 'spans', 'scopeSpans', 'traceID', 'traceId', 'id', 'spanID', 'startTime', 'tags'), field));
  const file = fc.oneof(document.map((d) => JSON.stringify(d)), fc.array(document).map((list) => list.map((d) => JSON.stringify(d)).join('\n')), fc.string());
  fc.assert(
    fc.property(file, (text) => {
      try {
        read(text);
      } catch (error) {
        assert.ok(error instanceof OtlpDecodeError, String(error));
      }
    }),
    { numRuns: 800, interruptAfterTimeLimit: 1500 },
  );
});
