import type { AttributeValue } from '#server/traces/trace-backend.ts';

/** A key and a value as search compares them. */
export type SearchTerm = readonly [key: string, value: string];

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
