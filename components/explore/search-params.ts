import { parseAsBoolean, parseAsNativeArrayOf, parseAsString, parseAsStringLiteral } from 'nuqs';
import { UNIT_CHOICES } from './guess-unit.ts';

export const VIEWS = ['graph', 'table', 'explain'] as const;
export type ExploreView = (typeof VIEWS)[number];
export const DRAWINGS = ['lines', 'stacked'] as const;
export const SIDES = ['metrics', 'history'] as const;
export type ExploreSide = (typeof SIDES)[number];

/** The queries in the URL; `query-rows.ts` reads them. */
export const rowParsers = {
  q: parseAsNativeArrayOf(parseAsString),
  legend: parseAsNativeArrayOf(parseAsString),
  off: parseAsString.withDefault(''),
};

/** What else the page keeps in its URL, beside the shell's time. Defaults stay out of it. */
export const optionParsers = {
  view: parseAsStringLiteral(VIEWS).withDefault('graph'),
  draw: parseAsStringLiteral(DRAWINGS).withDefault('lines'),
  unit: parseAsStringLiteral(UNIT_CHOICES).withDefault('auto'),
  /** `15s`; empty: chosen by the page. */
  step: parseAsString.withDefault(''),
  zero: parseAsBoolean.withDefault(true),
  exemplars: parseAsBoolean.withDefault(false),
  /** The table shows a summary over the range instead of the last moment. */
  over: parseAsBoolean.withDefault(false),
  side: parseAsStringLiteral(SIDES),
};
