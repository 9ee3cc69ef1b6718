import type { AttributeColumn, AttributeOwner, Codes, Segment, TextColumn, TypedValue } from '#server/traces/segment/segment.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { Attribute, Intrinsic } from '#server/traces/traceql/ast.ts';
import { printField } from '#server/traces/traceql/print.ts';
import { hashOfSpan, hashOfTrace, STORED_SAMPLE } from './span-hash.ts';

/** The values of every field on some spans: what is wanted of a sample, without the columns of all spans. */
export interface SpanSample {
  /** Rising. */
  readonly rows: Uint32Array;
  readonly fields: readonly SampledField[];
}

export interface SampledField {
  /** As a query names it. */
  readonly field: string;
  readonly key: string;
  /** Of the i-th row: `codes[i]`, or `codes[first[i]] … codes[first[i + 1] - 1]` where a row may have several; 0 is none. */
  readonly codes: Uint32Array;
  readonly first?: Uint32Array;
  /** How many values there are: codes go up to it. */
  readonly distinct: number;
  valueOf(code: number): TypedValue;
}

/** Rows of the sample that is stored of a segment. */
export function storedSampleRows({ firstRow, traceCount, traceIds }: Pick<Segment, 'firstRow' | 'traceCount' | 'traceIds'>): Uint32Array {
  const rows: number[] = [];
  for (let trace = 0; trace < traceCount; trace++) {
    const ofTrace = hashOfTrace(traceIds, trace);
    const from = firstRow[trace] ?? 0;
    for (let row = from; row < (firstRow[trace + 1] ?? 0); row++) if (hashOfSpan(ofTrace, row - from) < STORED_SAMPLE) rows.push(row);
  }
  return Uint32Array.from(rows);
}

/** Takes the values of all fields on some rows of a segment. */
export function sampleRows(segment: Segment, rows: Uint32Array): SpanSample {
  const sampler = new SpanSampler(rows, segment);
  for (const owner of ['span', 'event'] as const) {
    for (const key of segment.attributeKeys(owner)) {
      const column = segment.attribute(owner, key);
      if (column !== undefined) sampler.attribute(owner, key, column);
    }
  }
  return sampler.finish();
}

/** The same step by step, for who has the columns at hand one after another. */
export class SpanSampler {
  readonly #rows: Uint32Array;
  readonly #eventsFirst: Uint32Array;
  readonly #fields: SampledField[] = [];

  /** Begins with everything but attributes of spans and events. */
  constructor(rows: Uint32Array, { name, kind, status, statusMessage, source, sources, events }: Pick<Segment, 'name' | 'kind' | 'status' | 'statusMessage' | 'source' | 'sources' | 'events'>) {
    this.#rows = rows;
    this.#eventsFirst = events.first;
    if (rows.length === 0) return;
    this.#text('span:name', name);
    this.#text('span:kind', { values: SPAN_KINDS, codes: kind });
    this.#text('span:status', { values: SPAN_STATUSES, codes: status });
    this.#text('span:statusMessage', statusMessage);
    this.#one(intrinsic('instrumentation:name'), (row) => (source[row] ?? 0) + 1, (code) => ({ value: sources[code - 1]?.scope.name ?? '' }));
    this.#several(intrinsic('event:name'), (event) => (events.name.codes[event] ?? 0) + 1, (code) => ({ value: events.name.values[code - 1] ?? '' }));
    for (const key of new Set(sources.flatMap(({ resource }) => Object.keys(resource)))) {
      this.#one({ kind: 'attribute', scope: 'resource', key }, (row) => (Object.hasOwn(sources[source[row] ?? 0]?.resource ?? {}, key) ? (source[row] ?? 0) + 1 : 0), (code) => ({ value: sources[code - 1]?.resource[key] ?? null }));
    }
  }

  attribute(owner: Exclude<AttributeOwner, 'link'>, key: string, column: AttributeColumn): void {
    if (this.#rows.length === 0) return;
    const { codes, lookup } = column;
    const valueOf = (code: number): TypedValue => (lookup === undefined ? column.values[code - 1] : lookup.valueOf(code)) ?? { value: null };
    const field: Attribute = { kind: 'attribute', scope: owner, key };
    if (owner === 'span') this.#one(field, (row) => codes[row] ?? 0, valueOf);
    else this.#several(field, (event) => codes[event] ?? 0, valueOf);
  }

  finish(): SpanSample {
    return { rows: this.#rows, fields: this.#fields };
  }

  /** A text column knows no absence but the empty text. */
  #text(name: Intrinsic['name'], { values, codes }: { readonly values: TextColumn['values']; readonly codes: Codes }): void {
    this.#one(intrinsic(name), (row) => (values[codes[row] ?? 0] === '' ? 0 : (codes[row] ?? 0) + 1), (code) => ({ value: values[code - 1] ?? '' }));
  }

  #one(field: Attribute | Intrinsic, codeAt: (row: number) => number, valueOf: (code: number) => TypedValue): void {
    const dictionary = new Map<number, number>();
    const codes = Uint32Array.from(this.#rows, (row) => own(codeAt(row), dictionary));
    this.#add(field, codes, undefined, dictionary, valueOf);
  }

  #several(field: Attribute | Intrinsic, codeAt: (item: number) => number, valueOf: (code: number) => TypedValue): void {
    const dictionary = new Map<number, number>();
    const first = new Uint32Array(this.#rows.length + 1);
    const codes: number[] = [];
    for (const [i, row] of this.#rows.entries()) {
      const ofRow = new Set<number>();
      for (let item = this.#eventsFirst[row] ?? 0; item < (this.#eventsFirst[row + 1] ?? 0); item++) {
        const code = codeAt(item);
        if (code !== 0) ofRow.add(own(code, dictionary));
      }
      codes.push(...ofRow);
      first[i + 1] = codes.length;
    }
    this.#add(field, Uint32Array.from(codes), first, dictionary, valueOf);
  }

  #add(field: Attribute | Intrinsic, codes: Uint32Array, first: Uint32Array | undefined, dictionary: ReadonlyMap<number, number>, valueOf: (code: number) => TypedValue): void {
    if (dictionary.size === 0) return;
    const theirs = [...dictionary.keys()];
    this.#fields.push({ field: printField(field), key: field.kind === 'attribute' ? field.key : field.name, codes, ...(first === undefined ? {} : { first }), distinct: theirs.length, valueOf: (code) => valueOf(theirs[code - 1] ?? 0) });
  }
}

function intrinsic(name: Intrinsic['name']): Intrinsic {
  return { kind: 'intrinsic', name };
}

/** The code of the sample for one of the column: numbered as they come, so that few take few bits. */
function own(code: number, dictionary: Map<number, number>): number {
  if (code === 0) return 0;
  let known = dictionary.get(code);
  if (known === undefined) dictionary.set(code, (known = dictionary.size + 1));
  return known;
}
