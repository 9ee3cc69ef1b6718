import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { TypedValue, ValueType } from '#server/traces/segment/segment.ts';
import type { CatalogueType } from '../segment-source.ts';
import { buildBloom, hashText, type ItemHash } from './bloom.ts';

/** Up to so many values a question looks at the values themselves. */
const MAX_WITHOUT_BLOOM = 128;

export interface ValueStats {
  readonly types: readonly CatalogueType[];
  readonly min?: number;
  readonly max?: number;
  readonly nested?: true;
  readonly bloom?: Uint8Array;
}

/** What is told of the values of a column without reading them. */
export function statsOf(values: readonly TypedValue[]): ValueStats {
  const types = new Set<CatalogueType>();
  let min = Infinity;
  let max = -Infinity;
  let nested = false;
  const hashes: ItemHash[] | undefined = values.length > MAX_WITHOUT_BLOOM ? [] : undefined;
  for (const typed of values) {
    types.add(typeOfValue(typed.value, typed.types?.['']));
    if (typeof typed.value === 'number') {
      if (typed.value < min) min = typed.value;
      if (typed.value > max) max = typed.value;
    }
    const texts = textsOf(typed.value);
    if (texts === undefined) nested = true;
    else for (const text of texts) hashes?.push(hashText(text));
  }
  return { types: [...types].sort(), ...(min <= max ? { min, max } : {}), ...(nested ? { nested: true } : {}), ...(hashes === undefined ? {} : { bloom: buildBloom(hashes) }) };
}

/** The value, and of a list its items, as texts; undefined when there is more inside them. */
export function textsOf(value: AttributeValue): string[] | undefined {
  if (typeof value !== 'object' || value === null) return [String(value)];
  if (!Array.isArray(value)) return undefined;
  const items: readonly AttributeValue[] = value;
  return items.some((item) => typeof item === 'object' && item !== null) ? undefined : items.map(String);
}

/** The name of an attribute value's type; `type` is what OTLP says where the value itself does not. */
export function typeOfValue(value: AttributeValue, type: ValueType | undefined): CatalogueType {
  if (type === 'bytes') return 'bytes';
  if (type !== undefined) return type === 'double' ? 'float' : 'int';
  if (typeof value === 'string' || value === null) return 'string';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  if (typeof value === 'boolean') return 'bool';
  return Array.isArray(value) ? 'list' : 'map';
}
