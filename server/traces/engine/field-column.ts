import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { AttributeColumn, Codes, Segment } from '#server/traces/segment/segment.ts';
import { hexOf, traceOfRow } from '#server/traces/segment/span-at.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { Attribute, Intrinsic } from '#server/traces/traceql/ast.ts';
import { traceTable } from './trace-table.ts';
import { valueKey } from './value-key.ts';

const NO_PARENT = '0'.repeat(16);

/** The values of one field over the rows of a segment, as codes: 0 where the row has none. */
export interface FieldColumn {
  /** The value of a code that is not 0. */
  valueOf(code: number): AttributeValue;
  /** Of the first event or link that has it, where the field is theirs. */
  codeAt(row: number): number;
  /** All distinct ones of a row, in order: more than one only for events and links. */
  codesAt(row: number): readonly number[];
  /** Where it is one lookup: `codes[row]`, or `table[codes[row]]` where there is a table; up to `most`. For loops over very many rows. */
  readonly direct?: { readonly codes: Codes; readonly table?: Uint32Array; readonly most: number };
}

/** Looks a field up in a segment; what it needs is made once, so use one for many rows. */
export function fieldColumn(segment: Segment, field: Attribute | Intrinsic): FieldColumn {
  const own = field.kind === 'attribute' ? attributeColumn(segment, field) : intrinsicColumn(segment, field);
  if (field.parent !== true) return own;
  const { parentRow } = segment;
  const parentOf = (row: number): number => parentRow[row] ?? -1;
  return {
    valueOf: own.valueOf,
    codeAt: (row) => (parentOf(row) < 0 ? 0 : own.codeAt(parentOf(row))),
    codesAt: (row) => (parentOf(row) < 0 ? [] : own.codesAt(parentOf(row))),
  };
}

function attributeColumn(segment: Segment, { scope, key }: Attribute): FieldColumn {
  switch (scope) {
    case 'span':
      return dictionaryColumn(segment.attribute('span', key));
    case 'resource':
      return sourceColumn(segment, (source) => source.resource[key]);
    case 'instrumentation':
      return sourceColumn(segment, (source) => source.scope.attributes?.[key]);
    case 'event':
    case 'link':
      return itemsWith(scope === 'event' ? segment.events.first : segment.links.first, segment.attribute(scope, key));
    default:
      return either(dictionaryColumn(segment.attribute('span', key)), sourceColumn(segment, (source) => source.resource[key]));
  }
}

function intrinsicColumn(segment: Segment, { name }: Intrinsic): FieldColumn {
  switch (name) {
    case 'span:name':
      return textColumn(segment.name.values, segment.name.codes);
    case 'span:statusMessage':
      return textColumn(segment.statusMessage.values, segment.statusMessage.codes);
    case 'span:kind':
      return textColumn(SPAN_KINDS, segment.kind);
    case 'span:status':
      return textColumn(SPAN_STATUSES, segment.status);
    case 'span:duration': {
      const { duration } = segment;
      return computed((row) => Math.max(0, duration[row] ?? 0));
    }
    case 'span:id':
      return computed((row) => hexOf(segment.spanIds, row * 8, 8));
    case 'span:parentID':
      return computed((row) => {
        const id = hexOf(segment.parentSpanIds, row * 8, 8);
        return id === NO_PARENT ? undefined : id;
      });
    case 'span:childCount': {
      const counts = childCounts(segment);
      return computed((row) => counts[row] ?? 0);
    }
    case 'trace:id':
      return ofTrace(segment, (trace) => hexOf(segment.traceIds, trace * 16, 16));
    case 'trace:duration': {
      const durations = traceTable(segment).durations();
      return ofTrace(segment, (trace) => durations[trace] ?? 0);
    }
    case 'trace:rootName':
      return ofTrace(segment, (trace) => rootOf(segment, trace, (row) => segment.name.values[segment.name.codes[row] ?? 0]));
    case 'trace:rootService':
      return ofTrace(segment, (trace) => rootOf(segment, trace, (row) => segment.sources[segment.source[row] ?? 0]?.service));
    case 'event:name': {
      const { first, name: names } = segment.events;
      const { codes, values } = names;
      return itemColumn(first, (item) => (codes[item] ?? 0) + 1, (code) => values[code - 1] ?? '');
    }
    case 'event:timeSinceStart': {
      const { first, time } = segment.events;
      return computedItems(first, (event) => time[event] ?? 0);
    }
    case 'link:traceID':
      return computedItems(segment.links.first, (link) => hexOf(segment.links.traceIds, link * 16, 16));
    case 'link:spanID':
      return computedItems(segment.links.first, (link) => hexOf(segment.links.spanIds, link * 8, 8));
    case 'instrumentation:name':
      return sourceColumn(segment, (source) => source.scope.name);
    case 'instrumentation:version':
      return sourceColumn(segment, (source) => source.scope.version);
    case 'nestedSetLeft':
    case 'nestedSetRight':
    case 'nestedSetParent':
      // Numbers of Tempo's own storage: they mean nothing to a reader.
      return absent;
  }
}

function rootOf<T>(segment: Segment, trace: number, read: (row: number) => T | undefined): T | undefined {
  const root = traceTable(segment).roots()[trace] ?? -1;
  return root < 0 ? undefined : read(root);
}

function single(valueOf: (code: number) => AttributeValue, codeAt: (row: number) => number): FieldColumn {
  return {
    valueOf,
    codeAt,
    codesAt: (row) => {
      const code = codeAt(row);
      return code === 0 ? [] : [code];
    },
  };
}
const absent: FieldColumn = single(() => null, () => 0);

/** A text column knows no absence but the empty text. */
function textColumn(values: readonly string[], codes: Codes): FieldColumn {
  const table = new Uint32Array(values.length);
  for (const [i, value] of values.entries()) if (value !== '') table[i] = i + 1;
  return tableColumn((code) => values[code - 1] ?? '', codes, table, values.length);
}

function tableColumn(valueOf: (code: number) => AttributeValue, codes: Codes, table: Uint32Array, most: number): FieldColumn {
  return { ...single(valueOf, (row) => table[codes[row] ?? 0] ?? 0), direct: { codes, table, most } };
}

function dictionaryColumn(column: AttributeColumn | undefined): FieldColumn {
  if (column === undefined) return absent;
  const { codes, lookup } = column;
  // Of a stored column only the values that rows in question have are made.
  if (lookup !== undefined) return { ...single((code) => lookup.valueOf(code).value, (row) => codes[row] ?? 0), direct: { codes, most: lookup.count } };
  const { values } = column;
  return { ...single((code) => values[code - 1]?.value ?? null, (row) => codes[row] ?? 0), direct: { codes, most: values.length } };
}

function sourceColumn(segment: Segment, read: (source: Segment['sources'][number]) => AttributeValue | undefined): FieldColumn {
  const dictionary = new Dictionary();
  const table = Uint32Array.from(segment.sources, (source) => dictionary.codeOf(read(source)));
  return dictionary.values.length === 0 ? absent : tableColumn(dictionary.valueOf, segment.source, table, dictionary.values.length);
}

/** The first where a row has it, else the second. */
function either(first: FieldColumn, second: FieldColumn): FieldColumn {
  if (first === absent) return second;
  if (second === absent) return first;
  const offset = first.direct?.most ?? 0;
  return single(
    (code) => (code <= offset ? first.valueOf(code) : second.valueOf(code - offset)),
    (row) => {
      const code = first.codeAt(row);
      if (code !== 0) return code;
      const other = second.codeAt(row);
      return other === 0 ? 0 : other + offset;
    },
  );
}

function itemsWith(first: Uint32Array, column: AttributeColumn | undefined): FieldColumn {
  if (column === undefined) return absent;
  const { codes, values } = column;
  return itemColumn(first, (item) => codes[item] ?? 0, (code) => values[code - 1]?.value ?? null);
}

function itemColumn(first: Uint32Array, codeOf: (item: number) => number, valueOf: (code: number) => AttributeValue): FieldColumn {
  const codesAt = (row: number): number[] => {
    const found: number[] = [];
    for (let item = first[row] ?? 0; item < (first[row + 1] ?? 0); item++) {
      const code = codeOf(item);
      if (code !== 0 && !found.includes(code)) found.push(code);
    }
    return found;
  };
  return { valueOf, codesAt, codeAt: (row) => codesAt(row)[0] ?? 0 };
}

function computedItems(first: Uint32Array, read: (item: number) => AttributeValue): FieldColumn {
  const dictionary = new Dictionary();
  return itemColumn(first, (item) => dictionary.codeOf(read(item)), dictionary.valueOf);
}

function computed(read: (row: number) => AttributeValue | undefined): FieldColumn {
  const dictionary = new Dictionary();
  return single(dictionary.valueOf, (row) => dictionary.codeOf(read(row)));
}

/** Rows are usually asked in order, so the trace of the last one is tried first. */
function ofTrace(segment: Segment, read: (trace: number) => AttributeValue | undefined): FieldColumn {
  const { firstRow } = segment;
  let trace = 0;
  let code = -1;
  const dictionary = new Dictionary();
  return single(dictionary.valueOf, (row) => {
    if (code < 0 || row < (firstRow[trace] ?? 0) || row >= (firstRow[trace + 1] ?? 0)) {
      trace = traceOfRow(firstRow, row);
      code = dictionary.codeOf(read(trace));
    }
    return code;
  });
}

function childCounts({ spanCount, parentRow }: Segment): Uint32Array {
  const counts = new Uint32Array(spanCount);
  for (const parent of parentRow) if (parent >= 0) counts[parent] = (counts[parent] ?? 0) + 1;
  return counts;
}

/** Numbers distinct values from 1 on, in the order they come. */
class Dictionary {
  readonly values: AttributeValue[] = [];
  readonly #codes = new Map<unknown, number>();
  readonly valueOf = (code: number): AttributeValue => this.values[code - 1] ?? null;

  codeOf(value: AttributeValue | undefined): number {
    if (value === undefined) return 0;
    const key = valueKey(value);
    const known = this.#codes.get(key);
    if (known !== undefined) return known;
    this.values.push(value);
    this.#codes.set(key, this.values.length);
    return this.values.length;
  }
}

