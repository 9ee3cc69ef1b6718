import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { FacetsAnswer, FacetsRequest } from '#server/traces/trace-questions.ts';
import { fieldColumn } from './field-column.ts';
import { printField } from '#server/traces/traceql/print.ts';
import type { Matched } from './matched.ts';
import { valueKey } from './trace-table.ts';

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

/** Counts the values of fields among the matching spans of a segment. */
export function facetsPart({ segment, mask, spans }: Matched, fields: FacetsRequest['fields']): FacetsPart {
  const { status } = segment;
  return {
    spans,
    fields: fields.map((field) => {
      const column = fieldColumn(segment, field);
      const counts: { spans: number; errors: number }[] = [];
      let absent = 0;
      for (let row = 0; row < mask.length; row++) {
        if (mask[row] === 0) continue;
        const codes = column.codesAt(row);
        if (codes.length === 0) absent += 1;
        for (const code of codes) {
          const count = (counts[code - 1] ??= { spans: 0, errors: 0 });
          count.spans += 1;
          if (status[row] === 2) count.errors += 1;
        }
      }
      const all = column.values.flatMap((value, i) => (counts[i] === undefined ? [] : { value, ...counts[i] }));
      return { ...mostFrequent(mergeCounts([all])), absent };
    }),
  };
}

/** Adds the parts up and gives the most frequent values of each field. `cut`: fields of which not all values were kept. */
export function facetsAnswer(parts: readonly FacetsPart[], { fields, limit }: FacetsRequest): { readonly answer: Pick<FacetsAnswer, 'facets' | 'totalSpans'>; readonly cut: readonly string[] } {
  const merged = mergeFacets(parts, fields.length);
  return {
    answer: {
      totalSpans: merged.spans,
      facets: merged.fields.map(({ counts, absent }, i) => ({ field: textOf(fields[i]), values: counts.slice(0, limit), distinct: counts.length, absent })),
    },
    cut: merged.fields.flatMap(({ cut }, i) => (cut ? textOf(fields[i]) : [])),
  };
}

/** Several parts as one. */
export function mergeFacets(parts: readonly FacetsPart[], fieldCount: number): FacetsPart {
  return {
    spans: parts.reduce((sum, part) => sum + part.spans, 0),
    fields: Array.from({ length: fieldCount }, (_, i) => {
      const ofField = parts.flatMap((part) => part.fields[i] ?? []);
      const { counts, cut } = mostFrequent(mergeCounts(ofField.map((f) => f.counts)));
      return { counts, cut: cut || ofField.some((f) => f.cut), absent: ofField.reduce((sum, f) => sum + f.absent, 0) };
    }),
  };
}

function textOf(field: FacetsRequest['fields'][number] | undefined): string {
  return field === undefined ? '' : printField(field);
}

function mergeCounts(lists: readonly (readonly ValueCount[])[]): ValueCount[] {
  const byValue = new Map<unknown, { value: AttributeValue; spans: number; errors: number }>();
  for (const list of lists) {
    for (const { value, spans, errors } of list) {
      const key = valueKey(value);
      const known = byValue.get(key);
      if (known === undefined) byValue.set(key, { value, spans, errors });
      else {
        known.spans += spans;
        known.errors += errors;
      }
    }
  }
  return [...byValue.values()];
}

/** By spans, ties by the text of the value, so that an order does not depend on where spans lie. */
function mostFrequent(counts: ValueCount[]): { readonly counts: readonly ValueCount[]; readonly cut: boolean } {
  const text = (value: AttributeValue): string => String(valueKey(value));
  const sorted = counts.sort((a, b) => b.spans - a.spans || (text(a.value) < text(b.value) ? -1 : 1));
  return { counts: sorted.slice(0, MAX_DISTINCT), cut: sorted.length > MAX_DISTINCT };
}
