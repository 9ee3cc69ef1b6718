import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { ProtobufError, ProtobufReader } from './protobuf-reader.ts';
import { bytesField, delimited, doubleField, intField, message, packedDoubles, packedSints, packedUints, sintField } from './testing/protobuf-writer.ts';

function one<T>(bytes: Uint8Array, read: (reader: ProtobufReader) => T): T {
  const reader = new ProtobufReader(bytes);
  assert.ok(reader.next());
  const value = read(reader);
  assert.equal(reader.next(), false);
  return value;
}

test('numbers of every kind are read', () => {
  for (const value of [0, 1, 127, 128, 300, 2 ** 32, 2 ** 53 - 1]) assert.equal(one(message(intField(1, value)), (r) => r.uint()), value);
  for (const value of [0, 1, -1, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, -(2 ** 53) + 1, 1_795_000_000_000]) {
    assert.equal(one(message(intField(3, value)), (r) => r.int()), value);
    if (Math.abs(value) < 2 ** 52) assert.equal(one(message(sintField(3, value)), (r) => r.sint()), value);
  }
  for (const value of [0, -1.5, Infinity, 5e-324]) assert.equal(one(message(doubleField(100, value)), (r) => r.double()), value);
});

test('repeated numbers are read packed and one by one', () => {
  const cases = [
    [message(packedSints(1, [1, -2, 300])), (r: ProtobufReader, into: number[]) => r.sints(into), [1, -2, 300]],
    [message(sintField(1, 1), sintField(1, -2)), (r: ProtobufReader, into: number[]) => r.sints(into), [1, -2]],
    [message(packedDoubles(1, [1.5, 2])), (r: ProtobufReader, into: number[]) => r.doubles(into), [1.5, 2]],
    [message(doubleField(1, 1.5)), (r: ProtobufReader, into: number[]) => r.doubles(into), [1.5]],
    [message(packedUints(1, [1, 200])), (r: ProtobufReader, into: number[]) => r.uints(into), [1, 200]],
    [message(intField(1, 7)), (r: ProtobufReader, into: number[]) => r.uints(into), [7]],
  ] as const;
  for (const [bytes, read, expected] of cases) {
    const reader = new ProtobufReader(bytes);
    const into: number[] = [];
    while (reader.next()) read(reader, into);
    assert.deepEqual(into, expected);
  }
});

test('nested messages end where they say, and unknown fields are skipped', () => {
  const reader = new ProtobufReader(message(bytesField(1, message(bytesField(1, 'é'), intField(9, 5), doubleField(8, 1), bytesField(7, 'x'))), intField(2, 3)));
  assert.ok(reader.next());
  const nested = reader.message();
  assert.ok(nested.next());
  assert.equal(nested.string(), 'é');
  let skipped = 0;
  for (; nested.next(); skipped++) nested.skip();
  assert.equal(skipped, 3);
  assert.ok(reader.next());
  assert.equal(reader.uint(), 3);
});

test('a stream of messages is read by their lengths', () => {
  const bytes = delimited(message(intField(1, 1)), message(), message(intField(1, 2)));
  const stream = new ProtobufReader(bytes);
  const found: number[] = [];
  while (stream.offset < bytes.length) {
    const reader = stream.delimited();
    while (reader.next()) found.push(reader.uint());
  }
  assert.deepEqual(found, [1, 2]);
});

test('faults say what and where', () => {
  const cases: readonly (readonly [Uint8Array, (reader: ProtobufReader) => unknown, RegExp])[] = [
    [message([8]), (r) => r.uint(), /^the message ends within a number, at byte 1$/],
    [message([8, ...Array.from<number>({ length: 10 }).fill(255)]), (r) => r.uint(), /more than ten bytes/],
    [message([10, 5, 97]), (r) => r.string(), /^5 bytes are announced, 1 are left, at byte 2$/],
    [message([9, 1, 2]), (r) => r.double(), /8 bytes are announced, 2 are left/],
    [message(intField(1, 1)), (r) => r.string(), /field 1 has the wire type 0 instead of 2/],
    [message([11]), (r) => r.skip(), /wire type 3, which is not in use/],
    [message(bytesField(1, Uint8Array.of(0xff))), (r) => r.string(), /not UTF-8/],
    [message([10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]), (r) => r.message(), /bytes are announced, 0 are left/],
  ];
  for (const [bytes, read, text] of cases) {
    const reader = new ProtobufReader(bytes);
    assert.ok(reader.next());
    assert.throws(() => read(reader), (error: unknown) => error instanceof ProtobufError && text.test(error.message));
  }
  assert.throws(() => new ProtobufReader(Uint8Array.of(0)).next(), /no field has such a number/);
});

test('whatever the bytes are, reading ends and fails in words only', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const walk = (reader: ProtobufReader, depth: number): void => {
        while (reader.next()) {
          if (depth < 4 && reader.field % 2 === 0) walk(reader.message(), depth + 1);
          else if (reader.field % 3 === 0) reader.sints([]);
          else reader.skip();
        }
      };
      try {
        walk(new ProtobufReader(bytes), 0);
      } catch (error) {
        assert.ok(error instanceof ProtobufError, String(error));
      }
    }),
    { numRuns: 20_000, interruptAfterTimeLimit: 1000, markInterruptAsFailure: false },
  );
});
