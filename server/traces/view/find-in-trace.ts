import type { AttributeColumn, Segment } from '#server/traces/segment/segment.ts';
import { SPAN_KINDS, SPAN_STATUSES } from '#server/traces/segment/span-words.ts';
import type { AttributeValue } from '#server/traces/trace-backend.ts';

/** What is looked for in a trace: any of `terms`, none of it in attributes whose key contains one of `excluded`. In lower case. */
export interface FindTerms {
  readonly terms: readonly string[];
  readonly excluded: readonly string[];
}

/** Words apart by spaces, `"several words"` together, `-key` leaves out the attributes of that key (Jaeger UI's find: filter-spans). */
export function parseFindText(text: string): FindTerms {
  const terms: string[] = [];
  const excluded: string[] = [];
  for (const [word, quoted] of text.toLowerCase().matchAll(/"([^"]*)"|[^\s"]+/g)) {
    const term = quoted ?? word;
    if (quoted === undefined && term.startsWith('-') && term.length > 1) excluded.push(term.slice(1));
    else if (term !== '') terms.push(term);
  }
  return { terms, excluded };
}

/**
 * Finds the spans of a segment of which some part contains some term, in any case: service, name, kind and status (as
 * `kind=server`), status message, whole span id, `key=value` of attributes, resource, scope, events and links, names of
 * events. What it needs of the segment is put together when it is first used, so a finder is kept with its trace.
 * Gives 1 for each row that matches, 0 for the others.
 */
export function createTraceFinder(segment: Segment): (find: FindTerms) => Uint8Array {
  let haystacks: readonly Haystack[] | undefined;
  return ({ terms, excluded }) => {
    const found = new Uint8Array(segment.spanCount);
    haystacks ??= haystacksOf(segment);
    for (const { key, texts, codes, rowOf } of haystacks) {
      if (key !== undefined && excluded.some((e) => key.includes(e))) continue;
      const hits = texts.withAny(terms);
      if (hits !== undefined) for (let i = 0; i < codes.length; i++) if (hits[codes[i] ?? 0] === 1) found[rowOf?.[i] ?? i] = 1;
    }
    for (const term of terms) if (/^[0-9a-f]{16}$/.test(term)) markId(found, segment.spanIds, term);
    return found;
  };
}

/** Texts of rows, to be searched together. Without a key it cannot be left out. */
interface Haystack {
  readonly key: string | undefined;
  readonly texts: SearchableTexts;
  readonly codes: ArrayLike<number>;
  /** Of events and links: the row of each. */
  readonly rowOf: Uint32Array | undefined;
}

function haystacksOf(segment: Segment): Haystack[] {
  const { events, links } = segment;
  const rowOf = { span: undefined, event: ownerRows(events.first, events.count), link: ownerRows(links.first, links.count) };
  const ofText = (texts: readonly string[], codes: ArrayLike<number>, owner: 'span' | 'event' = 'span'): Haystack => ({ key: undefined, texts: new SearchableTexts(texts), codes, rowOf: rowOf[owner] });
  const ofAttribute = (key: string, { values, codes }: AttributeColumn, owner: 'span' | 'event' | 'link'): Haystack => ({ key: key.toLowerCase(), texts: new SearchableTexts(['', ...values.map(({ value }) => pairText(key, value))]), codes, rowOf: rowOf[owner] });
  const ofSources = [...new Set(segment.sources.flatMap((s) => Object.keys({ ...s.resource, ...s.scope.attributes })))].map((key): Haystack => {
    const texts = segment.sources.map((s) => [s.resource[key], s.scope.attributes?.[key]].map((value) => (value === undefined ? '' : pairText(key, value))).join('\n'));
    return { key: key.toLowerCase(), texts: new SearchableTexts(texts), codes: segment.source, rowOf: undefined };
  });
  return [
    ofText(segment.name.values, segment.name.codes),
    ofText(segment.sources.map((s) => `${s.service}\n${s.scope.name}`), segment.source),
    ofText(segment.statusMessage.values, segment.statusMessage.codes),
    ofText(SPAN_KINDS.map((kind) => `kind=${kind}`), segment.kind),
    ofText(SPAN_STATUSES.map((status) => `status=${status}`), segment.status),
    ofText(events.name.values, events.name.codes, 'event'),
    ...ofSources,
    ...(['span', 'event', 'link'] as const).flatMap((owner) =>
      segment.attributeKeys(owner).flatMap((key) => {
        const column = segment.attribute(owner, key);
        return column === undefined ? [] : [ofAttribute(key, column, owner)];
      }),
    ),
  ];
}

/** Many short texts as one long one: the engine scans that many times faster than it asks each. */
class SearchableTexts {
  readonly #all: string;
  /** Where each text begins; one more for the end. */
  readonly #from: Uint32Array;

  constructor(texts: readonly string[]) {
    const lower = texts.map((text) => text.toLowerCase().replaceAll('\0', ' '));
    this.#from = new Uint32Array(lower.length + 1);
    for (const [i, text] of lower.entries()) this.#from[i + 1] = (this.#from[i] ?? 0) + text.length + 1;
    this.#all = `${lower.join('\0')}\0`;
  }

  /** 1 for each text that contains some term; undefined when none does. */
  withAny(terms: readonly string[]): Uint8Array | undefined {
    let hits: Uint8Array | undefined;
    const ends = this.#from.length - 1;
    for (const term of terms) {
      let index = 0;
      for (let at = this.#all.indexOf(term); at !== -1; at = this.#all.indexOf(term, this.#from[index])) {
        index = textAt(this.#from, index, at);
        hits ??= new Uint8Array(ends);
        hits[index] = 1;
        index += 1;
        if (index >= ends) break;
      }
    }
    return hits;
  }
}

/** The text that holds position `at`: the last that begins at or before it, from `low` on. Near ones are found at once. */
function textAt(from: Uint32Array, low: number, at: number): number {
  let step = 1;
  while (low + step < from.length - 1 && (from[low + step] ?? 0) <= at) step *= 2;
  let left = low + (step >> 1);
  let right = Math.min(low + step, from.length - 1);
  while (right - left > 1) {
    const middle = (left + right) >> 1;
    if ((from[middle] ?? 0) <= at) left = middle;
    else right = middle;
  }
  return (from[right] ?? 0) <= at && right < from.length - 1 ? right : left;
}

function pairText(key: string, value: AttributeValue): string {
  return value === null ? '' : `${key}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`;
}

function ownerRows(first: Uint32Array, count: number): Uint32Array {
  const rows = new Uint32Array(count);
  for (let row = 0; row + 1 < first.length; row++) rows.fill(row, first[row], first[row + 1]);
  return rows;
}

function markId(found: Uint8Array, spanIds: Uint8Array, hex: string): void {
  const wanted = Uint8Array.from({ length: 8 }, (_, i) => Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16));
  for (let row = 0; row < found.length; row++) {
    let same = true;
    for (let b = 0; b < 8 && same; b++) same = spanIds[row * 8 + b] === wanted[b];
    if (same) found[row] = 1;
  }
}
