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

  /** The matching spans of a segment. */
  add(matched: Matched): void {
    const rows = matched.rows();
    this.#spans += rows.length;
    for (const [i, field] of this.#fields.entries()) this.#counters[i]?.addRows(fieldColumn(matched.segment, field), rows, matched.segment.status);
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

  addRows(column: FieldColumn, rows: Uint32Array, status: Uint8Array): void {
    const counted = column.direct === undefined ? countAll(column, rows, status) : countDirect(column.direct, rows, status);
    this.#absent += counted.absent;
    for (let code = 1; code < counted.spans.length; code++) {
      const spans = counted.spans[code] ?? 0;
      if (spans > 0) this.#count(column.valueOf(code), spans, counted.errors[code] ?? 0);
    }
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
