import type { AttributeValue, Span } from '#server/traces/trace-backend.ts';
import { OtlpDecodeError } from './decode-error.ts';

/** Filled while values are read: JSON pointer → OTLP type, for values whose JavaScript form does not tell it. */
export type ValueTypes = Map<string, 'int' | 'double' | 'bytes'>;

/** Each span names the types of its resource and scope beside its own; what that may add up to in one request. */
const MAX_COPIED = 1_000_000;

/** A key as one step of a JSON pointer (RFC 6901). */
export function escapePointer(key: string): string {
  return key.includes('~') || key.includes('/') ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key;
}

/** Forgets the types noted for a value at `pointer` that does not count after all, and for what is in it: of a key sent twice the last counts. */
export function forgetTypes(types: ValueTypes, pointer: string, value: AttributeValue): void {
  if (types.size === 0) return;
  types.delete(pointer);
  // As deep as values may be nested. What was read is walked, not what was noted: else many keys sent twice take forever.
  if (typeof value === 'object' && value !== null) for (const [key, inner] of Object.entries(value)) forgetTypes(types, `${pointer}/${escapePointer(key)}`, inner);
}

/** Puts together the `valueTypes` of the spans of one request. */
export class ValueTypesOfSpans {
  #copied = 0;

  /** Those of the resource and scope with those read last; undefined when there are none. Throws OtlpDecodeError when a request makes too many of them. */
  join(ofSource: Span['valueTypes'] | undefined, own: ValueTypes): Span['valueTypes'] | undefined {
    if (own.size === 0) return ofSource;
    if (ofSource === undefined) return Object.fromEntries(own);
    this.#copied += Object.keys(ofSource).length;
    if (this.#copied > MAX_COPIED) throw new OtlpDecodeError('its resource or scope has too many whole doubles, large integers or bytes for so many spans');
    return { ...ofSource, ...Object.fromEntries(own) };
  }
}
