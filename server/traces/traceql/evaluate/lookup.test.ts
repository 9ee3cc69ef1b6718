import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import type { AttributeColumn, Segment, TypedValue } from '#server/traces/segment/segment.ts';
import { decodeValues, encodeValues } from '#server/traces/store/block/value-list.ts';
import { aSpan, traceId } from '#server/traces/testing/a-span.ts';
import type { FieldExpression } from '../ast.ts';
import { readTraceQl } from '../check.ts';
import { evaluatePipeline } from '../evaluate.ts';

const TEXTS: readonly TypedValue[] = ['a', 'ab', 'b', '', 'ä', 'aab', 'x\ud800', '12'].map((value) => ({ value }));
const MIXED: readonly TypedValue[] = [
  ...TEXTS, { value: 1 }, { value: 12 }, { value: 2.5 }, { value: 12, types: { '': 'double' } }, { value: '9007199254740993', types: { '': 'int' } }, { value: 'NaN', types: { '': 'double' } },
  { value: true }, { value: false }, { value: null }, { value: ['a', 1] }, { value: [] }, { value: { a: 'b' } }, { value: 'AAE=', types: { '': 'bytes' } },
];
const SETS: readonly (readonly [name: string, values: readonly TypedValue[]])[] = [['texts alone', TEXTS], ['whole numbers alone', [3, -1, 0, 7].map((value) => ({ value }))], ['values of all types', MIXED]];

/** One span for each value and one without; with the lookup that a stored column has, or without. */
function segmentOf(values: readonly TypedValue[], stored: boolean): Segment {
  const segment = buildSegment([...values, undefined].map((typed, i) => aSpan({ traceId: traceId(i + 1), start: i, attributes: typed === undefined ? {} : { k: typed.value }, ...(typed?.types === undefined ? {} : { valueTypes: { '/attributes/k': typed.types[''] ?? 'int' } }) })));
  const column = segment.attribute('span', 'k');
  assert.ok(column);
  const made: AttributeColumn = stored ? { ...column, lookup: decodeValues(encodeValues(column.values), column.values.length) } : column;
  return { ...segment, attribute: (owner, key) => (owner === 'span' && key === 'k' ? made : segment.attribute(owner, key)) };
}

const OPERANDS = ['"a"', '"ab"', '""', '"ä"', '"b"', '"zz"', '"12"', '1', '12', '12.0', '2.5', '0', '9007199254740993', '12ns', 'true', 'false', 'error', 'server', 'nil'];
const QUERIES = [
  ...OPERANDS.flatMap((operand) => ['=', '!=', '<', '<=', '>', '>='].map((operator) => `{ span.k ${operator} ${operand} }`)),
  ...['=~', '!~'].flatMap((operator) => ['"a.*"', '"a|b"', '""', '".*ab"', '"aa.*"', '"x..*"', '".*ä.*"', '"12"'].map((operand) => `{ span.k ${operator} ${operand} }`)),
  '{ .k = "ab" }', '{ "a" = span.k }', '{ !(span.k = "a") }', '{ span.k = "a" || span.k = 12 }',
];

for (const [name, values] of SETS) {
  test(`a lookup into ${name} finds what comparing every value finds`, () => {
    const [stored, plain] = [segmentOf(values, true), segmentOf(values, false)];
    let found = 0;
    for (const q of QUERIES) {
      const read = readTraceQl(q, 'search');
      if (!read.ok) continue;
      const expected = [...evaluatePipeline(read.query.pipeline, plain).spanset];
      assert.deepEqual([...evaluatePipeline(read.query.pipeline, stored).spanset], expected, q);
      found += expected.filter((set) => set >= 0).length;
    }
    assert.ok(found > values.length);
  });

  test(`a tag of Jaeger finds the same in ${name} with a lookup as without`, () => {
    const [stored, plain] = [segmentOf(values, true), segmentOf(values, false)];
    for (const value of ['a', 'ab', '', '12', '2.5', '1', 'true', '["a",1]', '{"a":"b"}', 'NaN', 'zz', '9007199254740993']) {
      const condition: FieldExpression = { kind: 'jaeger-tag', key: 'k', value };
      const pipeline = { kind: 'pipeline', stages: [{ kind: 'filter', condition }] } as const;
      assert.deepEqual([...evaluatePipeline(pipeline, stored).spanset], [...evaluatePipeline(pipeline, plain).spanset], value);
    }
  });
}
