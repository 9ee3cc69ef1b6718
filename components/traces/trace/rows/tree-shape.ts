/** What a tree looks like before single spans are opened or closed: as it comes (all open, like siblings folded), everything open, closed from a level on, or open only on the ways to something. */
export type TreeBase = 'usual' | 'open' | 'matches' | 'errors' | 'path' | number;

/** How a tree is collapsed, as a link says it. */
export interface TreeShape {
  readonly base: TreeBase;
  /** Keys of spans that are closed where the base has them open, or the other way round. */
  readonly spans: readonly string[];
  /** The same for folds of like siblings, by their first spans. */
  readonly folds: readonly string[];
}

export const USUAL_TREE: TreeShape = { base: 'usual', spans: [], folds: [] };
/** More single spans and folds than this are not put into a link. */
export const MOST_KEYS = 12;

const WORDS = ['open', 'matches', 'errors', 'path'] as const;
const KEY = /^[0-9a-f]{16}(?:#\d{1,7})?$/;
const FOLD = 'fold-';

/** Reads `errors`, `level-2`, `open,0af7651916cd43dd,fold-b7ad6b7169203331`; `null` for anything else, as URL parsers want it. */
export function parseTree(text: string): TreeShape | null {
  const [first = '', ...others] = text.split(',');
  const base = readBase(first);
  const keys = base === undefined ? [first, ...others] : others;
  const folds = keys.filter((key) => key.startsWith(FOLD)).map((key) => key.slice(FOLD.length));
  const spans = keys.filter((key) => !key.startsWith(FOLD));
  return keys.length > MOST_KEYS || ![...spans, ...folds].every((key) => KEY.test(key)) ? null : { base: base ?? 'usual', spans, folds };
}

/** Writes what `parseTree` reads; of too many keys none, so that a link stays short and says the base. */
export function formatTree({ base, spans, folds }: TreeShape): string {
  const keys = spans.length + folds.length > MOST_KEYS ? [] : [...spans, ...folds.map((key) => FOLD + key)];
  return [...(base === 'usual' ? [] : [typeof base === 'number' ? `level-${base}` : base]), ...keys].join(',');
}

function readBase(text: string): TreeBase | undefined {
  const level = /^level-(\d{1,6})$/.exec(text)?.[1];
  return level === undefined ? WORDS.find((word) => word === text) : Number(level);
}
