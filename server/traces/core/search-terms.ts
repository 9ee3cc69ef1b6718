import type { Attributes, AttributeValue, Span } from '#server/traces/trace-backend.ts';

/** A key and a value as search compares them. */
export type SearchTerm = readonly [key: string, value: string];

/** Keys that do not look at attributes, as Jaeger's stores have them. */
const SPECIAL = new Set(['error', 'span.status', 'span.kind', 'scope.name', 'scope.version']);
const RESOURCE_PREFIX = 'resource.';

/** Everything a tag can find on the span itself, its events and links. */
export function termsOfSpan(span: Span): SearchTerm[] {
  return [
    ['error', span.status.code === 'error' ? 'true' : 'false'],
    ['span.status', span.status.code],
    ['span.kind', span.kind],
    ...plainTerms(span.attributes),
    ...span.events.flatMap((event) => plainTerms(event.attributes)),
    ...span.links.flatMap((link) => plainTerms(link.attributes)),
  ];
}

/** Everything a tag can find on the span's resource and scope, which many spans share. */
export function termsOfSource(source: Pick<Span, 'resource' | 'scope'>): SearchTerm[] {
  return [
    ['scope.name', source.scope.name],
    ['scope.version', source.scope.version ?? ''],
    ...Object.entries(source.resource).map(([key, value]): SearchTerm => [RESOURCE_PREFIX + key, attributeText(value)]),
    ...plainTerms(source.resource),
    ...plainTerms(source.scope.attributes ?? {}),
  ];
}

/**
 * The term a tag of a query looks for. `error` takes what Go's ParseBool takes, kind and status any case. A value that no
 * span can have gives a term that nothing has.
 */
export function termOfTag(key: string, value: string): SearchTerm {
  if (key === 'error') return [key, /^(1|t|true)$/i.test(value) ? 'true' : /^(0|f|false)$/i.test(value) ? 'false' : `not a boolean: ${value}`];
  if (key === 'span.status' || key === 'span.kind') return [key, value.toLowerCase()];
  return [key, value];
}

/** An attribute's value as text: arrays and maps as JSON. */
export function attributeText(value: AttributeValue): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function plainTerms(attributes: Attributes): SearchTerm[] {
  return Object.entries(attributes)
    .filter(([key]) => !SPECIAL.has(key) && !key.startsWith(RESOURCE_PREFIX))
    .map(([key, value]) => [key, attributeText(value)]);
}
