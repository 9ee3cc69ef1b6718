import { RE2JS } from 're2js';
import { simpleRegex } from './simple-regex.ts';

/** A regular expression with RE2's syntax and linear running time. */
export interface CompiledRegex {
  /** Does the expression cover the whole text? */
  readonly matchesWhole: (text: string) => boolean;
  /** Replaces every occurrence; `\1` … `\9` in the substitution are capture groups, `\0` the whole match. */
  readonly replaceAll: (text: string, substitution: string) => string;
}

/** Bounds the cache: patterns come from configuration, so a few thousand are far more than a mesh has. */
const CACHE_SIZE = 4096;
const cache = new Map<string, CompiledRegex | undefined>();

/**
 * Compiles a pattern once and keeps it; undefined when RE2 does not accept it (Envoy rejects such configuration, so a
 * matcher with it matches nothing). Source: RE2 syntax; Envoy's RegexMatcher is a full match.
 */
export function compileRegex(pattern: string): CompiledRegex | undefined {
  if (cache.has(pattern)) return cache.get(pattern);
  if (cache.size >= CACHE_SIZE) cache.clear();
  const compiled = compile(pattern);
  cache.set(pattern, compiled);
  return compiled;
}

function compile(pattern: string): CompiledRegex | undefined {
  try {
    const regex = RE2JS.compile(pattern);
    const simple = simpleRegex(pattern);
    return {
      matchesWhole: simple === undefined ? (text) => regex.testExact(text) : (text) => (text.includes('\n') ? regex.testExact(text) : simple(text)),
      replaceAll: (text, substitution) => regex.matcher(text).replaceAll(toReplacement(substitution)),
    };
  } catch {
    return undefined;
  }
}

/** Envoy writes groups as `\1`, re2js as `$1`; a literal dollar must survive. */
function toReplacement(substitution: string): string {
  return substitution.replaceAll('$', '$$$$').replaceAll(/\\(\d|\\)/g, (_, group: string) => (group === '\\' ? '\\' : group === '0' ? '$&' : `$${group}`));
}
