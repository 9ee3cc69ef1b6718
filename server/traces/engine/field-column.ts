import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { AttributeColumn, Codes, Segment } from '#server/traces/segment/segment.ts';
import { hexOf, traceOfRow } from '#server/traces/segment/span-at.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { Attribute, Intrinsic } from '#server/traces/traceql/ast.ts';
import { traceTable } from './trace-table.ts';
import { valueKey } from './value-key.ts';

/** The values of one field over the rows of a segment. Code 0: the row has none; else `values[code - 1]`. */
export interface FieldColumn {
  /** Distinct. Of fields that are computed (durations, ids) it grows while rows are looked at. */
  readonly values: readonly AttributeValue[];
  /** Of the first event or link that has it, where the field is theirs. */
  codeAt(row: number): number;
  /** All distinct ones of a row, in order: more than one only for events and links. */
  codesAt(row: number): readonly number[];
  /** Where it is one lookup: `codes[row]`, or `table[codes[row]]` where there is a table. For loops over very many rows. */
  readonly direct?: { readonly codes: Codes; readonly table?: Uint32Array };
}

/** Looks a field up in a segment; what it needs is made once, so use one for many rows. */
export function fieldColumn(segment: Segment, field: Attribute | Intrinsic): FieldColumn {
  const own = field.kind === 'attribute' ? attributeColumn(segment, field) : intrinsicColumn(segment, field);
  if (field.parent !== true) return own;
  const { parentRow } = segment;
  const parentOf = (row: number): number => parentRow[row] ?? -1;
  return {
    values: own.values,
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
      return itemColumn(scope === 'event' ? segment.events.first : segment.links.first, segment.attribute(scope, key));
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
      return computed((row) => (segment.parentRow[row] === -1 ? undefined : hexOf(segment.parentSpanIds, row * 8, 8)));
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
      return itemColumn(first, { values: values.map((value) => ({ value })), codes: Uint32Array.from(codes, (code) => code + 1) });
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
      return { values: [], codeAt: () => 0, codesAt: () => [] };
  }
}

function rootOf<T>(segment: Segment, trace: number, read: (row: number) => T | undefined): T | undefined {
  const root = traceTable(segment).roots()[trace] ?? -1;
  return root < 0 ? undefined : read(root);
}

function single(values: readonly AttributeValue[], codeAt: (row: number) => number): FieldColumn {
  return {
    values,
    codeAt,
    codesAt: (row) => {
      const code = codeAt(row);
      return code === 0 ? [] : [code];
    },
  };
}

/** A text column knows no absence but the empty text. */
function textColumn(values: readonly string[], codes: Codes): FieldColumn {
  const table = Uint32Array.from(values, (value, i) => (value === '' ? 0 : i + 1));
  return tableColumn(values, codes, table);
}

function tableColumn(values: readonly AttributeValue[], codes: Codes, table: Uint32Array): FieldColumn {
  return { ...single(values, (row) => table[codes[row] ?? 0] ?? 0), direct: { codes, table } };
}

function dictionaryColumn(column: AttributeColumn | undefined): FieldColumn {
  if (column === undefined) return single([], () => 0);
  const { codes } = column;
  return { ...single(column.values.map((v) => v.value), (row) => codes[row] ?? 0), direct: { codes } };
}

function sourceColumn(segment: Segment, read: (source: Segment['sources'][number]) => AttributeValue | undefined): FieldColumn {
  const dictionary = new Dictionary();
  const table = Uint32Array.from(segment.sources, (source) => dictionary.codeOf(read(source)));
  return tableColumn(dictionary.values, segment.source, table);
}

function either(first: FieldColumn, second: FieldColumn): FieldColumn {
  if (first.values.length === 0) return second;
  if (second.values.length === 0) return first;
  const offset = first.values.length;
  return single([...first.values, ...second.values], (row) => {
    const code = first.codeAt(row);
    if (code !== 0) return code;
    const other = second.codeAt(row);
    return other === 0 ? 0 : other + offset;
  });
}

function itemColumn(first: Uint32Array, column: Pick<AttributeColumn, 'codes' | 'values'> | undefined): FieldColumn {
  if (column === undefined) return single([], () => 0);
  const { codes } = column;
  const codesAt = (row: number): number[] => {
    const found: number[] = [];
    for (let item = first[row] ?? 0; item < (first[row + 1] ?? 0); item++) {
      const code = codes[item] ?? 0;
      if (code !== 0 && !found.includes(code)) found.push(code);
    }
    return found;
  };
  return { values: column.values.map((v) => v.value), codesAt, codeAt: (row) => codesAt(row)[0] ?? 0 };
}

function computedItems(first: Uint32Array, read: (item: number) => AttributeValue): FieldColumn {
  const dictionary = new Dictionary();
  const codesAt = (row: number): number[] => {
    const found: number[] = [];
    for (let item = first[row] ?? 0; item < (first[row + 1] ?? 0); item++) {
      const code = dictionary.codeOf(read(item));
      if (!found.includes(code)) found.push(code);
    }
    return found;
  };
  return { values: dictionary.values, codesAt, codeAt: (row) => codesAt(row)[0] ?? 0 };
}

function computed(read: (row: number) => AttributeValue | undefined): FieldColumn {
  const dictionary = new Dictionary();
  return single(dictionary.values, (row) => dictionary.codeOf(read(row)));
}

/** Rows are usually asked in order, so the trace of the last one is tried first. */
function ofTrace(segment: Segment, read: (trace: number) => AttributeValue | undefined): FieldColumn {
  const { firstRow } = segment;
  let trace = 0;
  let code = -1;
  const dictionary = new Dictionary();
  return single(dictionary.values, (row) => {
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

class Dictionary {
  readonly values: AttributeValue[] = [];
  readonly #codes = new Map<unknown, number>();

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

