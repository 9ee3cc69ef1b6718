import type { CompiledMatcher } from './label-matcher.ts';
import type { Labels } from './storage.ts';

/**
 * The inverted index: label name → value → rising series ids. Ids only ever grow, so lists stay sorted by appending.
 * Source of the idea: Prometheus tsdb/index/postings.go.
 */
export class PostingsIndex {
  readonly #names = new Map<string, Map<string, number[]>>();

  add(ref: number, labels: Labels): void {
    for (const [name, value] of Object.entries(labels)) {
      let values = this.#names.get(name);
      if (values === undefined) this.#names.set(name, (values = new Map()));
      const refs = values.get(value);
      if (refs === undefined) values.set(value, [ref]);
      else refs.push(ref);
    }
  }

  /** Forgets series; touches only the lists they are on. */
  remove(gone: ReadonlyMap<number, Labels>): void {
    const touched = new Map<string, Set<string>>();
    for (const labels of gone.values()) {
      for (const [name, value] of Object.entries(labels)) {
        const values = touched.get(name) ?? new Set();
        touched.set(name, values.add(value));
      }
    }
    for (const [name, values] of touched) {
      const lists = this.#names.get(name);
      if (lists === undefined) continue;
      for (const value of values) {
        const kept = lists.get(value)?.filter((ref) => !gone.has(ref)) ?? [];
        if (kept.length === 0) lists.delete(value);
        else lists.set(value, kept);
      }
      if (lists.size === 0) this.#names.delete(name);
    }
  }

  names(): string[] {
    return [...this.#names.keys()];
  }

  values(name: string): string[] {
    return [...(this.#names.get(name)?.keys() ?? [])];
  }

  /**
   * Rising ids that may satisfy the matchers: a superset, to be filtered with the matchers themselves. Undefined means
   * every series. Only matchers that refuse '' narrow: the others also match series without the label.
   */
  candidates(matchers: readonly CompiledMatcher[]): readonly number[] | undefined {
    let result: readonly number[] | undefined;
    const narrowing = matchers.filter((matcher) => !matcher.matchesEmpty);
    const exact = narrowing.filter((matcher) => matcher.literals !== undefined);
    for (const matcher of exact.length > 0 ? exact : narrowing) {
      const refs = this.#refsOf(matcher);
      result = result === undefined ? refs : intersect(result, refs);
      if (result.length === 0) return result;
    }
    return result;
  }

  #refsOf(matcher: CompiledMatcher): readonly number[] {
    const values = this.#names.get(matcher.name);
    if (values === undefined) return [];
    const accepted = matcher.literals ?? [...values.keys()].filter(matcher.matches);
    const lists = accepted.map((value) => values.get(value) ?? []).filter((list) => list.length > 0);
    const [only] = lists;
    if (only === undefined) return [];
    // A series has one value per name, so the lists are disjoint.
    return lists.length === 1 ? only : lists.flat().sort((a, b) => a - b);
  }
}

function intersect(a: readonly number[], b: readonly number[]): number[] {
  const out: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const left = a[i] ?? 0;
    const right = b[j] ?? 0;
    if (left === right) {
      out.push(left);
      i++;
      j++;
    } else if (left < right) i++;
    else j++;
  }
  return out;
}
