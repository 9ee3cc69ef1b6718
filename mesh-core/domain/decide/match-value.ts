import type { HeaderMatcher, QueryParameterMatcher, StringMatcher } from '../envoy/resources.ts';
import { compileRegex } from './compile-regex.ts';

/**
 * Does a value satisfy Envoy's StringMatcher? `ignoreCase` does not touch regular expressions. A matcher without a
 * pattern matches nothing. Source: envoy.type.matcher.v3.StringMatcher.
 */
export function matchesString(matcher: StringMatcher, value: string): boolean {
  if (matcher.safeRegex !== undefined) return compileRegex(matcher.safeRegex.regex)?.matchesWhole(value) ?? false;
  const fold = matcher.ignoreCase === true;
  const text = fold ? value.toLowerCase() : value;
  if (matcher.exact !== undefined) return text === cased(matcher.exact, fold);
  if (matcher.prefix !== undefined) return text.startsWith(cased(matcher.prefix, fold));
  if (matcher.suffix !== undefined) return text.endsWith(cased(matcher.suffix, fold));
  if (matcher.contains !== undefined) return text.includes(cased(matcher.contains, fold));
  return false;
}

/**
 * Does a header, given as its value or undefined when it is missing, satisfy Envoy's HeaderMatcher? A missing header
 * fails a value match even when the match is inverted, unless it is to be treated as empty.
 * Source: envoy.config.route.v3.HeaderMatcher.
 */
export function matchesHeader(matcher: HeaderMatcher, value: string | undefined): boolean {
  const inverted = matcher.invertMatch === true;
  if (matcher.stringMatch !== undefined) {
    const text = value ?? (matcher.treatMissingHeaderAsEmpty === true ? '' : undefined);
    return text !== undefined && matchesString(matcher.stringMatch, text) !== inverted;
  }
  return ((value !== undefined) === (matcher.presentMatch ?? true)) !== inverted;
}

/** Does a query parameter's value, undefined when it is missing, satisfy the matcher? */
export function matchesQueryParameter(matcher: QueryParameterMatcher, value: string | undefined): boolean {
  if (value === undefined) return matcher.presentMatch === false;
  if (matcher.stringMatch !== undefined) return matchesString(matcher.stringMatch, value);
  return matcher.presentMatch ?? true;
}

function cased(text: string, fold: boolean): string {
  return fold ? text.toLowerCase() : text;
}
