import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { AttributeColumn, Codes, TextColumn, TypedValue, ValueType } from './segment.ts';

/** Numbers distinct texts in the order they come. */
export class TextDictionary {
  readonly values: string[] = [];
  readonly #codes = new Map<string, number>();

  codeOf(text: string): number {
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    const code = this.values.length;
    this.values.push(text);
    this.#codes.set(text, code);
    return code;
  }
}

/** Numbers distinct values from 1 on; 0 stands for "no value". */
export class ValueDictionary {
  readonly values: TypedValue[] = [];
  /** Texts apart from all others, whose keys are texts as well: a text needs not be changed to be looked for. */
  readonly #texts = new Map<string, number>();
  readonly #others = new Map<unknown, number>();

  codeOf(value: AttributeValue, types: Readonly<Record<string, ValueType>> | undefined): number {
    if (types === undefined && typeof value === 'string') return this.#numbered(this.#texts, value, value, types);
    // A primitive that tells its own type is its own key.
    const key = types === undefined && (typeof value !== 'object' || value === null) ? value : JSON.stringify([value, types]);
    return this.#numbered(this.#others, key, value, types);
  }

  #numbered<K>(codes: Map<K, number>, key: K, value: AttributeValue, types: Readonly<Record<string, ValueType>> | undefined): number {
    const known = codes.get(key);
    if (known !== undefined) return known;
    this.values.push(types === undefined ? { value } : { value, types });
    codes.set(key, this.values.length);
    return this.values.length;
  }
}

/** The narrowest array that holds the codes. */
export function packCodes(codes: ArrayLike<number>, distinct: number): Codes {
  if (distinct <= 0xff) return Uint8Array.from(codes);
  return distinct <= 0xffff ? Uint16Array.from(codes) : Uint32Array.from(codes);
}

/** A column of texts from the texts of its rows. */
export function textColumn(texts: Iterable<string>): TextColumn {
  const dictionary = new TextDictionary();
  const codes: number[] = [];
  for (const text of texts) codes.push(dictionary.codeOf(text));
  return { values: dictionary.values, codes: packCodes(codes, dictionary.values.length) };
}

/** Collects the attributes of rows (spans, events or links) into columns. */
export class AttributeColumns {
  readonly #columns = new Map<string, { readonly dictionary: ValueDictionary; readonly rows: number[]; readonly codes: number[] }>();

  add(row: number, key: string, value: AttributeValue, types: Readonly<Record<string, ValueType>> | undefined): void {
    let column = this.#columns.get(key);
    if (column === undefined) {
      column = { dictionary: new ValueDictionary(), rows: [], codes: [] };
      this.#columns.set(key, column);
    }
    column.rows.push(row);
    column.codes.push(column.dictionary.codeOf(value, types));
  }

  /** Every column over `rowCount` rows, by key in order. */
  finish(rowCount: number): ReadonlyMap<string, AttributeColumn> {
    return new Map(
      [...this.#columns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, { dictionary, rows, codes }]) => {
        const all = packCodes(new Uint8Array(rowCount), dictionary.values.length);
        for (const [i, row] of rows.entries()) all[row] = codes[i] ?? 0;
        return [key, { values: dictionary.values, codes: all }];
      }),
    );
  }
}
