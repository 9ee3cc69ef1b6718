import type { IssueSink } from './field-issue.ts';
import type { HTTPMatchRequest, StringMatch, VirtualServiceSpec } from './networking.ts';

/**
 * Warns of rules and matches that an earlier rule of the same VirtualService makes useless: IST0130 (a whole rule),
 * IST0131 (one match). The order of tests follows Istio's analysis; like it, a covering path prefix is only noticed
 * between matches with the same port and the same set of headers and parameters.
 */
export function findUnreachableRules(spec: VirtualServiceSpec, issues: IssueSink): void {
  for (const protocol of ['http', 'tls', 'tcp'] as const) findDuplicates(spec[protocol] ?? [], `spec.${protocol}`, issues);
  findCoveredPrefixes(spec, issues);
}

interface Rule {
  readonly name?: string;
  readonly match?: readonly object[];
}

function findDuplicates(rules: readonly Rule[], path: string, issues: IssueSink): void {
  const seen = new Map<string, number>();
  let catchAll: number | undefined;
  for (const [index, rule] of rules.entries()) {
    const place = `${path}[${index}]`;
    const matches = rule.match ?? [];
    if (matches.length === 0) {
      if (catchAll !== undefined) unreachable(place, 'only the last rule can be without a match', issues);
      catchAll = index;
      continue;
    }
    if (catchAll !== undefined) {
      unreachable(place, `rule ${nameOf(rules, catchAll)} before it takes every request`, issues);
      continue;
    }
    let duplicates = 0;
    for (const [matchIndex, match] of matches.entries()) {
      const key = canonicalJson({ ...match, name: undefined });
      const earlier = seen.get(key);
      if (earlier === undefined) seen.set(key, index);
      else {
        duplicates += 1;
        issues.warn(`${place}.match[${matchIndex}]`, `this match is never used: rule ${nameOf(rules, earlier)} has the same`, { expected: 'a match of its own', code: 'IST0131' });
      }
    }
    if (duplicates === matches.length) unreachable(place, 'earlier rules have all its matches', issues);
  }
}

function unreachable(path: string, reason: string, issues: IssueSink): void {
  issues.warn(path, `this rule is never used: ${reason}`, { expected: 'put it earlier, or remove it', code: 'IST0130' });
}

function nameOf(rules: readonly Rule[], index: number): string {
  const name = rules[index]?.name;
  return name === undefined || name === '' ? `#${index}` : JSON.stringify(name);
}

interface PrefixMatch {
  readonly path: string;
  readonly rule: string;
  readonly prefix: string;
  readonly port: number;
  /** Method and authority, each as kind and text. */
  readonly parts: readonly string[];
  readonly maps: readonly ReadonlyMap<string, string>[];
}

function findCoveredPrefixes(spec: VirtualServiceSpec, issues: IssueSink): void {
  const rules = spec.http ?? [];
  const matches = rules.flatMap((rule, index) => (rule.match ?? []).flatMap((match, matchIndex) => prefixMatch(match, `spec.http[${index}].match[${matchIndex}]`, nameOf(rules, index)) ?? []));
  for (const [index, later] of matches.entries()) {
    for (const earlier of matches.slice(0, index)) {
      if (earlier.prefix !== later.prefix && covers(earlier, later)) {
        issues.warn(later.path, `this match is never used: prefix ${JSON.stringify(earlier.prefix)} of rule ${earlier.rule} covers ${JSON.stringify(later.prefix)}`, { expected: 'put the longer prefix first', code: 'IST0131' });
      }
    }
  }
}

function prefixMatch(match: HTTPMatchRequest, path: string, rule: string): PrefixMatch | undefined {
  const prefix = match.uri?.prefix ?? '';
  if (prefix === '') return undefined;
  const text = (value: StringMatch | undefined): string => (value?.exact ? `exact:${value.exact}` : value?.prefix ? `prefix:${value.prefix}` : '');
  const texts = (values: Readonly<Record<string, StringMatch>> = {}): Map<string, string> => new Map(Object.entries(values).map(([name, value]) => [name, text(value)]));
  return {
    path,
    rule,
    prefix,
    port: match.port ?? 0,
    parts: [text(match.method) || 'exact:GET', text(match.authority)],
    maps: [texts(match.headers), texts(match.queryParams), texts(match.withoutHeaders)],
  };
}

function covers(earlier: PrefixMatch, later: PrefixMatch): boolean {
  return (
    later.prefix.startsWith(earlier.prefix) &&
    later.port === earlier.port &&
    earlier.parts.every((part, index) => part.startsWith(later.parts[index] ?? '')) &&
    earlier.maps.every((map, index) => {
      const other = later.maps[index];
      return other !== undefined && map.size === other.size && [...map].every(([name, value]) => other.has(name) && value.startsWith(other.get(name) ?? ''));
    })
  );
}

/** JSON with sorted keys, so that equal matches compare equal however they were written. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'object' && part !== null && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1))) : part));
}
