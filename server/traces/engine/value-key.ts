import type { AttributeValue } from '#server/traces/trace-backend.ts';

/** A value as a key of a map: values of other types are other keys, lists and maps are compared by content. */
export function valueKey(value: AttributeValue): string | number | boolean {
  if (typeof value === 'string') return `"${value}`;
  return typeof value === 'object' ? JSON.stringify(value) : value;
}
