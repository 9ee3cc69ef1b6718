import { RE2JS } from 're2js';
import { labelValue } from './labels.ts';
import type { LabelMatcher, Labels } from './storage.ts';

/** A matcher ready to use. `literals` lists the only values it accepts, when that is a finite set. */
export interface CompiledMatcher {
  readonly name: string;
  readonly matches: (value: string) => boolean;
  readonly literals: readonly string[] | undefined;
  readonly matchesEmpty: boolean;
}

/** A matcher's regular expression that RE2 refuses. */
export class InvalidMatcherError extends Error {
  override readonly name = 'InvalidMatcherError';
}

const compiled = new Map<string, CompiledMatcher>();
const MAX_COMPILED = 2000;

/**
 * Compiles a matcher. Regexes are RE2 with both ends anchored and `.` matching newlines, as in Prometheus
 * (model/labels/regexp.go); literals, alternations of literals and `.*`-affixes are matched without the regex engine.
 * Throws InvalidMatcherError.
 */
export function compileMatcher(matcher: LabelMatcher): CompiledMatcher {
  const key = `${matcher.name}\u0000${matcher.op}\u0000${matcher.value}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const made = make(matcher);
  // Bounded so that generated queries (one regex per page view) cannot grow it without end.
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  compiled.set(key, made);
  return made;
}

/** Whether a label set satisfies every matcher. */
export function matchesAll(labels: Labels, matchers: readonly CompiledMatcher[]): boolean {
  return matchers.every((matcher) => matcher.matches(labelValue(labels, matcher.name)));
}

/** An RE2 anchored at both ends with `.` matching newlines. Throws InvalidMatcherError. */
export function compileAnchored(pattern: string): RE2JS {
  try {
    return RE2JS.compile(`^(?s:${pattern})$`);
  } catch (error) {
    throw new InvalidMatcherError(error instanceof Error ? error.message : String(error));
  }
}

function make(matcher: LabelMatcher): CompiledMatcher {
  const { name, op, value } = matcher;
  if (op === '=') return { name, matches: (v) => v === value, literals: [value], matchesEmpty: value === '' };
  if (op === '!=') return { name, matches: (v) => v !== value, literals: undefined, matchesEmpty: value !== '' };
  const positive = regexTest(value);
  if (op === '=~') return { name, matches: positive.test, literals: positive.literals, matchesEmpty: positive.test('') };
  return { name, matches: (v) => !positive.test(v), literals: undefined, matchesEmpty: !positive.test('') };
}

interface RegexTest {
  readonly test: (value: string) => boolean;
  readonly literals: readonly string[] | undefined;
}

const META = /[\\.+*?()|[\]{}^$]/;

function regexTest(pattern: string): RegexTest {
  const inner = pattern.startsWith('(') && pattern.endsWith(')') && !META.test(pattern.slice(1, -1).replaceAll('|', '')) ? pattern.slice(1, -1) : pattern;
  if (!META.test(inner.replaceAll('|', ''))) {
    const literals = [...new Set(inner.split('|'))];
    const set = new Set(literals);
    return { test: (v) => set.has(v), literals };
  }
  if (pattern === '.*') return { test: () => true, literals: undefined };
  if (pattern === '.+') return { test: (v) => v !== '', literals: undefined };
  const affix = /^(\.\*)?(.+?)(\.\*)?$/s.exec(pattern);
  const middle = affix?.[2];
  if (affix !== null && middle !== undefined && !META.test(middle)) {
    if (affix[1] !== undefined && affix[3] !== undefined) return { test: (v) => v.includes(middle), literals: undefined };
    if (affix[1] !== undefined) return { test: (v) => v.endsWith(middle), literals: undefined };
    if (affix[3] !== undefined) return { test: (v) => v.startsWith(middle), literals: undefined };
  }
  const regex = compileAnchored(pattern);
  return { test: (v) => regex.matches(v), literals: undefined };
}
