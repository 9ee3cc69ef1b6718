import { formatNumber, significant, type Unit } from '#components/charts/format-number.ts';

/** How two values differ, in words, and whether that is worse (for durations and errors more is worse). */
export interface DifferenceText {
  /** `+12.4 ms`, `−3`, `±0`. */
  readonly text: string;
  /** `+45 %`; empty when there was nothing before. */
  readonly share: string;
  readonly direction: 'more' | 'less' | 'same';
}

/** b less a. Differences below a thousandth of the greater one are none: clocks are not that good. */
export function differenceText(a: number, b: number, unit: Unit): DifferenceText {
  const difference = b - a;
  if (Math.abs(difference) <= Math.max(Math.abs(a), Math.abs(b)) / 1000) return { text: '±0', share: '', direction: 'same' };
  const sign = difference > 0 ? '+' : '−';
  return { text: `${sign}${formatNumber(Math.abs(difference), unit)}`, share: a > 0 ? `${sign}${significant((Math.abs(difference) / a) * 100)}\u2009%` : '', direction: difference > 0 ? 'more' : 'less' };
}

/** How likely chance alone makes such a difference, in words: `p < 0.001`. */
export function chanceText(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${significant(p)}`;
}
