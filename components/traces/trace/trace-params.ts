import { createParser, parseAsArrayOf, parseAsBoolean, parseAsInteger, parseAsString, parseAsStringLiteral } from 'nuqs';
import { formatTree, parseTree, type TreeShape } from './rows/tree-shape.ts';
import { formatRange, parseRange, type NanoRange } from './timeline/bar-pieces.ts';

export const VIEWS = ['timeline', 'flame', 'graph', 'statistics', 'spans', 'path', 'logs'] as const;
export type TraceViewName = (typeof VIEWS)[number];

/** What the timeline leaves out: everything but matches, errors, the critical path. */
export const ONLY = ['matches', 'errors', 'path'] as const;
export type Only = (typeof ONLY)[number];

/** State of the trace page in the URL. Defaults stay out of it. */
export const traceParsers = {
  view: parseAsStringLiteral(VIEWS).withDefault('timeline'),
  span: parseAsString,
  find: parseAsString.withDefault(''),
  range: createParser<NanoRange>({ parse: parseRange, serialize: formatRange, eq: (a, b) => a.from === b.from && a.to === b.to }),
  /** What is collapsed. */
  tree: createParser<TreeShape>({ parse: parseTree, serialize: formatTree, eq: (a, b) => formatTree(a) === formatTree(b) }),
  /** Spans of proxies folded into hops; by default when the trace has some. */
  hops: parseAsBoolean,
  /** Like siblings as one row. */
  fold: parseAsBoolean.withDefault(true),
  /** Critical path under the bars. */
  path: parseAsBoolean.withDefault(true),
  /** Times corrected for clocks that differ. */
  skew: parseAsBoolean.withDefault(false),
  only: parseAsStringLiteral(ONLY),
  /** Only spans that take at least so many percent of the trace. */
  slower: parseAsInteger,
  /** Services that are not shown. */
  hide: parseAsArrayOf(parseAsString).withDefault([]),
  /** Only the subtree of this span. */
  root: parseAsString,
};
