import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSpan, spanId, traceId } from '../testing/a-span.ts';
import { decodeProto } from './testing/jaeger-protos.ts';
import { writeDependencies, writeList, writeOperations, writeProcess, writeServices, writeSpan, writeSummary } from './write-messages.ts';

const ID = '0af7651916cd43dd8448eb211c80319c';
const START = 1_795_000_000_000_000_007n;
const SUMMARY = {
  traceId: ID,
  rootServiceName: 'gateway',
  rootOperationName: 'GET /',
  minStartTimeUnixNano: String(START),
  maxEndTimeUnixNano: String(START + 2_000_000_005n),
  spanCount: 200,
  errorSpanCount: 1,
  orphanSpanCount: 0,
  services: [{ name: 'cart', spanCount: 199, errorSpanCount: 1 }],
};

/** The same messages as Jaeger's own Go code marshals them (jaeger-idl 0.11.1). */
const VECTORS: readonly (readonly [what: string, written: Uint8Array, hex: string])[] = [
  ['services', writeServices(['cart', 'gateway']), '0a04636172740a0767617465776179'],
  ['operations of api_v2', writeOperations([{ name: 'add', spanKind: '' }, { name: 'list', spanKind: 'client' }, { name: 'list', spanKind: 'server' }], 'v2'), '0a036164640a046c69737412050a03616464120e0a046c6973741206636c69656e74120e0a046c6973741206736572766572'],
  ['operations of api_v3', writeOperations([{ name: 'add', spanKind: 'internal' }], 'v3'), '0a0f0a036164641208696e7465726e616c'],
  ['dependencies', writeDependencies([{ parent: 'a', child: 'b', callCount: 5_000_000_000 }]), '0a0c0a01611201621880e497d012'],
  ['summaries', writeList([writeSummary(SUMMARY)]), '0a560a2030616637363531393136636434336464383434386562323131633830333139631207676174657761791a05474554202f210780d35bfd1ee918290c1409d3fd1ee91830c80138014a0b0a046361727410c7011801'],
];
for (const [what, written, hex] of VECTORS) test(`${what} are written as Jaeger writes them`, () => assert.equal(Buffer.from(written).toString('hex'), hex));

test('a span of api_v2 is written as Jaeger writes it', () => {
  const span = aSpan({
    traceId: ID,
    spanId: spanId(2),
    parentSpanId: spanId(1),
    name: 'GET /é',
    kind: 'server',
    start: START,
    duration: 2_000_000_005n,
    flags: 257,
    attributes: { text: 'x', empty: '', yes: true, no: false, whole: -3, big: '9223372036854775807', zero: 0, half: 0.5, lost: '-Infinity', bytes: 'AAE=' },
    resource: { 'service.name': 'shop', pod: 'p-1' },
    valueTypes: { '/attributes/big': 'int', '/attributes/lost': 'double', '/attributes/bytes': 'bytes' },
    events: [{ timeUnixNano: String(START + 1_000_000n), name: 'exception', attributes: { n: 1 } }],
    links: [{ traceId: traceId(8), spanId: spanId(9), attributes: {} }],
  });
  const written = writeSpan(span, { process: writeProcess(span, true), warnings: ['careful'], raw: true });
  assert.equal(
    Buffer.from(written).toString('hex'),
    '0a100af7651916cd43dd8448eb211c80319c120800000000000000021a07474554202fc3a9221c0a100af7651916cd43dd8448eb211c80319c12080000000000000001221e0a10000000000000000000000000000000081208000000000000000918013208' +
      '08c08df6d70610073a040802100542090a04746578741a017842070a05656d70747942090a037965731001200142060a026e6f100142140a0577686f6c65100228fdffffffffffffffff0142110a03626967100228ffffffffffffffff7f42080a047a6572' +
      '6f100242110a0468616c66100331000000000000e03f42110a046c6f7374100331000000000000f0ff420d0a05627974657310043a02000142130a097370616e2e6b696e641a067365727665724a290a0a08c08df6d70610c7843d12120a056576656e741a' +
      '09657863657074696f6e12070a016e1002280152120a0473686f70120a0a03706f641a03702d3162076361726566756c',
  );
});

test('a text that is not well formed is made so: the other side would refuse the message', () => {
  const span = aSpan({ name: 'x\ud800', attributes: { short: '\udc00', long: `${'y'.repeat(100)}\ud800` } });
  const chunk = writeList([writeSpan(span, { process: writeProcess(span, false), warnings: [], raw: false })]);
  assert.doesNotThrow(() => new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(chunk).subarray(Buffer.from(chunk).indexOf('y'), Buffer.from(chunk).indexOf('y') + 103)));
  const [read] = decodeProto('SpansResponseChunk', chunk)['spans'] as { operation_name: string; tags: { v_str: string }[] }[];
  assert.deepEqual([read?.operation_name, read?.tags.map((tag) => tag.v_str)], ['x\ufffd', [`${'y'.repeat(100)}\ufffd`, '\ufffd', 'internal']]);
});
