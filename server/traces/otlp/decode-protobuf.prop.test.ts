import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { fc } from '#mesh-core/testing/property.ts';
import { assembleSpans, type DecodedSpans } from './assemble-spans.ts';
import { OtlpDecodeError } from './decode-error.ts';
import { decodeProtobufRequest } from './decode-protobuf.ts';
import { otlpMessage } from './descriptor.ts';
import { toOtlpJson } from './encode-json.ts';
import { toOtlpProtobuf } from './encode-protobuf.ts';
import type { Span } from '#server/traces/trace-backend.ts';

const request = otlpMessage('ExportTraceServiceRequest');

/** The same request read by protobufjs, made into OTLP JSON, and assembled from that: nothing of the decoder under test is in it. */
function byProtobufjs(body: Uint8Array): DecodedSpans {
  const message = request.toObject(request.decode(body), { longs: String, bytes: String });
  return assembleSpans(withHexIds(message));
}

function withHexIds(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withHexIds);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, typeof v === 'string' && /^(trace|span|parentSpan)Id$/.test(key) ? Buffer.from(v, 'base64').toString('hex') : withHexIds(v)]));
}

const text = fc.oneof(fc.constantFrom('', 'GET', 'service.name', '__proto__', 'a/b~c', 'é', '€'.repeat(30), 'x'.repeat(60)), fc.string({ unit: 'grapheme', maxLength: 12 }));
const int64 = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(0n, -1n, 127n, 128n, 2n ** 53n, 2n ** 53n - 1n, -(2n ** 53n))).map(String);
const uint32 = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffffffff }));
const { value: anyValue } = fc.letrec<{ value: object }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record({ stringValue: text }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: int64 }),
    fc.record({ doubleValue: fc.oneof(fc.double(), fc.integer(), fc.constantFrom(-0, NaN, Infinity)) }),
    fc.record({ bytesValue: fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes).toString('base64')) }),
    fc.constant({}),
    fc.record({ arrayValue: fc.record({ values: fc.array(tie('value'), { maxLength: 3 }) }) }),
    fc.record({ kvlistValue: fc.record({ values: fc.array(fc.record({ key: text, value: tie('value') }), { maxLength: 3 }) }) }),
  ),
}));
const attributes = fc.array(fc.record({ key: text, value: anyValue }, { requiredKeys: [] }), { maxLength: 4 });
const id = (bytes: number): fc.Arbitrary<string> => fc.oneof({ weight: 6, arbitrary: fc.uint8Array({ minLength: bytes, maxLength: bytes }) }, fc.uint8Array({ maxLength: 17 }), fc.constant(new Uint8Array(bytes))).map((b) => Buffer.from(b).toString('base64'));
const nano = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })).map(String);
const optional = { requiredKeys: [] as [] };
const span = fc.record(
  {
    traceId: id(16),
    spanId: id(8),
    parentSpanId: id(8),
    traceState: text,
    flags: uint32,
    name: text,
    kind: fc.integer({ min: -2, max: 7 }),
    startTimeUnixNano: nano,
    endTimeUnixNano: nano,
    attributes,
    droppedAttributesCount: uint32,
    events: fc.array(fc.record({ timeUnixNano: nano, name: text, attributes, droppedAttributesCount: uint32 }, optional), { maxLength: 2 }),
    droppedEventsCount: uint32,
    links: fc.array(fc.record({ traceId: id(16), spanId: id(8), traceState: text, attributes, droppedAttributesCount: uint32, flags: uint32 }, optional), { maxLength: 3 }),
    droppedLinksCount: fc.nat(1000),
    status: fc.record({ code: fc.integer({ min: -1, max: 4 }), message: text }, optional),
  },
  optional,
);
const body = fc
  .record({
    resourceSpans: fc.array(
      fc.record(
        {
          resource: fc.record({ attributes, droppedAttributesCount: uint32 }, optional),
          schemaUrl: text,
          scopeSpans: fc.array(fc.record({ scope: fc.record({ name: text, version: text, attributes, droppedAttributesCount: uint32 }, optional), spans: fc.array(span, { maxLength: 3 }), schemaUrl: text }, optional), { maxLength: 3 }),
        },
        optional,
      ),
      { maxLength: 3 },
    ),
  })
  .map((message) => request.encode(request.fromObject(message)).finish());

const bounded = { interruptAfterTimeLimit: 1800, markInterruptAsFailure: false } as const;

test('any request is read as protobufjs reads it', () => {
  fc.assert(fc.property(body, (bytes) => assert.deepEqual(decodeProtobufRequest(bytes), byProtobufjs(bytes))), { numRuns: 400, ...bounded });
});

test('what is read is the same again once it was written, as JSON and as protobuf', () => {
  const byContent = (spans: readonly Span[]): string[] => spans.map((span) => inspect(span, { sorted: true, depth: null, maxStringLength: null, maxArrayLength: null })).sort((a, b) => (a < b ? -1 : 1));
  fc.assert(
    fc.property(body, (bytes) => {
      const { spans } = decodeProtobufRequest(bytes);
      // Written by resource and scope, so in another order.
      const same = byContent(spans);
      assert.deepEqual(byContent(assembleSpans(toOtlpJson(spans)).spans), same);
      assert.deepEqual(byContent(decodeProtobufRequest(toOtlpProtobuf(spans)).spans), same);
    }),
    { numRuns: 200, ...bounded },
  );
});

test('a request with bytes changed, cut out or put in is either malformed or read as protobufjs reads it', () => {
  const edit = fc.record({ at: fc.nat(), remove: fc.nat({ max: 3 }), insert: fc.uint8Array({ maxLength: 3 }) });
  let read = 0;
  fc.assert(
    fc.property(body, fc.array(edit, { minLength: 1, maxLength: 3 }), (bytes, edits) => {
      let damaged = Buffer.from(bytes);
      for (const { at, remove, insert } of edits) {
        const start = at % (damaged.length + 1);
        damaged = Buffer.concat([damaged.subarray(0, start), insert, damaged.subarray(start + remove)]);
      }
      const ours = orMalformed(() => decodeProtobufRequest(damaged));
      const theirs = attempt(() => byProtobufjs(damaged));
      if (ours === undefined || theirs === undefined) return;
      read += 1;
      assert.deepEqual(ours, theirs);
    }),
    { numRuns: 1500, ...bounded },
  );
  assert.ok(read > 0, 'some damage must leave a request');
});

test('whatever the bytes, there are spans or an OtlpDecodeError', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void orMalformed(() => decodeProtobufRequest(bytes))), { numRuns: 2000, ...bounded });
});

function orMalformed<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    assert.ok(error instanceof OtlpDecodeError, String(error));
    assert.match(error.message, /^not an OTLP protobuf message: /);
    return undefined;
  }
}
function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
