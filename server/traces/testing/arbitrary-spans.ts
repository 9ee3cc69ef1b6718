import { fc } from '#mesh-core/testing/property.ts';
import type { Attributes, AttributeValue, Span } from '#server/traces/trace-backend.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import { spanId, traceId } from './a-span.ts';

type Types = Record<string, 'int' | 'double' | 'bytes'>;

/** A value with what OTLP says of its type where the value does not. */
const typedValue: fc.Arbitrary<readonly [value: AttributeValue, type?: 'int' | 'double' | 'bytes']> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => [text] as const),
  fc.constantFrom('/api/1', '/api/2', 'GET').map((text) => [text] as const),
  fc.maxSafeInteger().map((n) => [n === 0 ? 0 : n] as const),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Number.isInteger(n) ? ([n === 0 ? 0 : n, 'double'] as const) : ([n] as const))),
  fc.constantFrom('NaN', 'Infinity').map((text) => [text, 'double'] as const),
  fc.bigInt({ min: 2n ** 60n, max: 2n ** 63n - 1n }).map((n) => [String(n), 'int'] as const),
  fc.base64String({ maxLength: 12 }).map((text) => [text, 'bytes'] as const),
  fc.boolean().map((yes) => [yes] as const),
  fc.constant([null] as const),
  fc.array(fc.oneof(fc.string({ maxLength: 3 }), fc.nat(9), fc.boolean()), { maxLength: 3 }).map((list) => [list] as const),
  fc.dictionary(fc.string({ maxLength: 3 }), fc.nat(9), { maxKeys: 2 }).map((map) => [map] as const),
);

const keys = fc.constantFrom('http.route', 'a/b', '~', '__proto__', 'n', 'long.key.of.a.library');

function attributes(pointer: string): fc.Arbitrary<{ values: Attributes; types: Types }> {
  return fc.uniqueArray(fc.tuple(keys, typedValue), { maxLength: 4, selector: ([key]) => key }).map((entries) => {
    const types: Types = {};
    for (const [key, [, type]] of entries) if (type !== undefined) types[`${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`] = type;
    return { values: Object.fromEntries(entries.map(([key, [value]]) => [key, value])), types };
  });
}

const nano = fc.oneof({ weight: 6, arbitrary: fc.bigInt({ min: 1_700_000_000_000_000_000n, max: 1_700_000_010_000_000_000n }) }, { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }) });
const someId = fc.integer({ min: 1, max: 6 });
const count = fc.integer({ min: 1, max: 1000 });

/** A span of one of a few traces, with few distinct ids, so that parents are found, missed and shared; every field comes up. */
export const arbitrarySpan: fc.Arbitrary<Span> = fc
  .record({
    trace: fc.integer({ min: 1, max: 4 }),
    id: someId,
    parent: fc.option(someId, { nil: undefined }),
    name: fc.oneof(fc.constantFrom('GET /', 'query'), fc.string({ maxLength: 5 })),
    kind: fc.constantFrom(...SPAN_KINDS),
    status: fc.constantFrom(...SPAN_STATUSES),
    message: fc.option(fc.string({ minLength: 1, maxLength: 4 }), { nil: undefined }),
    start: nano,
    length: fc.oneof({ weight: 5, arbitrary: fc.bigInt({ min: -5n, max: 10_000_000_000n }) }, { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 62n }) }),
    own: attributes('/attributes'),
    resource: attributes('/resource'),
    scoped: attributes('/scope/attributes'),
    eventTime: fc.option(nano, { nil: undefined }),
    event: attributes('/events/0/attributes'),
    link: fc.option(attributes('/links/0/attributes'), { nil: undefined }),
    traceState: fc.option(fc.constantFrom('a=b', 'th=8'), { nil: undefined }),
    flags: fc.option(fc.constantFrom(1, 257, 2 ** 32 - 1), { nil: undefined }),
    dropped: fc.record({ droppedAttributesCount: count, droppedEventsCount: count, droppedLinksCount: count, resourceDroppedAttributesCount: count, resourceSchemaUrl: fc.constant('urn:r') }, { requiredKeys: [] }),
  })
  .map((r): Span => {
    const types = { ...r.own.types, ...r.resource.types, ...r.scoped.types, ...(r.eventTime === undefined ? {} : r.event.types), ...r.link?.types };
    return {
      traceId: traceId(r.trace),
      spanId: spanId(r.id),
      ...(r.parent === undefined ? {} : { parentSpanId: spanId(r.parent) }),
      ...(r.traceState === undefined ? {} : { traceState: r.traceState }),
      ...(r.flags === undefined ? {} : { flags: r.flags }),
      name: r.name,
      kind: r.kind,
      status: { code: r.status, ...(r.message === undefined ? {} : { message: r.message }) },
      startUnixNano: String(r.start),
      endUnixNano: String(r.start + r.length),
      attributes: r.own.values,
      events: r.eventTime === undefined ? [] : [{ timeUnixNano: String(r.eventTime), name: r.name, attributes: r.event.values, ...(r.flags === undefined ? {} : { droppedAttributesCount: 3 }) }],
      links: r.link === undefined ? [] : [{ traceId: traceId(9), spanId: spanId(9), attributes: r.link.values, ...(r.flags === undefined ? {} : { flags: r.flags, traceState: 'l=1' }) }],
      resource: r.resource.values,
      scope: { name: 'lib', ...(Object.keys(r.scoped.values).length === 0 ? {} : { attributes: r.scoped.values }) },
      ...r.dropped,
      ...(Object.keys(types).length === 0 ? {} : { valueTypes: types }),
    };
  });
