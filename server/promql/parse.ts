import { parser } from '@prometheus-io/lezer-promql';
import type { LabelMatcher } from '#server/timeseries/storage.ts';
import type { Expr } from './ast.ts';
import { buildExpr } from './build-expr.ts';
import { checkTypes } from './check-types.ts';
import { toGrammarText } from './grammar-text.ts';
import { ParseFailure, toParseError, type PromqlParseError } from './parse-failure.ts';
import { findSyntaxFault } from './syntax-error.ts';

export type ParseResult = { readonly ok: true; readonly expr: Expr } | { readonly ok: false; readonly error: PromqlParseError };

/**
 * Longest expression in characters. Placing the fault in a deeply nested one takes more than linear time: at this length about a
 * second. The longest of real use (generated alternations of hundreds of names) are a tenth of it.
 */
const MAX_LENGTH = 32_768;

export interface ParseOptions {
  /** Functions, selectors and modifiers that Prometheus keeps behind feature flags. Default off. */
  readonly experimental?: boolean;
}

/**
 * Parses and type-checks a PromQL expression with Prometheus' own lezer grammar. Never throws for bad input: the error
 * carries Prometheus' wording and the place. Source of the rules: promql/parser/parse.go.
 */
export function parsePromql(text: string, options: ParseOptions = {}): ParseResult {
  if (text.length > MAX_LENGTH) return { ok: false, error: toParseError(text, { start: MAX_LENGTH, end: text.length }, `expression is longer than ${MAX_LENGTH} characters`) };
  const tree = parser.parse(toGrammarText(text));
  const fault = findSyntaxFault(text, tree);
  if (fault !== undefined) return { ok: false, error: toParseError(text, fault.span, fault.reason) };
  try {
    const expr = buildExpr(tree.topNode, text, options.experimental ?? false);
    checkTypes(expr, text);
    return { ok: true, expr };
  } catch (error) {
    if (error instanceof ParseFailure) return { ok: false, error: toParseError(text, error.span, error.message) };
    if (error instanceof RangeError) return { ok: false, error: toParseError(text, { start: 0, end: text.length }, 'expression is nested too deeply') };
    throw error;
  }
}

export type SelectorResult = { readonly ok: true; readonly matchers: readonly LabelMatcher[] } | { readonly ok: false; readonly error: PromqlParseError };

/** Parses a plain series selector (`up{job="x"}`), as `match[]` and `/series` take it; it must not match everything. */
export function parseSelector(text: string): SelectorResult {
  const parsed = parsePromql(text);
  if (parsed.ok && parsed.expr.kind === 'vector-selector' && parsed.expr.offset === undefined && parsed.expr.at === undefined) {
    return { ok: true, matchers: parsed.expr.matchers };
  }
  if (parsed.ok) return { ok: false, error: toParseError(text, parsed.expr.span, 'expected a series selector') };
  if (parsed.error.reason !== 'vector selector must contain at least one non-empty matcher') return parsed;
  return { ok: false, error: { ...parsed.error, message: 'match[] must contain at least one non-empty matcher' } };
}
