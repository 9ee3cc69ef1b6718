import { TextDictionary } from '#server/traces/segment/dictionary.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { TEXT_KEYS, type TextKey, type TraceColumns } from './trace-columns.ts';

/** Envoy writes this where there is nothing to say. */
const NOTHING = new Set(['', '-']);

/** The texts of TEXT_KEYS for the rows of a segment that `order` names. Keys that no row has are left out. */
export function columnTexts(segment: Segment, order: Uint32Array): TraceColumns['texts'] {
  const texts: Partial<Record<TextKey, { values: readonly string[]; codes: Uint32Array }>> = {};
  // Safe because TEXT_KEYS is a constant with exactly these keys.
  for (const [key, attributes] of Object.entries(TEXT_KEYS) as [TextKey, readonly string[]][]) {
    const codes = new Uint32Array(order.length);
    const dictionary = new TextDictionary();
    if (key === 'statusMessage') fill(codes, order, segment.statusMessage.codes, segment.statusMessage.values.map((text) => (text === '' ? 0 : dictionary.codeOf(text) + 1)), 0);
    for (const attribute of attributes) {
      const column = segment.attribute('span', attribute);
      if (column === undefined) continue;
      const numbered = column.values.map(({ value }) => {
        const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
        return NOTHING.has(text) ? 0 : dictionary.codeOf(text) + 1;
      });
      fill(codes, order, column.codes, numbered, 1);
    }
    if (codes.some((code) => code !== 0)) texts[key] = usedOnly(codes, dictionary.values);
  }
  return texts;
}

/** Sets what is not set yet. `base` is the code of the first value. */
function fill(codes: Uint32Array, order: Uint32Array, from: ArrayLike<number>, numbered: readonly number[], base: number): void {
  for (let i = 0; i < codes.length; i++) {
    const code = from[order[i] ?? 0] ?? 0;
    if (codes[i] === 0 && code >= base) codes[i] = numbered[code - base] ?? 0;
  }
}

/** A segment may hold more than this trace: values that no row has are left out. */
function usedOnly(codes: Uint32Array, values: readonly string[]): { values: readonly string[]; codes: Uint32Array } {
  const renumbered = new Uint32Array(values.length + 1);
  const used: string[] = [];
  const out = codes.map((code) => {
    if (code === 0) return 0;
    const known = renumbered[code] ?? 0;
    return known !== 0 ? known : (renumbered[code] = used.push(values[code - 1] ?? ''));
  });
  return { values: used, codes: out };
}
