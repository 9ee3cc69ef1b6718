import { fc } from '#mesh-core/testing/property.ts';
import { aSpan, spanId, traceId } from '#server/traces/testing/a-span.ts';
import type { Attributes, Span } from '#server/traces/trace-backend.ts';

/** Spans of a few traces with few keys and few values, so that conditions on them often hold and often do not. */
const value = fc.constantFrom<Attributes[string]>('a', 'b', 'GET', '5', 1, 2, 5, -3, 2.5, true, false, null, ['a', 'b'], [1, 5], [], { x: 1 });
const attributes = fc.dictionary(fc.constantFrom('k', 'n', 's', 'f'), value, { maxKeys: 3 });
const events = fc.array(fc.record({ timeUnixNano: fc.constantFrom('100', '2000'), name: fc.constantFrom('e1', 'e2'), attributes }), { maxLength: 2 });
const links = fc.array(fc.record({ traceId: fc.constant(traceId(7)), spanId: fc.integer({ min: 1, max: 2 }).map(spanId), attributes }), { maxLength: 1 });

export const someSpans: fc.Arbitrary<Span[]> = fc
  .array(
    fc.record({
      trace: fc.integer({ min: 1, max: 3 }),
      parent: fc.integer({ min: 0, max: 8 }),
      name: fc.constantFrom('GET /', 'POST /', 'db'),
      kind: fc.constantFrom('server', 'client', 'internal'),
      code: fc.constantFrom('unset', 'ok', 'error'),
      duration: fc.constantFrom(0, 1, 1_000_000, 5_000_000),
      attributes,
      events,
      links,
      service: fc.constantFrom('a', 'b'),
      resource: attributes,
      scope: fc.constantFrom({ name: '' }, { name: 'lib', version: '1', attributes: { lang: 'js', k: 'a' } }),
    }),
    { minLength: 1, maxLength: 10 },
  )
  .map((all) =>
    all.map(({ trace, parent, code, service, resource, ...rest }, i) =>
      aSpan({ ...rest, traceId: traceId(trace), spanId: spanId(i + 1), ...(parent === 0 ? {} : { parentSpanId: spanId(parent) }), start: i * 100, status: { code }, resource: { 'service.name': service, ...resource } }),
    ),
  );

/** Conditions about such spans, as text; types may not fit. */
const field = fc.constantFrom('.k', '.n', 'span.k', 'span.s', 'span.f', 'resource.k', 'resource.service.name', 'event.k', 'event.n', 'link.k', 'instrumentation.lang', 'parent.k', 'parent.span:name', 'name', 'duration', 'status', 'kind', 'event:name', 'instrumentation:name', 'trace:rootName', 'trace:rootService', 'trace:duration', 'span:childCount', '.nope');
const literal = fc.constantFrom('"a"', '"b"', '"GET"', '"5"', '"GET /"', '"lib"', '"js"', '1', '5', '2.5', '-3', '1ms', 'true', 'false', 'nil', 'error', 'server', '""');
const regex = fc.constantFrom('"a|b"', '"G.*"', '"nope"', '""');
export const someCondition: fc.Arbitrary<string> = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(field, fc.constantFrom('=', '!=', '<', '<=', '>', '>='), literal).map((parts) => parts.join(' ')),
    fc.tuple(field, fc.constantFrom('=~', '!~'), regex).map((parts) => parts.join(' ')),
    fc.tuple(literal, fc.constantFrom('=', '!=', '<'), field).map((parts) => parts.join(' ')),
    fc.tuple(field, fc.constantFrom('=', '!=', '<'), field).map((parts) => parts.join(' ')),
    fc.tuple(tie('node'), fc.constantFrom('&&', '||'), tie('node')).map(([a, operator, b]) => `(${a}) ${operator} (${b})`),
    tie('node').map((a) => `!(${a})`),
  ),
})).node;
