import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFilterTree } from '../jaeger-api/filter-expression.ts';
import { readDependenciesRequest, readFindRequest, readOperationsRequest, readTraceRequest } from './read-messages.ts';
import { encodeProto } from './testing/jaeger-protos.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const TO = 1_795_000_000_000_000_007n;
const FROM = TO - 3_600_000_000_000n;
const NOT_GIVEN = { service: '', operation: '', tags: {}, fromUnixNano: undefined, toUnixNano: undefined, minDurationNano: 0n, maxDurationNano: 0n, depth: 0, raw: false, filter: undefined };

/** What Jaeger's own Go clients send (jaeger-idl 0.11.1); a time that is not set is the year 1 there. */
test('requests are read as Jaeger’s Go clients send them', () => {
  assert.deepEqual(readTraceRequest(bytes('0a100af7651916cd43dd8448eb211c80319c120b088092b8c398feffffff011a0b088092b8c398feffffff012001')), { traceId: bytes('0af7651916cd43dd8448eb211c80319c'), raw: true });
  assert.deepEqual(readTraceRequest(bytes('0a203061663736353139313663643433646438343438656232313163383033313963120808c08df6d70610071a0808c18df6d7061007')), { traceId: Buffer.from('0af7651916cd43dd8448eb211c80319c'), raw: false });
  assert.deepEqual(readFindRequest(bytes('0a3d0a046361727412046c6973741a0d0a056572726f72120474727565220808b0f1f5d70610072a0808c08df6d7061007320808011080cab5ee013a004014')), {
    ...NOT_GIVEN,
    service: 'cart',
    operation: 'list',
    tags: { error: 'true' },
    fromUnixNano: FROM,
    toUnixNano: TO,
    minDurationNano: 1_500_000_000n,
    depth: 20,
  });
  assert.deepEqual(readFindRequest(bytes('0a29220b088092b8c398feffffff012a0b088092b8c398feffffff0132003a0040ffffffffffffffffff01')), { ...NOT_GIVEN, depth: -1 });
  assert.equal(readFindRequest(Buffer.alloc(0)), undefined);
  const filtered = readFindRequest(
    bytes(
      '0aa601220808b0f1f5d70610072a0808c08df6d706100732003a0048015289010a03616e64122f322d0a026571121512130a077365727669636512087265736f757263651210220e0a04636172741206737472696e67122932270a02696e120e0a0c0a04636f6465' +
        '12047370616e12112a0f0a033230300a033530301203696e74122632240a04736f6d6512091a070a056576656e741211320f0a0665786973747312050a030a0178',
    ),
  );
  const call = (op: string, ...args: object[]): object => ({ call: { op, args } });
  assert.deepEqual(filtered, {
    ...NOT_GIVEN,
    fromUnixNano: FROM,
    toUnixNano: TO,
    raw: true,
    filter: {
      op: 'and',
      args: [
        call('eq', { field: { name: 'service', level: 'resource' } }, { scalar: { value: 'cart', type: 'string' } }),
        call('in', { attr: { key: 'code', level: 'span' } }, { list: { values: ['200', '500'], type: 'int' } }),
        call('some', { nested: { level: 'event' } }, call('exists', { attr: { key: 'x', level: '' } })),
      ],
    },
  });
  assert.equal(readFilterTree(filtered?.filter).kind, 'binary');
  assert.deepEqual(readOperationsRequest(bytes('0a04636172741206736572766572')), { service: 'cart', spanKind: 'server' });
  assert.deepEqual(readDependenciesRequest(bytes('0a0808b0f1f5d7061007120808c08df6d7061007')), { fromUnixNano: FROM, toUnixNano: TO });
  assert.deepEqual(readDependenciesRequest(bytes('0a0b088092b8c398feffffff01120b088092b8c398feffffff01')), { fromUnixNano: undefined, toUnixNano: undefined });
});

test('times beyond 64 bits of nanoseconds end there, keys are just keys, fields that are not known are passed over', () => {
  const find = (query: object): Buffer => encodeProto('FindTracesRequest', { query });
  const read = readFindRequest(Buffer.concat([find({ start_time_min: { seconds: '-253402300799' }, start_time_max: { seconds: '253402300799' }, tags: JSON.parse('{"__proto__":"x"}') as object }), bytes('f2010161')]));
  assert.deepEqual([read?.fromUnixNano, read?.toUnixNano, Object.entries(read?.tags ?? {})], [-9_223_372_036_854_775_807n, 9_223_372_036_854_775_807n, [['__proto__', 'x']]]);
});
