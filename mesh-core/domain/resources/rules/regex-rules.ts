import { RE2JS } from 're2js';

import type { StringMatch } from '../networking.ts';

/** Istio's bound on the length of an expression, in bytes. */
const MAX_REGEX_BYTES = 1024;

/** Length in UTF-8 bytes, as Go and Envoy count. */
export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** What is wrong with an RE2 expression, or undefined. */
export function regexProblem(expression: string): string | undefined {
  if (expression.length > MAX_REGEX_BYTES || byteLength(expression) > MAX_REGEX_BYTES) return `the expression is longer than ${MAX_REGEX_BYTES} bytes`;
  try {
    RE2JS.compile(expression);
    return undefined;
  } catch (error) {
    return `not a valid RE2 expression: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The regex of a string match: must not be empty, and must compile. */
export function stringMatchRegexProblem(match: StringMatch | undefined): string | undefined {
  if (match?.regex === undefined) return undefined;
  return match.regex === '' ? 'a regex must not be empty' : regexProblem(match.regex);
}

/** As above, and a prefix must not be empty either: it would match everything, which `{}` says more clearly. */
export function stringMatchProblem(match: StringMatch | undefined): string | undefined {
  return match?.prefix === '' ? 'a prefix must not be empty' : stringMatchRegexProblem(match);
}
