import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSpan, spanId, traceId } from '../testing/a-span.ts';
import type { Attributes, Span } from '../trace-backend.ts';
import { fitSpan } from './fit-span.ts';
import { modelChunks, otlpChunks } from './span-chunks.ts';

const KIB = 1024;
const SIZES = { chunk: 16 * KIB, span: 96 * KIB };
const many = (count: number, bytes: number): Attributes => Object.fromEntries(Array.from({ length: count }, (_, n) => [`key.${n}`, 'x'.repeat(bytes)]));
const event = (n: number, attributes: Attributes = {}) => ({ timeUnixNano: String(n), name: 'e', attributes });
const link = (n: number) => ({ traceId: traceId(n + 1), spanId: spanId(n + 1), traceState: 'a=b', attributes: { n } });

/** Spans of which one part after another is larger than a message. */
const HUGE: readonly (readonly [what: string, span: Span])[] = [
  ['one text', aSpan({ attributes: { small: 1, body: 'é\u0000'.repeat(64 * KIB) } })],
  ['bytes', aSpan({ attributes: { body: Buffer.alloc(128 * KIB).toString('base64') }, valueTypes: { '/attributes/body': 'bytes' } })],
  ['a list of small values', aSpan({ attributes: { small: 1, list: Array.from({ length: 50_000 }, (_, n) => n % 10) } })],
  ['many attributes', aSpan({ attributes: many(2000, 60) })],
  ['the resource', aSpan({ resource: { ...many(2000, 60), 'service.name': 'shop' } })],
  ['the scope', aSpan({ scope: { name: 'y'.repeat(128 * KIB), attributes: many(2000, 60) } })],
  ['many events', aSpan({ events: Array.from({ length: 10_000 }, (_, n) => event(n)) })],
  ['an event', aSpan({ events: [event(1, many(2000, 60)), event(2, { fine: true })] })],
  ['many links', aSpan({ links: Array.from({ length: 4000 }, (_, n) => link(n)) })],
  ['all of it', aSpan({ name: 'n'.repeat(32 * KIB), status: { code: 'error', message: 'm'.repeat(32 * KIB) }, traceState: 't'.repeat(32 * KIB), attributes: many(300, 200), resource: many(300, 200), events: Array.from({ length: 1000 }, (_, n) => event(n)), links: Array.from({ length: 1000 }, (_, n) => link(n)) })],
];
for (const [what, span] of HUGE) {
  test(`a span that is too large by ${what} fits a message, with its neighbours whole`, () => {
    const trace = { spans: [aSpan(), span, aSpan()] };
    for (const chunks of [[...modelChunks(trace, false, SIZES)], [...otlpChunks(trace, SIZES)]]) assert.ok(chunks.length > 0 && chunks.every((chunk) => chunk.length < SIZES.span), String(chunks.map((c) => c.length)));
    const { spanId: id, kind, startUnixNano, endUnixNano } = fitSpan(span, 10_000);
    assert.deepEqual([id, kind, startUnixNano, endUnixNano], [span.spanId, span.kind, span.startUnixNano, span.endUnixNano]);
  });
}

test('the smallest attributes and the first events stay; what is left out is counted', () => {
  const body = Buffer.from('binary'.repeat(4000)).toString('base64');
  const span = aSpan({
    attributes: { body, list: Array.from({ length: 5000 }, () => 1), small: 1 },
    droppedAttributesCount: 2,
    resource: { ...many(100, 100), 'service.name': 's'.repeat(400) },
    events: [event(1, { fine: 1 }), ...Array.from({ length: 100 }, (_, n) => event(n, many(3, 100)))],
    valueTypes: { '/attributes/body': 'bytes' },
  });
  const fitted = fitSpan(span, 8000);
  assert.deepEqual([Object.keys(fitted.attributes), fitted.droppedAttributesCount, fitted.attributes['small']], [['body', 'small'], 3, 1]);
  const cut = String(fitted.attributes['body']);
  assert.ok(body.startsWith(cut) && cut.length % 4 === 0 && cut.length < 1000);
  assert.equal(fitted.resource['service.name'], 's'.repeat(256));
  assert.equal(Object.keys(fitted.resource).length + (fitted.resourceDroppedAttributesCount ?? 0), 101);
  assert.deepEqual(fitted.events[0], span.events[0]);
  assert.ok(fitted.events.length > 1 && fitted.events.length + (fitted.droppedEventsCount ?? 0) === 101);
  assert.deepEqual(fitSpan(aSpan({ spanId: spanId(1) }), 8000), aSpan({ spanId: spanId(1) }));
});
