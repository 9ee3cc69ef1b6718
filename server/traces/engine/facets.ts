import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { FacetsAnswer, FacetsRequest } from '#server/traces/trace-questions.ts';
import { printField } from '#server/traces/traceql/print.ts';
import { type FieldColumn, fieldColumn } from './field-column.ts';
import type { Matched } from './matched.ts';
import { valueKey } from './value-key.ts';

/** Distinct values kept of one field; beyond it the rarest go, and the answer says so. */
export const MAX_DISTINCT = 200_000;

export interface ValueCount {
  readonly value: AttributeValue;
  readonly spans: number;
  readonly errors: number;
}
/** Counts of the values of each field, in the order the fields were asked in. */
export interface FacetsPart {
  readonly fields: readonly { readonly counts: readonly ValueCount[]; readonly absent: number; readonly cut: boolean }[];
  readonly spans: number;
}

/** Counts the values of fields, segment by segment or part by part. */
export class FacetCounter {
  readonly #fields: FacetsRequest['fields'];
  readonly #counters: readonly ValueCounter[];
  #spans = 0;

  constructor(fields: FacetsRequest['fields']) {
    this.#fields = fields;
    this.#counters = fields.map(() => new ValueCounter());
  }

  /** The matching spans of a segment. `keep`: where what is counted of a field may be kept, when all that it is of never changes. */
  add(matched: Matched, keep?: (field: FacetsRequest['fields'][number], make: () => { readonly value: FieldCounts; readonly bytes: number }) => FieldCounts): void {
    this.#spans += matched.spans;
    let rows: Uint32Array | undefined;
    for (const [i, field] of this.#fields.entries()) {
      const count = (): FieldCounts => countField(fieldColumn(matched.segment, field), (rows ??= matched.rows()), matched.segment.status);
      this.#counters[i]?.addCounts(keep === undefined ? count() : keep(field, () => { const value = count(); return { value, bytes: bytesOf(value) }; }));
    }
  }

  addPart({ spans, fields }: FacetsPart): void {
    this.#spans += spans;
    for (const [i, field] of fields.entries()) this.#counters[i]?.addPart(field);
  }

  finish(): FacetsPart {
    return { spans: this.#spans, fields: this.#counters.map((counter) => counter.finish()) };
  }
}

class ValueCounter {
  readonly #byValue = new Map<unknown, { readonly value: AttributeValue; spans: number; errors: number }>();
  #absent = 0;
  #cut = false;

  addCounts({ values, absent }: FieldCounts): void {
    this.#absent += absent;
    for (const { value, spans, errors } of values) this.#count(value, spans, errors);
    this.#bound();
  }

  addPart({ counts, absent, cut }: FacetsPart['fields'][number]): void {
    this.#absent += absent;
    this.#cut ||= cut;
    for (const { value, spans, errors } of counts) this.#count(value, spans, errors);
    this.#bound();
  }

  /** By spans, ties by the text of the value, so that the order does not depend on where spans lie. */
  finish(): FacetsPart['fields'][number] {
    const text = (value: AttributeValue): string => String(valueKey(value));
    const counts = [...this.#byValue.values()].sort((a, b) => b.spans - a.spans || (text(a.value) < text(b.value) ? -1 : 1));
    return { counts, absent: this.#absent, cut: this.#cut };
  }

  #count(value: AttributeValue, spans: number, errors: number): void {
    const key = valueKey(value);
    const known = this.#byValue.get(key);
    if (known === undefined) this.#byValue.set(key, { value, spans, errors });
    else {
      known.spans += spans;
      known.errors += errors;
    }
  }

  /** Lets the rarest half go, so that no field can take all memory. */
  #bound(): void {
    if (this.#byValue.size <= 2 * MAX_DISTINCT) return;
    this.#cut = true;
    for (const { value } of this.finish().counts.slice(MAX_DISTINCT)) this.#byValue.delete(valueKey(value));
  }
}

/** Of some rows of a segment, the values of a field: each code once, so that a value may come twice. */
interface FieldCounts {
  readonly values: readonly ValueCount[];
  readonly absent: number;
}

function countField(column: FieldColumn, rows: Uint32Array, status: Uint8Array): FieldCounts {
  const { spans, errors, absent } = column.direct === undefined ? countAll(column, rows, status) : countDirect(column.direct, rows, status);
  const values: ValueCount[] = [];
  for (let code = 1; code < spans.length; code++) {
    const count = spans[code] ?? 0;
    if (count > 0) values.push({ value: column.valueOf(code), spans: count, errors: errors[code] ?? 0 });
  }
  return { values, absent };
}

/** Of very many values what they take is not worth it. */
function bytesOf({ values }: FieldCounts): number {
  return values.length > MOST_KEPT ? Infinity : 200 + values.reduce((sum, { value }) => sum + 120 + (typeof value === 'string' ? value.length : 50), 0);
}
const MOST_KEPT = 1000;

interface CodeCounts {
  /** By code. */
  readonly spans: ArrayLike<number>;
  readonly errors: ArrayLike<number>;
  readonly absent: number;
}

function countDirect({ codes, table, most }: NonNullable<FieldColumn['direct']>, rows: Uint32Array, status: Uint8Array): CodeCounts {
  const spans = new Uint32Array(most + 1);
  const errors = new Uint32Array(most + 1);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0;
    const code = codes[row] ?? 0;
    const real = table === undefined ? code : (table[code] ?? 0);
    spans[real] = (spans[real] ?? 0) + 1;
    if (status[row] === 2) errors[real] = (errors[real] ?? 0) + 1;
  }
  return { spans, errors, absent: spans[0] ?? 0 };
}

function countAll(column: FieldColumn, rows: Uint32Array, status: Uint8Array): CodeCounts {
  const spans: number[] = [];
  const errors: number[] = [];
  let absent = 0;
  for (const row of rows) {
    const codes = column.codesAt(row);
    if (codes.length === 0) absent += 1;
    for (const code of codes) {
      spans[code] = (spans[code] ?? 0) + 1;
      if (status[row] === 2) errors[code] = (errors[code] ?? 0) + 1;
    }
  }
  return { spans, errors, absent };
}

/** Several parts as one. */
export function mergeFacets(parts: readonly FacetsPart[], fields: FacetsRequest['fields']): FacetsPart {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const counter = new FacetCounter(fields);
  for (const part of parts) counter.addPart(part);
  return counter.finish();
}

/** The most frequent values of each field. `cut`: fields of which not all values were kept. */
export function facetsAnswer(part: FacetsPart, { fields, limit }: FacetsRequest): { readonly answer: Pick<FacetsAnswer, 'facets' | 'totalSpans'>; readonly cut: readonly string[] } {
  const named = part.fields.map((counted, i) => ({ ...counted, field: fields[i] === undefined ? '' : printField(fields[i]) }));
  return {
    answer: { totalSpans: part.spans, facets: named.map(({ field, counts, absent }) => ({ field, values: counts.slice(0, limit), distinct: counts.length, absent })) },
    cut: named.flatMap(({ field, cut }) => (cut ? field : [])),
  };
}
