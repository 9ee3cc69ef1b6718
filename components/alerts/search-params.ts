import { parseAsArrayOf, parseAsString, parseAsStringLiteral } from 'nuqs';
import { RULE_FILTERS } from './filter-rules.ts';

/** What the Alerts page keeps in its URL. */
export const alertsParsers = {
  q: parseAsString.withDefault(''),
  state: parseAsStringLiteral(RULE_FILTERS).withDefault('all'),
  /** Keys of the rules that are open. */
  open: parseAsArrayOf(parseAsString).withDefault([]),
};
