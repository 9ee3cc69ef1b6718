import assert from 'node:assert/strict';
import { test } from 'node:test';
import protobuf from 'protobufjs';
import { fc } from '#mesh-core/testing/property.ts';
import { OtlpDecodeError } from '#server/traces/otlp/decode-error.ts';
import { decodeZipkin } from './decode-zipkin.ts';

/** The parts of openzipkin/zipkin-api zipkin.proto that matter on the wire, and a field that is newer. */
const LIST = protobuf
  .parse(
    `syntax = "proto3";
    message Endpoint { string service_name = 1; bytes ipv4 = 2; bytes ipv6 = 3; int32 port = 4; }
    message Annotation { fixed64 timestamp = 1; string value = 2; }
    message Span { bytes trace_id = 1; bytes parent_id = 2; bytes id = 3; int32 kind = 4; string name = 5; fixed64 timestamp = 6; uint64 duration = 7;
      Endpoint local_endpoint = 8; Endpoint remote_endpoint = 9; repeated Annotation annotations = 10; map<string, string> tags = 11; bool debug = 12; bool shared = 13; string newer = 99; }
    message ListOfSpans { repeated Span spans = 1; }`,
  )
  .root.lookupType('ListOfSpans');
const NOW = 1_795_000_000_000_000;
const encode = (spans: readonly object[]): Uint8Array => LIST.encode(LIST.fromObject({ spans })).finish();
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

test('a span in protobuf is the same as in JSON', () => {
  const [traceId, parentId, id] = ['0af7651916cd43dd8448eb211c80319c', '00000000000000ff', 'b7ad6b7169203331'];
  const shared = { name: 'get /cart', timestamp: 1_795_000_000_000_001, duration: 1500, tags: { 'http.method': 'GET', error: 'gone', ['__proto__x']: 'y' }, annotations: [{ timestamp: 1_795_000_000_000_002, value: 'retried' }] };
  const wire = encode([
    { ...shared, traceId: hex(traceId), parentId: hex(parentId), id: hex(id), kind: 1, shared: true, newer: 'x', localEndpoint: { serviceName: 'cart', ipv4: hex('0a000001'), port: 8080 }, remoteEndpoint: { serviceName: 'stock', ipv6: hex('20010db8000000000000000000000001'), port: 9090 } },
    { traceId: hex(traceId.slice(16)), id: hex(id) },
    { traceId: hex('00'), id: hex(id) },
  ]);
  const json = [
    { ...shared, traceId, parentId, id, kind: 'CLIENT', shared: true, localEndpoint: { serviceName: 'cart', ipv4: '10.0.0.1', port: 8080 }, remoteEndpoint: { serviceName: 'stock', ipv6: '2001:db8::1', port: 9090 } },
    { traceId: traceId.slice(16), id },
    { traceId: '00', id },
  ];
  assert.deepEqual(decodeZipkin(wire, NOW, 'protobuf'), decodeZipkin(Buffer.from(JSON.stringify(json)), NOW));
});

test('bytes that are no list of spans are told with their place, whatever they are', () => {
  assert.throws(() => decodeZipkin(encode([{ traceId: hex('01'.repeat(8)), id: hex('01'.repeat(8)), localEndpoint: { ipv4: hex('0a') } }]), NOW, 'protobuf'), /an address of 4 bytes has 1/);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeZipkin(bytes, NOW, 'protobuf');
      } catch (error) {
        assert.ok(error instanceof OtlpDecodeError, String(error));
      }
    }),
    { interruptAfterTimeLimit: 1000 },
  );
});
