import { createParser, parseAsBoolean, parseAsInteger, parseAsString } from 'nuqs';
import { formatSetRange, parseSetRange, sameSetRange, type SetRange } from './set-range.ts';

const range = createParser<SetRange>({ parse: parseSetRange, serialize: formatSetRange, eq: sameSetRange });

/** What is compared, in the URL: two traces, or two queries, each over the page's time range or one of its own. */
export const compareParsers = {
  a: parseAsString.withDefault(''),
  b: parseAsString.withDefault(''),
  qa: parseAsString,
  qb: parseAsString,
  ra: range,
  rb: range,
  /** Only places that differ. */
  only: parseAsBoolean.withDefault(false),
  /** The chosen place. */
  place: parseAsInteger,
};
export type CompareState = { readonly a: string; readonly b: string; readonly qa: string | null; readonly qb: string | null; readonly ra: SetRange | null; readonly rb: SetRange | null; readonly only: boolean; readonly place: number | null };
export type SetCompare = (next: Partial<CompareState>) => void;

/** Hex digits of a trace id that was typed or pasted, as part of a link too; empty when there are none. */
export function traceIdOf(text: string): string {
  const id = /[0-9a-f]{16,32}/i.exec(text)?.[0] ?? '';
  return id === '' ? '' : id.toLowerCase().padStart(32, '0');
}
