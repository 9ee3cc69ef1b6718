import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { aSpan, traceId } from '#server/traces/testing/a-span.ts';
import { TraceReader, usedBytes } from './read-traces.ts';
import { prepareSchema } from './schema.ts';
import { SpanWriter } from './span-writer.ts';
import { sweepNames, sweepSlice } from './sweep-traces.ts';

const MINUTE = 60_000_000_000;
const NO_SIZE = Number.MAX_SAFE_INTEGER;
const WHOLE = { fromUnixNano: '0', toUnixNano: '9000000000000000000', limit: 100 };

function open(): { db: DatabaseSync; writer: SpanWriter; reader: TraceReader } {
  const db = new DatabaseSync(':memory:');
  prepareSchema(db);
  return { db, writer: new SpanWriter(db), reader: new TraceReader(db) };
}

function rowsOf(db: DatabaseSync, table: string): number {
  return Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
}

test('traces first stored before the limit go with all that only they used', () => {
  const { db, writer, reader } = open();
  writer.append([[aSpan({ traceId: traceId(1), service: 'old', start: 0, attributes: { gone: 'x' } })]], 1000);
  writer.append([[aSpan({ traceId: traceId(2), service: 'new', start: 5 * MINUTE, attributes: { here: 'x' } })]], 2000);
  assert.deepEqual(sweepSlice(db, { storedBeforeMs: 2000, maxBytes: NO_SIZE }), { deleted: 1, more: true });
  assert.deepEqual(sweepSlice(db, { storedBeforeMs: 2000, maxBytes: NO_SIZE }), { deleted: 0, more: false });
  sweepNames(db);
  assert.deepEqual(reader.services(), ['new']);
  assert.ok(!reader.attributeKeys().includes('gone') && reader.attributeKeys().includes('here'));
  assert.equal(reader.get(traceId(1)), undefined);
  assert.deepEqual([rowsOf(db, 'spans'), rowsOf(db, 'span_data'), rowsOf(db, 'span_terms'), rowsOf(db, 'sources')], [1, 1, 1, 1]);
});

test('a late span joins its trace and does not lengthen its life', () => {
  const { db, writer, reader } = open();
  const root = aSpan({ traceId: traceId(1), start: 10, duration: 10 });
  writer.append([[root]], 1000);
  writer.append([[aSpan({ traceId: traceId(1), parentSpanId: root.spanId, start: 15, duration: 90 })]], 5000);
  const found = reader.search(WHOLE).traces[0];
  assert.equal(found?.spanCount, 2);
  assert.equal(found?.durationNano, '95');
  sweepSlice(db, { storedBeforeMs: 1001, maxBytes: NO_SIZE });
  assert.equal(reader.search(WHOLE).total, 0);
});

test('the longest stored traces go until the bytes in use are few enough', () => {
  const { db, writer, reader } = open();
  for (let i = 1; i <= 40; i++) writer.append([Array.from({ length: 100 }, (_, n) => aSpan({ traceId: traceId(i), start: i, attributes: { n, padding: 'x'.repeat(300) } }))], i);
  const maxBytes = usedBytes(db) / 2;
  while (sweepSlice(db, { storedBeforeMs: 0, maxBytes }).more);
  assert.ok(usedBytes(db) <= maxBytes);
  const left = reader.search({ ...WHOLE, sort: 'oldest' }).traces.map((t) => Number(`0x${t.traceId}`));
  assert.ok(left.length > 10 && left.length < 30, `${left.length} are left`);
  assert.equal(left.at(-1), 40);
  assert.equal(left[0], 41 - left.length);
});

test('a trace larger than a slice goes in several, counted right in between', () => {
  const { db, writer, reader } = open();
  writer.append([Array.from({ length: 1200 }, (_, n) => aSpan({ traceId: traceId(1), start: n, attributes: { n } }))], 1);
  assert.equal(sweepSlice(db, { storedBeforeMs: 2, maxBytes: NO_SIZE }).deleted, 500);
  assert.equal(reader.search(WHOLE).traces[0]?.spanCount, 700);
  while (sweepSlice(db, { storedBeforeMs: 2, maxBytes: NO_SIZE }).more);
  assert.deepEqual([rowsOf(db, 'traces'), rowsOf(db, 'spans'), rowsOf(db, 'span_terms')], [0, 0, 0]);
});

test('a span sent again is stored once; one of the same id with other content is kept beside it', () => {
  const { writer, reader } = open();
  const span = aSpan({ traceId: traceId(1), attributes: { a: 1 } });
  assert.deepEqual(writer.append([[span, span], [span]], 1), [{ stored: 1, duplicates: 1 }, { stored: 0, duplicates: 1 }]);
  assert.deepEqual(writer.append([[structuredClone(span), { ...span, attributes: { a: 2 } }]], 2), [{ stored: 1, duplicates: 1 }]);
  assert.equal(reader.search(WHOLE).traces[0]?.spanCount, 2);
  assert.equal(reader.get(traceId(1))?.spans.length, 2);
});

test('when a batch cannot be stored, nothing of it is, and the next one is', () => {
  const { db, writer, reader } = open();
  const bad = { ...aSpan({ traceId: traceId(2) }), startUnixNano: 'no number' };
  assert.throws(() => writer.append([[aSpan({ traceId: traceId(1), service: 'lost' })], [bad]], 1));
  assert.equal(db.isTransaction, false);
  assert.deepEqual(reader.services(), []);
  writer.append([[aSpan({ traceId: traceId(1), service: 'lost' })]], 1);
  assert.deepEqual(reader.services(), ['lost']);
});
