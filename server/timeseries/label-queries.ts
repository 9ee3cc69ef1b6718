import { compileMatcher, type CompiledMatcher } from './label-matcher.ts';
import type { LabelMatcher, Labels } from './storage.ts';

/** Matcher sets as queries give them, compiled; no set at all stands for one that every series satisfies. Throws InvalidMatcherError. */
export function compileSets(sets: readonly LabelMatcher[][]): CompiledMatcher[][] {
  return sets.length === 0 ? [[]] : sets.map((set) => set.map(compileMatcher));
}

/** The matchers, each set narrowed to series that have the label. */
export function withLabel(sets: readonly LabelMatcher[][], name: string): LabelMatcher[][] {
  const narrowing: LabelMatcher = { name, op: '!=', value: '' };
  return sets.length === 0 ? [[narrowing]] : sets.map((set) => [...set, narrowing]);
}

/** The names of all labels, rising. */
export function namesOf(series: Iterable<Labels>): string[] {
  const names = new Set<string>();
  for (const labels of series) for (const name of Object.keys(labels)) names.add(name);
  return [...names].sort();
}

/** The values of one label, rising. */
export function valuesOf(series: Iterable<Labels>, name: string): string[] {
  const values = new Set<string>();
  for (const labels of series) {
    const value = labels[name];
    if (value !== undefined) values.add(value);
  }
  return [...values].sort();
}
