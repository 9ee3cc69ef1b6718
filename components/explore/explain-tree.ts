import type { ExplainedPart } from '#server/promql/metrics-backend.ts';

/** A part of an explained query as the view draws it. */
export interface ExplainRow extends ExplainedPart {
  readonly index: number;
  readonly depth: number;
  /** Time of the part without its own parts, ms. */
  readonly ownMilliseconds: number;
  /** `ownMilliseconds` as a share of the whole query's time, 0..1. */
  readonly share: number;
  readonly slowest: boolean;
  /** Where the part stands in the query as it was typed; `undefined` when it is written otherwise there. */
  readonly place: { readonly from: number; readonly to: number } | undefined;
}

/** Parts in the order of the tree, each with its depth, own time and place. The part with the most own time is marked. */
export function explainRows(parts: readonly ExplainedPart[], query: string): readonly ExplainRow[] {
  const inner = parts.map(() => 0);
  for (const { parent, milliseconds } of parts) if (inner[parent] !== undefined) inner[parent] += milliseconds;
  const own = parts.map(({ milliseconds }, index) => Math.max(0, milliseconds - (inner[index] ?? 0)));
  const total = own.reduce((sum, each) => sum + each, 0);
  const slowest = total > 0 && parts.length > 1 ? own.indexOf(Math.max(...own)) : -1;
  const depths: number[] = [];
  const places = placesOf(parts, query);
  return parts.map((part, index) => {
    const depth = part.parent < 0 ? 0 : (depths[part.parent] ?? 0) + 1;
    depths.push(depth);
    return { ...part, index, depth, ownMilliseconds: own[index] ?? 0, share: total > 0 ? (own[index] ?? 0) / total : 0, slowest: index === slowest, place: places[index] };
  });
}

/** Each part's text is looked for in the query without regard to white space; equal texts are taken in order. */
function placesOf(parts: readonly ExplainedPart[], query: string): readonly ({ readonly from: number; readonly to: number } | undefined)[] {
  const offsets: number[] = [];
  let dense = '';
  for (let i = 0; i < query.length; i += 1) {
    if (/\s/.test(query.charAt(i))) continue;
    dense += query.charAt(i);
    offsets.push(i);
  }
  const next = new Map<string, number>();
  return parts.map(({ text }) => {
    const wanted = text.replaceAll(/\s+/g, '');
    const start = wanted === '' ? -1 : find(dense, wanted, next.get(wanted) ?? 0);
    if (start < 0) return undefined;
    next.set(wanted, start + wanted.length);
    const [from, last] = [offsets[start], offsets[start + wanted.length - 1]];
    return from === undefined || last === undefined ? undefined : { from, to: last + 1 };
  });
}

/** The next occurrence that is not the middle of a longer name: `up` is not in `cups`. */
function find(text: string, wanted: string, from: number): number {
  const isWord = (char: string): boolean => /[\w:]/.test(char);
  for (let at = text.indexOf(wanted, from); at >= 0; at = text.indexOf(wanted, at + 1)) {
    const before = at === 0 ? '' : text.charAt(at - 1);
    const after = text.charAt(at + wanted.length);
    if (!(isWord(before) && isWord(wanted.charAt(0))) && !(isWord(after) && isWord(wanted.charAt(wanted.length - 1)))) return at;
  }
  return -1;
}
