import { parseAsBoolean, parseAsInteger, parseAsString, parseAsStringLiteral } from 'nuqs';

/** The request in the URL: whoever opens it sees the same decisions. Defaults stay out of it. */
export const requestParsers = {
  /** `namespace/workload`, or `namespace/` for a program without a sidecar. */
  who: parseAsString.withDefault(''),
  host: parseAsString.withDefault(''),
  port: parseAsInteger.withDefault(80),
  method: parseAsString.withDefault('GET'),
  path: parseAsString.withDefault('/'),
  /** A line for each header, `name: value`. */
  headers: parseAsString.withDefault(''),
  /** JSON of a token's claims. */
  claims: parseAsString.withDefault(''),
};

export const SIDES = ['now', 'changed'] as const;
/** With the change of this browser, and whose decisions are shown. */
export const changeParsers = {
  change: parseAsBoolean.withDefault(false),
  side: parseAsStringLiteral(SIDES).withDefault('changed'),
};
