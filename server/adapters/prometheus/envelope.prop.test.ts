import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { QueryError } from '#server/promql/metrics-backend.ts';
import { decodeQueryData } from './decode-query-data.ts';
import { openEnvelope, parseEnvelope } from './envelope.ts';

const BOUNDED = { interruptAfterTimeLimit: 800, markInterruptAsFailure: false } as const;
const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const texts = fc.oneof(fc.string(), fc.constantFrom('},"warnings":["x"]', '"}}', '\\', '],"stats":{', 'é\u2028'));
const envelopes = fc.record(
  {
    result: fc.array(fc.record({ metric: fc.dictionary(texts, texts), value: fc.tuple(fc.integer(), texts) })),
    warnings: fc.array(texts, { minLength: 1 }),
    infos: fc.array(texts, { minLength: 1 }),
    partial: fc.boolean(),
  },
  { requiredKeys: ['result'] },
);

test('taking the data out unread gives what parsing the whole gives', () => {
  fc.assert(fc.property(envelopes, ({ result, partial, ...notes }) => {
    const body = bytes(JSON.stringify({ status: 'success', ...(partial === undefined ? {} : { isPartial: partial }), data: { resultType: 'vector', result }, ...notes }));
    const [opened, parsed] = [openEnvelope(body, 'x'), parseEnvelope(body, 'x')];
    assert.deepEqual([JSON.parse(Buffer.from(opened.data).toString()), opened.warnings, opened.infos], [parsed.data, parsed.warnings, parsed.infos]);
  }), BOUNDED);
});

test('no body brings the reading down', () => {
  const mangled = fc.tuple(envelopes, fc.nat(), fc.nat(), fc.string()).map(([{ result, ...notes }, from, count, more]) => {
    const text = JSON.stringify({ status: 'success', data: { resultType: 'vector', result }, ...notes });
    const at = from % text.length;
    return text.slice(0, at) + more + text.slice(at + (count % 20));
  });
  fc.assert(fc.property(fc.oneof(fc.string(), mangled), (text) => {
    for (const read of [openEnvelope, parseEnvelope]) {
      try {
        read(bytes(text), 'x');
      } catch (error) {
        assert.ok(error instanceof QueryError && error.errorType === 'unavailable', String(error));
      }
    }
  }), BOUNDED);
});

test('no data brings the decoding down', () => {
  const odd = fc.oneof(fc.jsonValue(), fc.record({ resultType: fc.constantFrom('vector', 'matrix', 'scalar', 'string'), result: fc.oneof(fc.jsonValue(), fc.array(fc.record({ metric: fc.dictionary(fc.string(), fc.string()), value: fc.jsonValue(), values: fc.jsonValue(), histogram: fc.jsonValue(), histograms: fc.jsonValue() }, { requiredKeys: ['metric'] }))) }));
  fc.assert(fc.property(odd, (data) => {
    decodeQueryData(data);
  }), BOUNDED);
});
