import type { AttributeValue, Attributes } from '#server/traces/trace-backend.ts';
import { MAX_DEPTH } from './any-value.ts';
import { escapePointer, forgetTypes, type ValueTypes } from './value-types.ts';
import type { WireReader } from './wire-reader.ts';

/** Reads attributes (opentelemetry-proto common/v1), and notes the types of values that need it. */
export class ProtobufValues {
  readonly #r: WireReader;
  /** Of the values that were read since it was cleared. */
  readonly types: ValueTypes = new Map();

  constructor(reader: WireReader) {
    this.#r = reader;
  }

  /** Reads one KeyValue into a record, which stands at `pointer` in the span. Of a key given twice the last counts. */
  keyValue(into: Record<string, AttributeValue>, pointer: string, depth: number): void {
    const r = this.#r;
    const outer = r.limit;
    const end = (r.limit = r.end());
    let key = '';
    // The value may come before its key, which says where in the span it is.
    let at = -1;
    while (r.pos < end) {
      const tag = r.tag();
      if (tag === 0x0a) key = r.text();
      else if (tag === 0x12) {
        at = r.pos;
        r.pos = r.end();
      } else r.skip(tag, 2);
    }
    if (this.types.size > 0 && Object.hasOwn(into, key)) forgetTypes(this.types, `${pointer}/${escapePointer(key)}`, into[key] ?? null);
    let value: AttributeValue = null;
    if (at >= 0) {
      r.pos = at;
      value = this.#anyValue(pointer, key, depth);
      r.pos = end;
    }
    // Defined, not set: it is just a key here.
    if (key === '__proto__') Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
    else into[key] = value;
    r.limit = outer;
  }

  /** An AnyValue, which stands at `pointer`/`key` in the span; null when nothing is set in it. The field that is sent last counts. */
  #anyValue(pointer: string, key: string, depth: number): AttributeValue {
    const r = this.#r;
    if (depth > MAX_DEPTH) r.fail(`an attribute value is nested deeper than ${MAX_DEPTH}`);
    const outer = r.limit;
    const end = (r.limit = r.end());
    let value: AttributeValue = null;
    let type: 'int' | 'double' | 'bytes' | undefined;
    while (r.pos < end) {
      const tag = r.tag();
      // What came before it does not count, nor its type.
      if (value !== null && tag >>> 3 <= 7) {
        type = undefined;
        forgetTypes(this.types, `${pointer}/${escapePointer(key)}`, value);
      }
      switch (tag) {
        case 0x0a:
          value = r.text();
          break;
        case 0x10:
          value = r.bool();
          break;
        case 0x18: {
          const int = r.int64();
          value = typeof int === 'number' ? int : String(int);
          if (typeof int !== 'number') type = 'int';
          break;
        }
        case 0x21: {
          const double = r.double();
          // Zero keeps no sign, as in JSON.
          value = Number.isFinite(double) ? double + 0 : String(double);
          if (typeof value === 'string' || Number.isInteger(value)) type = 'double';
          break;
        }
        case 0x2a:
          value = this.#array(`${pointer}/${escapePointer(key)}`, depth + 1);
          break;
        case 0x32:
          value = this.#map(`${pointer}/${escapePointer(key)}`, depth + 1);
          break;
        case 0x3a:
          value = r.base64();
          type = 'bytes';
          break;
        default:
          r.skip(tag, 7);
      }
    }
    r.limit = outer;
    if (type !== undefined) this.types.set(`${pointer}/${escapePointer(key)}`, type);
    return value;
  }

  #array(pointer: string, depth: number): AttributeValue[] {
    const r = this.#r;
    const outer = r.limit;
    const end = (r.limit = r.end());
    const values: AttributeValue[] = [];
    while (r.pos < end) {
      const tag = r.tag();
      if (tag === 0x0a) values.push(this.#anyValue(pointer, String(values.length), depth));
      else r.skip(tag, 1);
    }
    r.limit = outer;
    return values;
  }

  #map(pointer: string, depth: number): Attributes {
    const r = this.#r;
    const outer = r.limit;
    const end = (r.limit = r.end());
    const values: Record<string, AttributeValue> = {};
    while (r.pos < end) {
      const tag = r.tag();
      if (tag === 0x0a) this.keyValue(values, pointer, depth);
      else r.skip(tag, 1);
    }
    r.limit = outer;
    return values;
  }
}
