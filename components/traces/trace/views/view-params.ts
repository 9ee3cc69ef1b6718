import { parseAsString, parseAsStringLiteral } from 'nuqs';

/** State of the single views in the URL. */
export const viewParsers = {
  pathBy: parseAsStringLiteral(['service', 'operation', 'span']).withDefault('service'),
  /** Flame graph: by time, or equal paths as one. */
  flame: parseAsStringLiteral(['time', 'merged']).withDefault('time'),
  /** Statistics: a built-in group, or a field as TraceQL names it. */
  by: parseAsString.withDefault('service'),
  /** A second group within each of the first. */
  within: parseAsString,
  /** Graph: what its colours mean. */
  color: parseAsStringLiteral(['service', 'time', 'self', 'errors']).withDefault('service'),
};
